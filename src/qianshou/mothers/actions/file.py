"""What people do with a mother's file: pause, resume, let go, set the capacity, reveal a number."""

from datetime import date
from typing import Final

from django.db import transaction
from django.utils import timezone

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.common import bus
from qianshou.common.errors import NotAllowed, NotFound, Refused
from qianshou.mothers import permissions
from qianshou.mothers.actions import trail
from qianshou.mothers.events import MotherLeaving, MotherRestated, MothersChanged
from qianshou.mothers.models import Mother
from qianshou.mothers.rules import applications

REVEALED: Final = ("id_number", "phone")
MOST_CHILDREN: Final = 10


class CapacityOutOfRange(Refused):
    """A mother can have 0 to 10 children at once."""


class AlreadySo(Refused):
    """The file already says so."""


class StillSuspended(Refused):
    """She was suspended for her background query; a new clear result brings her back by itself."""


class TextUnsigned(Refused):
    """She has yet to sign the newer text of a promise; her signature brings her back by itself."""


class HasLeft(Refused):
    """She has left; a new application opens her file again."""


@transaction.atomic
def edit_capacity(mother: Mother, *, by: User, capacity: int, today: date) -> Mother:
    """Set how many children she can have at once; no list changes it afterwards."""
    powers.require(by, Power.EDIT_MOTHERS, mother.area_code)
    if not 0 <= capacity <= MOST_CHILDREN:
        raise CapacityOutOfRange
    file = trail.locked(mother)
    before, file.capacity = file.capacity, capacity
    _save(file, "capacity", settled="capacity", today=today)
    trail.note("mothers.capacity.edited", file, by=by, before=before, after=capacity)
    return file


@transaction.atomic
def pause(mother: Mother, *, by: User, reason: str, today: date) -> Mother:
    """Let a mother rest: she keeps her children, whose care rests with her, and gets no new one."""
    powers.require(by, Power.EDIT_MOTHERS, mother.area_code)
    file = trail.locked(mother)
    if file.state == Mother.State.PAUSED:
        raise AlreadySo
    if file.state == Mother.State.LEFT:
        raise HasLeft
    return _restate(file, Mother.State.PAUSED, by=by, reason=reason, today=today)


@transaction.atomic
def resume(mother: Mother, *, by: User, reason: str, today: date) -> Mother:
    """Let a paused mother or an applicant be active; the other gates still hold her up."""
    powers.require(by, Power.EDIT_MOTHERS, mother.area_code)
    file = trail.locked(mother)
    if file.state == Mother.State.ACTIVE:
        raise AlreadySo
    if file.state == Mother.State.LEFT:
        raise HasLeft
    if file.remark == applications.TEXT_UNSIGNED:
        raise TextUnsigned
    if file.remark in applications.HELD_REMARKS:
        raise StillSuspended
    return _restate(file, Mother.State.ACTIVE, by=by, reason=reason, today=today)


@transaction.atomic
def let_go(mother: Mother, *, by: User, reason: str, today: date) -> Mother:
    """End her service for good; a room above begins the farewell of her children."""
    powers.require(by, Power.EDIT_MOTHERS, mother.area_code)
    file = trail.locked(mother)
    if file.state == Mother.State.LEFT:
        raise AlreadySo
    bus.publish(MotherLeaving(file.pk))
    return _restate(file, Mother.State.LEFT, by=by, reason=reason, today=today)


@transaction.atomic
def reveal(mother: Mother, *, by: User, field: str, reason: str) -> str:
    """Return her ID number or telephone in plain text; the reading stands in the trail."""
    if field not in REVEALED:
        raise NotFound
    if not permissions.can_reveal(by, mother):
        raise NotAllowed
    text: str = getattr(mother, field).open()
    trail.note("mothers.number.revealed", mother, by=by, reason=trail.stated(reason), field=field)
    return text


def _restate(file: Mother, state: str, *, by: User, reason: str, today: date) -> Mother:
    """Set the state with the person's words and keep lists from changing it."""
    before, file.state, file.remark = file.state, state, trail.stated(reason)[:200]
    _save(file, "state", "remark", settled="state", today=today)
    trail.note("mothers.state.changed", file, by=by, reason=reason, before=before, after=state)
    bus.publish(MotherRestated(file.pk, before, state, file.remark, by.pk))
    return file


def _save(file: Mother, *fields: str, settled: str, today: date) -> None:
    file.settled = {**file.settled, settled: today.isoformat()}
    file.updated_at = timezone.now()
    file.save(update_fields=[*fields, "settled", "updated_at"])
    bus.publish(MothersChanged((file.pk,)))
