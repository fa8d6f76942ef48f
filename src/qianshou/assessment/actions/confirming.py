"""Confirming a grade: a person says which grade a child has, and the history is kept."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.assessment import permissions
from qianshou.assessment.actions import due
from qianshou.assessment.events import GradesRaised
from qianshou.assessment.models import Assessment, Grade
from qianshou.assessment.rules import grading
from qianshou.audit import actions as audit
from qianshou.common import bus
from qianshou.common.errors import NotAllowed, NotFound, Refused
from qianshou.common.identity import new_id
from qianshou.registry.actions import doubting


class Outdated(Refused):
    """The child has been assessed anew in the meantime. Look at the new assessment first."""


class RedNeedsCounty(NotAllowed):
    """Only the county may say that a red child is red no longer. Tell it what you have seen."""


class ReasonMissing(Refused):
    """Whoever changes a grade says why."""


@transaction.atomic
def confirm_grade(
    assessment: Assessment, *, by: User, grade: str, reason: str = "", seen: UUID | None = None
) -> Assessment:
    """Say which grade a child has, as a further row, so that the history is kept.

    Whoever changes the grade gives a reason; who agrees with it need not. `seen` is the id of the
    assessment that the person had before her: nobody confirms what she has not read.
    """
    powers.require(by, Power.CONFIRM_GRADES, assessment.area_code)
    if grade not in Grade.values:
        raise NotFound
    before = Assessment.objects.select_for_update(of=("self",)).get(pk=assessment.pk)
    if not before.is_current or (seen is not None and seen != before.pk):
        raise Outdated
    if grade != before.grade and not reason.strip():
        raise ReasonMissing
    # Raised at once by whoever sees it, lowered from red by the county alone (ADR 0131).
    lowers_red = before.grade == Grade.RED and grade != Grade.RED
    if lowers_red and not permissions.can_lower_red(by, before.area_code):
        raise RedNeedsCounty
    said = _confirmed(before, grade, by=by, reason=reason.strip()[:200])
    due.looked_at(said, by=by, today=timezone.localdate())
    doubting.value_anew([before.child_id])
    audit.record(
        "assessment.grade.confirmed",
        by=by,
        subject_kind="child",
        subject_id=before.child_id,
        area_code=before.area_code,
        reason=reason.strip(),
        before=before.grade,
        after=grade,
        computed=before.computed_grade,
    )
    if grading.is_raised(before.grade, grade):
        bus.publish(GradesRaised(((before.child_id, before.area_code, grade),)))
    return said


def _confirmed(before: Assessment, grade: str, *, by: User, reason: str) -> Assessment:
    """Write the confirmed copy of an assessment in its place."""
    Assessment.objects.filter(pk=before.pk).update(is_current=False)
    said = Assessment.objects.get(pk=before.pk)
    said.pk, said.is_current = new_id(), True
    said.grade, said.tier = grade, grading.TIERS[grade]
    said.confirmed_by, said.confirmed_at, said.reason = by, timezone.now(), reason
    said.save(force_insert=True)
    return said
