"""Opening a sensitive field with a reason, and hiding where a child lives."""

from collections.abc import Iterable
from typing import Final

from django.db import transaction

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.audit import actions as audit
from qianshou.common.errors import NotAllowed, Refused
from qianshou.registry import permissions
from qianshou.registry.models import Child, Guardianship

FIELDS: Final = ("id_number", "phone", "address")
GUARDIAN_FIELDS: Final = ("id_number", "phone")
SHORTEST_REASON: Final = 4


class ReasonNeeded(Refused):
    """Say in a few words what you need it for."""


class NoSuchField(Refused):
    """There is no such field to open."""


@transaction.atomic
def reveal(child: Child, field: str, *, by: User, reason: str) -> str:
    """Return a sensitive value in plain text; the reading and its reason are on record."""
    if field not in FIELDS:
        raise NoSuchField
    if not permissions.can_reveal(by, child, field):
        raise NotAllowed
    _note(child, field, by=by, reason=reason)
    value: str = getattr(child, field).open()
    return value


@transaction.atomic
def reveal_guardian(stands: Guardianship, field: str, *, by: User, reason: str) -> str:
    """Return an adult's number or telephone in plain text; on record like the child's own."""
    if field not in GUARDIAN_FIELDS:
        raise NoSuchField
    accounts.require(by, Power.REVEAL_SECRETS, stands.child.area_code)
    _note(stands.child, f"guardian.{field}", by=by, reason=reason)
    value: str = getattr(stands.guardian, field).open()
    return value


def _note(child: Child, field: str, *, by: User, reason: str) -> None:
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReasonNeeded
    audit.record(
        "registry.field.revealed",
        by=by,
        subject_kind="child",
        subject_id=child.pk,
        area_code=child.area_code,
        reason=reason.strip(),
        field=field,
    )


@transaction.atomic
def hide_location(child: Child, *, by: User, reason: str, readers: Iterable[User] = ()) -> None:
    """Hide where a child lives and learns from everybody but the named people and oneself."""
    _require_place(child, by, reason)
    child.hidden_location = True
    child.location_readers = sorted({str(by.pk), *(str(reader.pk) for reader in readers)})
    child.save(update_fields=["hidden_location", "location_readers"])
    _note_place("registry.location.hidden", child, by=by, reason=reason)


@transaction.atomic
def show_location(child: Child, *, by: User, reason: str) -> None:
    """End the hiding of a child's place."""
    _require_place(child, by, reason)
    child.hidden_location, child.location_readers = False, []
    child.save(update_fields=["hidden_location", "location_readers"])
    _note_place("registry.location.shown", child, by=by, reason=reason)


def _require_place(child: Child, by: User, reason: str) -> None:
    if not permissions.can_hide_place(by, child) or not permissions.can_see_place(by, child):
        raise NotAllowed
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReasonNeeded


def _note_place(act: str, child: Child, *, by: User, reason: str) -> None:
    audit.record(
        act,
        by=by,
        subject_kind="child",
        subject_id=child.pk,
        area_code=child.area_code,
        reason=reason.strip(),
        readers=len(child.location_readers),
    )
