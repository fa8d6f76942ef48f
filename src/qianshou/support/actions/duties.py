"""Duties: opened once per occasion, done with an outcome, escalated when their time is over."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from qianshou.accounts import queries as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common import portions, rowsecurity
from qianshou.common.errors import NotAllowed, Refused
from qianshou.notices import actions as notices
from qianshou.notices.models import Notice
from qianshou.pairing.models import Pairing
from qianshou.support import permissions
from qianshou.support.models import Complaint, Duty

SOON: Final = timedelta(hours=24)
URGENT: Final = frozenset({Duty.Kind.SUSPENDED, Duty.Kind.COMPLAINT, Duty.Kind.SAFETY})
_SOON: Final = gettext_noop("Something about a pair is due soon")
_SOON_TEXT: Final = gettext_noop("It is yours and has to be done until %(until)s.")
_LATE: Final = gettext_noop("Something about a pair was not done in time")
_LATE_TEXT: Final = gettext_noop("It had to be done until %(until)s. Do it today, or give it away.")


class DoneAlready(Refused):
    """Somebody has done this already."""


class OutcomeMissing(Refused):
    """Please say what came of it."""


def open_duty(
    pairing: Pairing, kind: str, *, once: str, due_at: datetime, why: str = ""
) -> Duty | None:
    """Open a duty unless its occasion has had one; None: it had."""
    made = Duty(
        pairing=pairing, area_code=pairing.area_code, kind=kind, once=once, due_at=due_at,
        why=why[:200], owner_id=_owner_of(pairing),
    )  # fmt: skip
    written = Duty.objects.bulk_create([made], ignore_conflicts=True)
    return written[0] if Duty.objects.filter(pk=made.pk).exists() else None


def _owner_of(pairing: Pairing) -> UUID | None:
    followup = getattr(pairing, "followup", None)
    return followup.owner_id if followup else None


@transaction.atomic
def do_duty(duty: Duty, *, by: User, outcome: str) -> Duty:
    """Say that a duty is done, and what came of it."""
    if not permissions.can_support(by, duty.pairing):
        raise NotAllowed
    if not outcome.strip():
        raise OutcomeMissing
    audit.record(
        "support.duty.done", by=by, subject_kind="child", subject_id=duty.pairing.child_id,
        area_code=duty.area_code, reason=outcome, kind=duty.kind, pairing=duty.pairing_id,
    )  # fmt: skip
    held = Duty.objects.select_for_update(of=("self",)).get(pk=duty.pk)
    if held.done_at is not None:
        raise DoneAlready
    held.done_at, held.done_by, held.outcome = timezone.now(), by, outcome.strip()[:200]
    held.save(update_fields=["done_at", "done_by", "outcome"])
    return held


def settle_all(pairing: Pairing, *kinds: str, by: User | None, outcome: str) -> None:
    """Put away the open duties of a pairing that an act has made needless."""
    rows = Duty.objects.open().filter(pairing=pairing)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    rows.update(done_at=timezone.now(), done_by=by, outcome=outcome)


def remind(*, now: datetime) -> int:
    """Remind the owners of duties whose time is nearly over, once each; return how many."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = Duty.objects.open().filter(due_at__range=(now, now + SOON), owner__is_active=True)
        soon = list(rows.select_related("owner").order_by("due_at"))
    return portions.each(soon, lambda duty: _remind(duty, now))


def _remind(duty: Duty, now: datetime) -> int:
    assert duty.owner is not None
    with rowsecurity.acting(rowsecurity.SYSTEM):
        _tell(duty, duty.owner, subject=_SOON, text=_SOON_TEXT, now=now)
    return 1


def _tell(duty: Duty, user: User, *, subject: str, text: str, now: datetime) -> None:
    when = "late" if duty.due_at < now else "soon"
    notices.send(
        notices.Message(
            kind="support.duty", to_kind=Notice.To.USER, to_id=user.pk, area_code=duty.area_code,
            subject=subject, text=text, link="/support/duties/", about_kind="duty",
            about_id=duty.pk, urgent=duty.kind in URGENT,
            params={"until": timezone.localtime(duty.due_at).strftime("%Y-%m-%d %H:%M")},
        ),
        once=f"support/duty/{duty.pk}/{when}/{user.pk}",
    )  # fmt: skip


def _told_when_late(duty: Duty, *, now: datetime) -> list[User]:
    """Return whom a late duty is told: its owner and who decides in the county, never the accused.

    A complaint about a member of staff must not reach that person by way of its duty.
    """
    county = area_rules.county_code(duty.area_code)
    today = timezone.localtime(now).date()
    people = list(accounts.holders_of(Power.DECIDE_PAIRING, county, today))
    if duty.owner is not None and duty.owner.is_active:
        people.append(duty.owner)
    accused = set(
        Complaint.objects.filter(pairing=duty.pairing_id, reviewed_at=None).values_list(
            "about_user", flat=True
        )
    )
    return [each for each in dict.fromkeys(people) if each.pk not in accused]


def escalate(*, now: datetime) -> int:
    """Mark the duties whose time is over, once each, and tell the county; they stand on top."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = Duty.objects.late_at(now).filter(escalated_at=None)
        late = list(rows.select_related("pairing", "owner"))
    return portions.each(late, lambda duty: _escalate(duty, now))


def _escalate(duty: Duty, now: datetime) -> int:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = Duty.objects.filter(pk=duty.pk, escalated_at=None, done_at=None)
        if not rows.update(escalated_at=now):
            return 0
        for user in _told_when_late(duty, now=now):
            _tell(duty, user, subject=_LATE, text=_LATE_TEXT, now=now)
        audit.record(
            "support.duty.escalated", by=None, subject_kind="child",
            subject_id=duty.pairing.child_id, area_code=duty.area_code, kind=duty.kind,
            pairing=duty.pairing_id,
        )  # fmt: skip
        return 1
