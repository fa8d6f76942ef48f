"""The first meeting: planned, held with staff present, or missed; with it care begins."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import transaction
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.bonds import permissions
from qianshou.bonds.models import Ceremony, Meeting
from qianshou.common import bus
from qianshou.common.errors import NotAllowed, Refused
from qianshou.pairing.actions import deciding, moving
from qianshou.pairing.actions.moving import Actor
from qianshou.pairing.events import PairingStarted
from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life

# Who has to be there beside staff; a guardian may be far away.
NEEDED: Final = frozenset({"MOTHER", "CHILD"})


class NotToMeetYet(Refused):
    """A first meeting is held once everybody has signed; this pair is not there, or is past it."""


class StaffMissing(Refused):
    """Name who of the staff was present: a first meeting without staff does not count."""


class SomebodyMissing(Refused):
    """Mother and child both have to be there. Give those who were absent a new date."""


class DayNotPossible(Refused):
    """A meeting is planned for today or later, and held today or earlier."""


@dataclass(frozen=True)
class Held:
    """What happened: the day, who of the staff and of the others was present, and notes."""

    on: date
    staff: str
    present: tuple[str, ...]
    notes: str = ""


@transaction.atomic
def plan(
    pairing: Pairing, *, by: User, on: date, place: str, today: date,
    ceremony: Ceremony | None = None,
) -> Meeting:  # fmt: skip
    """Plan a first meeting, or move it to another day; the earlier date is kept as missed."""
    if not permissions.can_accompany(by, pairing.area_code):
        raise NotAllowed
    if on < today:
        raise DayNotPossible
    audit.record(
        "bonds.meeting.planned",
        by=by,
        subject_kind="child",
        subject_id=pairing.child_id,
        area_code=pairing.area_code,
        pairing=pairing.pk,
        on=on.isoformat(),
    )
    held = Pairing.objects.select_for_update(of=("self",)).get(pk=pairing.pk)
    if held.state != life.FIRST_MEETING:
        raise NotToMeetYet
    held.meetings.filter(state=Meeting.State.PLANNED).update(
        state=Meeting.State.MISSED, noted_by=by, noted_at=timezone.now()
    )
    return Meeting.objects.create(
        pairing=held, mother_id=held.mother_id, area_code=held.area_code, ceremony=ceremony,
        meets_on=on, place=place.strip(), by=by,
    )  # fmt: skip


@transaction.atomic
def hold(meeting: Meeting, what: Held, *, by: User, today: date) -> Pairing:
    """Note that the first meeting was held; from that day on care is running."""
    if not permissions.can_accompany(by, meeting.area_code):
        raise NotAllowed
    if not what.staff.strip():
        raise StaffMissing
    if not set(what.present) >= NEEDED:
        raise SomebodyMissing
    if what.on > today:
        raise DayNotPossible
    pairing = moving.move(
        meeting.pairing_id, "meet", actor=Actor(by), today=today, active_on=what.on
    )
    deciding.require_ready(pairing.mother_id, today)
    deciding.require_consent(pairing.child_id)
    _write(meeting, what, by=by)
    bus.publish(PairingStarted(pairing.pk, pairing.child_id, pairing.mother_id, pairing.area_code))
    return pairing


def _write(meeting: Meeting, what: Held, *, by: User) -> None:
    held = Meeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
    if held.state != Meeting.State.PLANNED:
        raise NotToMeetYet
    held.state, held.meets_on, held.staff = Meeting.State.HELD, what.on, what.staff.strip()[:200]
    held.present, held.noted_by, held.noted_at = sorted(what.present), by, timezone.now()
    held.notes = what.notes.strip()
    held.save()
