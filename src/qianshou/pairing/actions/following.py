"""Pairings follow their child when two files become one, and go back when that is undone."""

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Concat, Left
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from qianshou.areas import rules as area_rules
from qianshou.common import bus, rowsecurity
from qianshou.common.errors import Refused
from qianshou.pairing.events import SeatsMoved
from qianshou.pairing.models import CARE_KINDS, MatchRun, Pairing, Proposal, TeamSeat
from qianshou.registry.actions import merging
from qianshou.registry.models import Child

# Under which name a merge keeps the proposals that it let lapse.
PROPOSALS: Final = "proposals"


class BothPaired(Refused):
    """Both files have a running pairing. End one of them before merging the files."""


def follow_merge(*, kept_id: UUID, absorbed_id: UUID, event_id: UUID) -> None:
    """Move the absorbed file's pairings to the kept one; open proposals of it lapse."""
    both = Pairing.objects.open().filter(child_id__in=[kept_id, absorbed_id])
    if len(set(both.values_list("child_id", flat=True))) == 2:
        raise BothPaired(_("Both files have a running pairing. End one of them first."))
    Pairing.objects.filter(child_id=absorbed_id, came_by=None).update(
        came_from=F("child_id"), came_by=event_id, child_id=kept_id
    )
    lapsing = list(
        Proposal.objects.open().filter(child_id=absorbed_id).values_list("pk", flat=True)
    )
    if lapsing:
        merging.remember(event_id, PROPOSALS, lapsing)
        Proposal.objects.filter(pk__in=lapsing).update(state=Proposal.State.LAPSED)


def follow_undo(*, event_id: UUID) -> None:
    """Give the pairings that a merge moved back to the file they came from.

    Proposals that lapsed with the merge are to be decided again, unless a newer run has looked
    at the child since, or it is paired by now.
    """
    Pairing.objects.filter(came_by=event_id).update(
        child_id=F("came_from"), came_from=None, came_by=None
    )
    lapsed = Proposal.objects.filter(
        pk__in=merging.remembered(event_id, PROPOSALS), state=Proposal.State.LAPSED,
        decided_by=None,
    ).select_related("run")  # fmt: skip
    for proposal in lapsed:
        paired = Pairing.objects.open().filter(child_id=proposal.child_id).exists()
        if not paired and not _has_newer_run(proposal):
            Proposal.objects.filter(pk=proposal.pk).update(state=Proposal.State.OPEN)


def _has_newer_run(proposal: Proposal) -> bool:
    """Tell whether a later run has proposed anew where the child lives."""
    later = MatchRun.objects.filter(created_at__gt=proposal.run.created_at, state="DONE")
    ranges = (area_rules.subtree(code) for code in later.values_list("area_code", flat=True))
    return any(low <= proposal.area_code <= high for low, high in ranges)


# -- places of teams ------------------------------------------------------------------------------

# Why a place ends when its child has left the county whose people sit in it.
MOVED_AWAY: Final = gettext_noop("The child lives in another county now.")
# More files than this are looked at as a whole, as after the delivery of a county.
FEW_FILES: Final = 1_000


def seats_follow_merge(*, kept_id: UUID, absorbed_id: UUID, event_id: UUID) -> int:
    """Move the absorbed file's team places to the kept one; returns how many moved.

    Where both have somebody in the same place, the kept file's own stays in force and the other
    waits with its file, as values do that people set.
    """
    kept = Child.objects.get(pk=kept_id)
    rows = TeamSeat.objects.filter(child__in=[kept_id, absorbed_id], ended_at=None)
    held = {_place_of(each) for each in rows if each.child_id == kept_id}
    moved = []
    for seat in TeamSeat.objects.filter(child=absorbed_id).select_for_update():
        if seat.ended_at is None and _place_of(seat) in held:
            continue
        seat.moves = [*seat.moves, {"event": str(event_id), "child": str(absorbed_id)}]
        seat.child_id, seat.area_code = kept_id, kept.area_code
        seat.save(update_fields=["child", "area_code", "moves"])
        moved.append(seat.pk)
    bus.publish(SeatsMoved(tuple(moved)))
    return len(moved)


def _place_of(seat: TeamSeat) -> tuple[Any, ...]:
    """Return what two open places of one child must not share."""
    team = "CARE" if seat.kind in CARE_KINDS else seat.kind
    person = (seat.partner_id, seat.staff_id, seat.mother_id)
    return (team, seat.role, *(person if seat.kind == "CARE" else ()))


def seats_follow_undo(*, event_id: UUID) -> None:
    """Give the places back that a joining moved."""
    rows = TeamSeat.objects.filter(moves__contains=[{"event": str(event_id)}])
    moved = list(rows.select_for_update())
    for seat in moved:
        place = next(i for i, each in enumerate(seat.moves) if each["event"] == str(event_id))
        home = Child.objects.get(pk=seat.moves[place]["child"])
        seat.child_id, seat.area_code, seat.moves = home.pk, home.area_code, seat.moves[:place]
        seat.save(update_fields=["child", "area_code", "moves"])
    bus.publish(SeatsMoved(tuple(each.pk for each in moved)))


def seats_follow_place(child_ids: Collection[UUID]) -> int:
    """Let team places follow children who live elsewhere now; returns how many places changed.

    In the same county the people stay. In another one they end: nobody there has taken them in,
    and whoever sat there may see the child no longer.
    """
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = TeamSeat.objects.filter(ended_at=None)
        if len(child_ids) <= FEW_FILES:
            rows = rows.filter(child__in=list(child_ids))
        return _end_abroad(rows) + _move_along(rows)


def _end_abroad(rows: QuerySet[TeamSeat]) -> int:
    county = Concat(Left("child__area_code", 6), Value("000000"))
    away = list(rows.exclude(given_in=county).select_related("child"))
    for seat in away:
        seat.ended_at, seat.end_reason = timezone.now(), MOVED_AWAY
        seat.area_code = seat.child.area_code
    TeamSeat.objects.bulk_update(away, ["ended_at", "end_reason", "area_code"], batch_size=500)
    return len(away)


def _move_along(rows: QuerySet[TeamSeat]) -> int:
    near = list(rows.exclude(area_code=F("child__area_code")).select_related("child"))
    for seat in near:
        seat.area_code = seat.child.area_code
    TeamSeat.objects.bulk_update(near, ["area_code"], batch_size=500)
    if near:
        bus.publish(SeatsMoved(tuple(each.pk for each in near)))
    return len(near)
