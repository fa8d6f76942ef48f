"""What happens at the door: arriving, leaving, and what became of a visit that was not made.

The position is compared and forgotten in the same breath: only near, far or unknown is written.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common.errors import NotFound, Refused
from qianshou.pairing.queries.instance import positions_of
from qianshou.visits import permissions
from qianshou.visits.models import Visit
from qianshou.visits.queries import books
from qianshou.visits.rules import places, states


class PlaceUnsaid(Refused):
    """Without a position, say in a word why: no signal, refused, an old phone."""


class NotPossibleNow(Refused):
    """This visit is past that: somebody has gone on with it meanwhile."""


class ReasonMissing(Refused):
    """Please say why; it stands with the visit."""


@dataclass(frozen=True)
class Sign:
    """What a phone says at the door: a coarse cell or why there is none, and its own time."""

    cell: str = ""
    why: str = ""
    said_at: datetime | None = None


def step(visit: Visit, act: str, *, by: User, reason: str = "") -> Visit:
    """Hold a visit for one step of its table; refuses what the table does not allow."""
    if not permissions.can_make(by, visit):
        raise NotFound
    held = Visit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    actor = states.MOTHER if permissions.is_hers(by, held) else "STAFF"
    if not states.VISIT.allows(act, held.state, actor=actor):
        raise NotPossibleNow
    if states.VISIT.step(act).needs_reason and not reason.strip():
        raise ReasonMissing
    held.state = states.VISIT.step(act).target
    return held


@transaction.atomic
def arrive(visit: Visit, sign: Sign, *, by: User, now: datetime) -> Visit:
    """Sign in at the family's home."""
    held = step(visit, "arrive", by=by)
    held.came_at, held.came_said_at = now, sign.said_at
    held.came_place, held.came_why = _place(held, sign)
    held.save(update_fields=["state", "came_at", "came_said_at", "came_place", "came_why"])
    _note(held, "visits.visit.arrived", by=by, place=held.came_place)
    return held


@transaction.atomic
def leave(visit: Visit, sign: Sign, *, by: User, now: datetime) -> Visit:
    """Sign out again; what is left is to write it up."""
    held = step(visit, "leave", by=by)
    held.left_at, held.left_said_at = now, sign.said_at
    held.left_place, held.left_why = _place(held, sign)
    held.save(update_fields=["state", "left_at", "left_said_at", "left_place", "left_why"])
    _note(held, "visits.visit.left", by=by, place=held.left_place)
    return held


def _place(visit: Visit, sign: Sign) -> tuple[str, str]:
    """Return near, far or unknown, and why it is unknown. A hidden place is compared with nothing.

    Whether somebody stands near a child that is being hidden is itself a fact about its place.
    """
    cell = places.cell_of(sign.cell)
    if cell is None and not sign.why.strip():
        raise PlaceUnsaid
    if visit.child.hidden_location:
        return places.UNKNOWN, ""
    known = positions_of([visit.area_code]).get(visit.area_code)
    near_km = books.read(visit.book).near_km
    return places.compare(cell, known, near_km=near_km), sign.why.strip()[:200]


_ENDS = {
    "not_met": "visits.visit.not_met",
    "refuse": "visits.visit.refused",
    "cancel": "visits.visit.cancelled",
}


@transaction.atomic
def end(visit: Visit, act: str, *, by: User, reason: str, now: datetime) -> Visit:
    """Say that nobody was met, that the family did not want it, or that it is called off."""
    if act not in _ENDS:
        raise NotFound
    held = step(visit, act, by=by, reason=reason)
    held.why, held.written_by, held.written_at = reason.strip()[:200], by, now
    held.draft = ""
    held.save(update_fields=["state", "why", "written_by", "written_at", "draft"])
    _note(held, _ENDS[act], by=by, reason=reason)
    return held


def _note(visit: Visit, act: str, *, by: User, **more: Any) -> None:
    audit.record(
        act, by=by, subject_kind="child", subject_id=visit.child_id, area_code=visit.area_code,
        visit=visit.pk, **more,
    )  # fmt: skip
