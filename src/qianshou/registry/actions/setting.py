"""Setting a value of a file by hand, leaving it to the departments again, ending a held fact."""

import json
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.audit import actions as audit
from qianshou.common import bus, rowsecurity
from qianshou.common.errors import NotAllowed, Refused
from qianshou.registry import permissions
from qianshou.registry.actions import filing
from qianshou.registry.events import FilesChanged
from qianshou.registry.models import Child, ChildEvent, Hold, Link, Pin
from qianshou.registry.queries import words
from qianshou.registry.rules import fields, reading

SHORTEST_REASON: Final = 4
_PLACES: Final = ("area_code", "hukou_code")
_FLAGS: Final = frozenset(
    (*(name for name, kind in fields.KINDS.items() if kind == fields.ANY), "boarding")
)
_NUMBERS: Final = frozenset(
    name for name, kind in fields.KINDS.items() if kind in (fields.MOST, fields.LEAST)
)
_LISTS: Final = frozenset(name for name, kind in fields.KINDS.items() if kind == fields.UNION)
_WIDTHS: Final = {"name": 80, "school": 100, "class_name": 40, "address": 200}
_MOST: Final = 9999


class WhyMissing(Refused):
    """Say in a few words how you know it."""


class NoSuchValue(Refused):
    """This field of a file cannot be set by hand."""


class NotAValue(Refused):
    """This cannot be the value of this field."""

    def __init__(self) -> None:
        super().__init__(_("This cannot be the value of this field. Look at how it is written."))


class NothingStands(Refused):
    """Nobody has set this value, and nothing is held."""


@transaction.atomic
def pin(child: Child, field: str, text: str, *, by: User, reason: str) -> Pin:
    """Set a value; it stands against every feed until a person takes it away."""
    _require(child, field, by=by, reason=reason)
    value = value_of(field, text)
    if field in _PLACES:
        _require_place(value, by)
    now = timezone.now()
    with rowsecurity.acting(rowsecurity.SYSTEM):
        Child.objects.select_for_update().get(pk=child.pk)
        _end_pins(child, field, by=by, now=now)
        made = Pin(
            child=child, area_code=child.area_code, field=field, reason=reason.strip(), by=by,
            since=now,
        )  # fmt: skip
        made.value = json.dumps(value, ensure_ascii=False)
        made.save(force_insert=True)
        _follow(child, ChildEvent.Kind.PINNED, field, by=by, reason=reason)
    _record("registry.value.set", child, field, by=by, reason=reason)
    return made


@transaction.atomic
def release(child: Child, field: str, *, by: User, reason: str) -> None:
    """Leave a value to the departments again: what a person set, or a fact that was held.

    To end a held fact is to say that it is over; whoever may confirm grades knows that.
    """
    _require(child, field, by=by, reason=reason)
    now = timezone.now()
    with rowsecurity.acting(rowsecurity.SYSTEM):
        pins = _end_pins(child, field, by=by, now=now)
        held = 0
        if not pins:
            held = Hold.objects.filter(child=child, field=field, ended_at=None).update(
                ended_at=now, ended_by=by
            )
        if not pins and not held:
            raise NothingStands
        kind = ChildEvent.Kind.RELEASED if pins else ChildEvent.Kind.LIFTED
        _follow(child, kind, field, by=by, reason=reason)
    act = "registry.value.released" if pins else "registry.warning.lifted"
    _record(act, child, field, by=by, reason=reason)


def _require(child: Child, field: str, *, by: User, reason: str) -> None:
    if field not in fields.KINDS:
        raise NoSuchValue
    if not permissions.can_set_value(by, child, field):
        raise NotAllowed
    if len(reason.strip()) < SHORTEST_REASON:
        raise WhyMissing


def _require_place(code: str, by: User) -> None:
    """Nobody moves a child to where they do not work."""
    if code not in areas.names_of({code}):
        raise NotAValue
    accounts.require(by, Power.CONFIRM_GRADES, code)


def _end_pins(child: Child, field: str, *, by: User, now: datetime) -> int:
    standing = Pin.objects.filter(child=child, field=field, ended_at=None)
    return standing.update(ended_at=now, ended_by=by)


def _follow(child: Child, kind: str, field: str, *, by: User, reason: str) -> None:
    """Compute the file anew and tell it."""
    now = timezone.now()
    filing.refresh([child.pk], filing.Filing(by=by, now=now, quiet=True, lowers=True))
    current = Child.objects.get(pk=child.pk)
    ChildEvent.objects.create(
        child=current, area_code=current.area_code, kind=kind, at=now, by=by, fields=[field],
        moves={"reason": reason.strip()},
    )  # fmt: skip
    bus.publish(FilesChanged((child.pk,), None))


def _record(act: str, child: Child, field: str, *, by: User, reason: str) -> None:
    audit.record(
        act,
        by=by,
        subject_kind="child",
        subject_id=child.pk,
        area_code=child.area_code,
        reason=reason.strip(),
        field=field,
    )


# -- what was typed -------------------------------------------------------------------------------


def value_of(field: str, text: str) -> Any:
    """Return the canonical value of what was typed or chosen; raises `NotAValue`."""
    typed = text.strip()
    if not typed:
        raise NotAValue
    for members, read in (
        (_FLAGS, _flag), (_NUMBERS, _number), (_LISTS, _list), (_READERS.keys(), _by_field),
    ):  # fmt: skip
        if field in members:
            return read(field, typed)
    if field in words.VALUES or field == "ethnicity":
        table = words.PEOPLES if field == "ethnicity" else words.VALUES[field]
        if typed not in table:
            raise NotAValue
        return typed
    return typed[: _WIDTHS.get(field, 100)]


def _flag(_field: str, typed: str) -> bool:
    if typed not in ("True", "False", "true", "false"):
        raise NotAValue
    return typed.lower() == "true"


def _number(_field: str, typed: str) -> int:
    if not (typed.isascii() and typed.isdigit()) or int(typed) > _MOST:
        raise NotAValue
    return int(typed)


def _list(field: str, typed: str) -> list[str]:
    parts = [part.strip() for part in typed.replace("，", ",").replace("、", ",").split(",")]
    found = list(dict.fromkeys(part for part in parts if part))
    table = words.VALUES.get(field)
    if not found or (table is not None and not set(found) <= set(table)):
        raise NotAValue
    return found


def _by_field(field: str, typed: str) -> str:
    found: str = _READERS[field](typed)
    if not found:
        raise NotAValue
    return found


def _day(typed: str) -> str:
    try:
        found = date.fromisoformat(typed)
    except ValueError:
        return ""
    return found.isoformat() if found <= timezone.localdate() else ""


def _id_number(typed: str) -> str:
    number, valid = reading.id_number(typed)
    return number if valid else ""


def _area(typed: str) -> str:
    return typed if len(typed) == 12 and typed.isascii() and typed.isdigit() else ""


def _name(typed: str) -> str:
    return reading.spelled(typed)[:80] if reading.person_name(typed) else ""


_READERS: Final = {
    "birth_on": _day, "id_number": _id_number, "phone": reading.phone, "area_code": _area,
    "hukou_code": _area, "name": _name,
}  # fmt: skip


def move(child: Child, code: str, *, by: User, reason: str) -> None:
    """Let a file belong to another place, as both counties agreed; no feed takes it back.

    Whether the person may is for the caller, who knows both counties; runs as the system.
    """
    now = timezone.now()
    _end_pins(child, "area_code", by=by, now=now)
    made = Pin(child=child, area_code=code, field="area_code", reason=reason.strip(), by=by,
               since=now)  # fmt: skip
    made.value = json.dumps(code)
    made.save(force_insert=True)
    Child.objects.filter(pk=child.pk).update(area_code=code, updated_at=now)
    if child.links.exclude(state=Link.State.ENDED).exists():
        _follow(child, ChildEvent.Kind.PINNED, "area_code", by=by, reason=reason)
