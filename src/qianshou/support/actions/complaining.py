"""Complaints: noted for anybody on the pairing, reviewed by somebody whom they are not about."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.assessment.actions import alarms
from qianshou.audit import actions as audit
from qianshou.common.errors import NotAllowed, NotFound, Refused
from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life
from qianshou.support import permissions
from qianshou.support.actions import duties, watching
from qianshou.support.models import Complaint, Duty
from qianshou.support.rules import risk

WITHIN: Final = timedelta(days=3)


class WordsMissing(Refused):
    """Write down what the complaint is about."""


class WhoMissing(Refused):
    """Choose the member of staff whom the complaint is about."""


class ReviewedAlready(Refused):
    """Somebody has reviewed this complaint already."""


class NothingRuns(Refused):
    """Care has not begun or is over; tell the county federation directly."""


@dataclass(frozen=True)
class Told:
    """What somebody complains of; `from_whom` may stay empty when nobody wants to be named."""

    from_side: str
    about: str
    words: str
    from_whom: str = ""
    about_user: User | None = None


@transaction.atomic
def note(pairing: Pairing, told: Told, *, by: User, today: date) -> Complaint:
    """Keep a complaint sealed, worry about the pairing, and have it looked into within 3 days."""
    if not permissions.can_support(by, pairing):
        raise NotAllowed
    if not told.words.strip():
        raise WordsMissing
    if told.about == Complaint.About.STAFF and told.about_user is None:
        raise WhoMissing
    # The entry names neither who complained nor whom about: many may read the trail.
    audit.record(
        "support.complaint.noted", by=by, subject_kind="child", subject_id=pairing.child_id,
        area_code=pairing.area_code, pairing=pairing.pk,
    )  # fmt: skip
    if Pairing.objects.values_list("state", flat=True).get(pk=pairing.pk) not in life.CARING:
        raise NothingRuns
    made = Complaint(
        pairing=pairing, area_code=pairing.area_code, from_side=told.from_side, about=told.about,
        noted_by=by,
        about_user=told.about_user if told.about == Complaint.About.STAFF else None,
    )  # fmt: skip
    made.words = told.words.strip()[:2000]
    if told.from_whom.strip():
        made.from_whom = told.from_whom.strip()[:100]
    made.save(force_insert=True)
    watching.worry(pairing, risk.COMPLAINT, today=today)
    duties.open_duty(
        pairing, Duty.Kind.COMPLAINT, once=f"complaint:{made.pk}", due_at=timezone.now() + WITHIN
    )
    return made


@transaction.atomic
def read(complaint: Complaint, *, by: User) -> dict[str, str]:
    """Open what was said; the reading stands in the trail."""
    if not permissions.can_read_complaint(by, complaint):
        raise NotFound
    audit.record(
        "support.complaint.read", by=by, subject_kind="child",
        subject_id=complaint.pairing.child_id, area_code=complaint.area_code,
        pairing=complaint.pairing_id,
    )  # fmt: skip
    fields = ("from_whom", "words", "outcome")
    return {name: sealed.open() if (sealed := getattr(complaint, name)) else "" for name in fields}


@transaction.atomic
def review(complaint: Complaint, *, by: User, founded: bool, outcome: str) -> Complaint:
    """Say what came of a complaint; a founded one about an adult has the child assessed anew.

    An alarm is all that arises, as from an ending for safety: it says neither who nor why.
    """
    if not permissions.can_read_complaint(by, complaint):
        raise NotFound
    if not outcome.strip():
        raise duties.OutcomeMissing
    audit.record(
        "support.complaint.reviewed", by=by, subject_kind="child",
        subject_id=complaint.pairing.child_id, area_code=complaint.area_code, founded=founded,
        pairing=complaint.pairing_id,
    )  # fmt: skip
    held = Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)
    if held.reviewed_at is not None:
        raise ReviewedAlready
    held.reviewed_by, held.reviewed_at, held.founded = by, timezone.now(), founded
    held.outcome = outcome.strip()[:2000]
    held.save(update_fields=["reviewed_by", "reviewed_at", "founded", "outcome"])
    Duty.objects.open().filter(once=f"complaint:{held.pk}").update(
        done_at=timezone.now(), done_by=by, outcome="reviewed"
    )
    if founded and held.about != Complaint.About.CHILD:
        child = complaint.pairing.child_id
        alarms.raise_alarm(child, once=f"complaint/{held.pk}", today=timezone.localdate())
    return held
