"""Changes of what she offers: she asks, a person takes over; staff set her calendar with her."""

from collections.abc import Sequence
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.common import bus
from qianshou.common.errors import NotFound, Refused
from qianshou.mothers.actions import trail
from qianshou.mothers.events import MothersChanged
from qianshou.mothers.models import FileChange, Mother
from qianshou.mothers.rules import changes, weekly


class AskedAlready(Refused):
    """You have asked for this already. Take that back first, or wait for the answer."""


class OnlyFewer(Refused):
    """You can ask for fewer children than now. For more, speak with your county federation."""


class NothingChanges(Refused):
    """Your file says this already."""


class DecidedAlready(Refused):
    """This change has been decided or taken back."""


@transaction.atomic
def ask_change(
    mother: Mother, *, by: User, field: str, wanted: Sequence[str] = (), places: int | None = None
) -> FileChange:
    """Put down how she wants a field of her file; a lower number of children counts at once."""
    trail.require_herself(by, mother)
    file = trail.locked(mother)
    asked = FileChange(mother=file, area_code=file.area_code, field=field)
    match field:
        case changes.CAPACITY:
            if places is None or not 0 <= places < file.capacity:
                raise OnlyFewer
            asked.places = places
        case changes.SLOTS:
            asked.wanted = weekly.ordered(wanted)
        case changes.INTERESTS | changes.DISLIKES:
            asked.wanted = list(wanted)
        case _:
            raise NotFound
    if field != changes.CAPACITY and asked.wanted == value_of(file, field):
        raise NothingChanges
    try:
        with transaction.atomic():
            asked.save(force_insert=True)
    except IntegrityError as twice:
        raise AskedAlready from twice
    trail.note("mothers.change.asked", file, by=by, field=field)
    if field == changes.CAPACITY:
        bus.publish(MothersChanged((file.pk,)))
    return asked


def value_of(mother: Mother, field: str) -> list[str]:
    """Return a list of her file as it stands; without a calendar the one her times allow."""
    if field == changes.SLOTS:
        return list(mother.slots) or weekly.slots_of(mother.times)
    return list(mother.interests if field == changes.INTERESTS else mother.dislikes)


@transaction.atomic
def withdraw_change(asked: FileChange, *, by: User) -> FileChange:
    """Take a change back."""
    trail.require_herself(by, asked.mother)
    held = _held(asked)
    held.state = changes.WITHDRAWN
    held.save(update_fields=["state"])
    trail.note("mothers.change.withdrawn", held.mother, by=by, field=held.field)
    bus.publish(MothersChanged((held.mother_id,)))
    return held


@transaction.atomic
def decide_change(
    asked: FileChange, *, by: User, accept: bool, reason: str, today: date
) -> FileChange:
    """Take a change over into her file, or say why not."""
    powers.require(by, Power.EDIT_MOTHERS, asked.mother.area_code)
    held = _held(asked)
    if not accept:
        held.reason = trail.stated(reason)[:200]
    held.state = changes.ACCEPTED if accept else changes.REFUSED
    held.decided_by, held.decided_at = by, timezone.now()
    held.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    file = trail.locked(held.mother)
    if accept:
        _lay(file, held, today=today)
    trail.note(
        "mothers.change.decided", file, by=by, reason=held.reason, field=held.field,
        accepted=accept,
    )  # fmt: skip
    bus.publish(MothersChanged((file.pk,)))
    return held


@transaction.atomic
def set_calendar(mother: Mother, *, by: User, slots: Sequence[str], today: date) -> Mother:
    """Set her calendar with her; the matching's times follow, and no list changes them."""
    powers.require(by, Power.EDIT_MOTHERS, mother.area_code)
    file = trail.locked(mother)
    _lay_slots(file, weekly.ordered(slots), today=today)
    trail.note("mothers.calendar.edited", file, by=by, slots=len(file.slots))
    bus.publish(MothersChanged((file.pk,)))
    return file


def _held(asked: FileChange) -> FileChange:
    held = FileChange.objects.select_for_update(of=("self",)).get(pk=asked.pk)
    if held.state != changes.OPEN:
        raise DecidedAlready
    return held


def _lay(file: Mother, held: FileChange, *, today: date) -> None:
    match held.field:
        case changes.SLOTS:
            _lay_slots(file, held.wanted, today=today)
        case changes.CAPACITY:
            file.capacity = held.places or 0
            _settle(file, "capacity", today=today)
        case changes.INTERESTS:
            file.interests = held.wanted
            _settle(file, "interests", today=today)
        case _:
            file.dislikes = held.wanted
            _settle(file, "dislikes", today=today)


def _lay_slots(file: Mother, slots: list[str], *, today: date) -> None:
    file.slots, file.times = slots, weekly.times_of(slots)
    _settle(file, "slots", "times", today=today)


def _settle(file: Mother, *fields: str, today: date) -> None:
    """Store fields and keep lists of departments from changing them."""
    file.settled = {**file.settled, **dict.fromkeys(fields, today.isoformat())}
    file.updated_at = timezone.now()
    file.save(update_fields=[*fields, "settled", "updated_at"])
