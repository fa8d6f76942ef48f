"""Alarms: a child is red at once, and nobody reads here why.

The grounds (a mandatory report, a pairing that ended for safety, what a visit saw) stay where they
are kept under seal. An alarm has no author and no source, so it leads nobody back to a reporter.
"""

from datetime import date
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.assessment import permissions
from qianshou.assessment.actions import assessing, due
from qianshou.assessment.models import Alarm, Reassessment
from qianshou.audit import actions as audit
from qianshou.common import rowsecurity
from qianshou.common.errors import NotAllowed, Refused
from qianshou.registry.models import Child


class EndedAlready(Refused):
    """This has been answered already; nothing was changed."""


class ReasonMissing(Refused):
    """Say why the child is out of danger: the reason is kept."""


def raise_alarm(child_id: UUID, *, once: str, today: date) -> bool:
    """Let a hard trigger count for a child, once per occasion; return whether it is a new one.

    `once` names the occasion to the caller alone: only a digest of it is kept.
    """
    with rowsecurity.acting(rowsecurity.SYSTEM):
        child = _home(child_id)
        made = Alarm(child=child, area_code=child.area_code, once=sha256(once.encode()).hexdigest())
        Alarm.objects.bulk_create([made], ignore_conflicts=True)
        if not Alarm.objects.filter(pk=made.pk).exists():
            return False
        audit.record(
            "assessment.alarm.raised", by=None, subject_kind="child", subject_id=child.pk,
            area_code=child.area_code,
        )  # fmt: skip
        due.bring_forward({child.pk: Reassessment.Because.ALARM}, today=today)
        assessing.assess([child.pk], today=today)
        return True


def _home(child_id: UUID) -> Child:
    child = Child.objects.get(pk=child_id)
    while child.merged_into_id is not None:
        child = Child.objects.get(pk=child.merged_into_id)
    return child


@transaction.atomic
def end_alarms(child: Child, *, by: User, reason: str, today: date) -> int:
    """Say that a child is out of danger; only the county may, with a reason, for all at once."""
    if not permissions.can_lower_red(by, child.area_code):
        raise NotAllowed
    if not reason.strip():
        raise ReasonMissing
    audit.record(
        "assessment.alarm.ended", by=by, subject_kind="child", subject_id=child.pk,
        area_code=child.area_code,
    )  # fmt: skip
    rows = Alarm.objects.filter(child=child, ended_at=None)
    ended = rows.update(ended_at=timezone.now(), ended_by=by, ended_for=reason.strip()[:200])
    if not ended:
        raise EndedAlready
    assessing.assess([child.pk], today=today)
    return ended
