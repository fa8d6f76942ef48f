"""Teams and tasks follow their child: through joinings and partings of files, and to other places.

Who sits in a team follows in `pairing`, where places are kept; a task goes with its place.
"""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from django.db.models import F

from qianshou.common import rowsecurity
from qianshou.registry.models import Child
from qianshou.teams.models import CareTeam, TeamTask

# More files than this are looked at as a whole, as after the delivery of a county.
FEW_FILES: Final = 1_000


def follow_merge(*, kept_id: UUID, absorbed_id: UUID, event_id: UUID) -> None:
    """Move teams to the file that stays; where both have one, its own holds and the other waits."""
    kept = Child.objects.get(pk=kept_id)
    has_team = CareTeam.objects.filter(child=kept_id, ended_at=None).exists()
    for team in CareTeam.objects.filter(child=absorbed_id):
        if not (has_team and team.ended_at is None):
            team.moves = [*team.moves, {"event": str(event_id), "child": str(absorbed_id)}]
            _put(team, kept)


def follow_undo(*, event_id: UUID) -> None:
    """Give back what a joining moved; later joinings of the same thing are undone before it."""
    for team in CareTeam.objects.filter(moves__contains=[{"event": str(event_id)}]):
        place = next(i for i, move in enumerate(team.moves) if move["event"] == str(event_id))
        home = Child.objects.get(pk=team.moves[place]["child"])
        team.moves = team.moves[:place]
        _put(team, home)


def _put(team: CareTeam, home: Child) -> None:
    team.child_id, team.area_code = home.pk, home.area_code
    team.save(update_fields=["child", "area_code", "moves"])


def follow_seats(seat_ids: Collection[UUID]) -> None:
    """Let tasks go with the places they were asked of."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        found = list(TeamTask.objects.filter(seat__in=list(seat_ids)).select_related("seat"))
        for task in found:
            task.child_id, task.area_code = task.seat.child_id, task.seat.area_code
        TeamTask.objects.bulk_update(found, ["child", "area_code"], batch_size=500)


def follow_place(child_ids: Collection[UUID]) -> int:
    """Let teams follow children who live elsewhere now; returns how many moved."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = CareTeam.objects.exclude(area_code=F("child__area_code"))
        if len(child_ids) <= FEW_FILES:
            rows = rows.filter(child__in=list(child_ids))
        moved = list(rows.select_related("child"))
        for each in moved:
            each.area_code = each.child.area_code
        CareTeam.objects.bulk_update(moved, ["area_code"], batch_size=500)
    return len(moved)
