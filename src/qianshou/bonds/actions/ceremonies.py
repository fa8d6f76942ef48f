"""Pairing ceremonies: many first meetings on one day, with a sign-in list and minutes."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.bonds import permissions
from qianshou.bonds.actions import meeting as meetings
from qianshou.bonds.actions.meeting import Held
from qianshou.bonds.models import Ceremony, Meeting
from qianshou.common.errors import NotAllowed, Refused
from qianshou.pairing.models import Pairing


class CeremonyClosed(Refused):
    """The minutes of this ceremony are closed; nothing more can be changed."""


class NotThatDay(Refused):
    """The sign-in opens on the day of the ceremony."""


@dataclass(frozen=True)
class Signed:
    """The sign-in list of the day: who was there by meeting, staff, minutes, the next date."""

    present: Mapping[UUID, Collection[str]]
    staff: str
    minutes: str = ""
    next_on: date | None = None


@dataclass
class Result:
    """What became of the list: how many began, and who did not, with the reason."""

    begun: int = 0
    absent: int = 0
    refused: list[tuple[Meeting, str]] = field(default_factory=list)


@transaction.atomic
def plan(area_code: str, *, by: User, title: str, on: date, place: str, today: date) -> Ceremony:
    """Plan a ceremony for an area."""
    if not permissions.can_accompany(by, area_code):
        raise NotAllowed
    if on < today:
        raise meetings.DayNotPossible
    _record("bonds.ceremony.planned", area_code, by=by, on=on.isoformat())
    return Ceremony.objects.create(
        area_code=area_code, title=title.strip(), held_on=on, place=place.strip(), by=by
    )


def invite(ceremony: Ceremony, pairings: Iterable[Pairing], *, by: User, today: date) -> list[str]:
    """Put pairs on the list, also late ones on the day; return the reasons of those refused."""
    if ceremony.state != Ceremony.State.PLANNED:
        raise CeremonyClosed
    refusals = []
    for pairing in pairings:
        try:
            meetings.plan(
                pairing, by=by, on=max(ceremony.held_on, today), place=ceremony.place,
                today=today, ceremony=ceremony,
            )  # fmt: skip
        except Refused as refusal:
            refusals.append(str(refusal))
    return refusals


@transaction.atomic
def close(ceremony: Ceremony, signed: Signed, *, by: User, today: date) -> Result:
    """Close the list of the day: who was there begins, who was absent gets a new date."""
    if not permissions.can_accompany(by, ceremony.area_code):
        raise NotAllowed
    if not signed.staff.strip():
        raise meetings.StaffMissing
    if today < ceremony.held_on:
        raise NotThatDay
    if signed.next_on is not None and signed.next_on < today:
        raise meetings.DayNotPossible
    _record("bonds.ceremony.closed", ceremony.area_code, by=by, ceremony=ceremony.pk)
    held = Ceremony.objects.select_for_update(of=("self",)).get(pk=ceremony.pk)
    if held.state != Ceremony.State.PLANNED:
        raise CeremonyClosed
    result = Result()
    planned = held.meetings.filter(state=Meeting.State.PLANNED).select_related("pairing")
    for each in planned.order_by("pk"):
        _settle(each, signed, result, by=by, today=today)
    held.state, held.staff = Ceremony.State.HELD, signed.staff.strip()[:200]
    held.minutes, held.closed_by = signed.minutes.strip(), by
    held.closed_at = timezone.now()
    held.save()
    return result


def _settle(each: Meeting, signed: Signed, result: Result, *, by: User, today: date) -> None:
    there = tuple(signed.present.get(each.pk, ()))
    try:
        if set(there) >= meetings.NEEDED:
            what = Held(min(each.meets_on, today), signed.staff, there)
            meetings.hold(each, what, by=by, today=today)
            result.begun += 1
            return
    except Refused as refusal:
        result.refused.append((each, str(refusal)))
    result.absent += 1
    if signed.next_on is not None:
        meetings.plan(each.pairing, by=by, on=signed.next_on, place=each.place, today=today)
    else:
        each.state, each.noted_by, each.noted_at = Meeting.State.MISSED, by, timezone.now()
        each.save(update_fields=["state", "noted_by", "noted_at"])


def _record(act: str, area_code: str, *, by: User, **details: Any) -> None:
    audit.record(
        act, by=by, subject_kind="area", subject_id=area_code, area_code=area_code, **details
    )
