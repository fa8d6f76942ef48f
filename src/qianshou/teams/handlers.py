"""Reactions to what the registry and pairing announce."""

from qianshou.common.bus import on
from qianshou.pairing.events import SeatsMoved
from qianshou.registry.events import FilesChanged, FilesMerged, MergeUndone
from qianshou.teams.actions import following


@on(FilesMerged)
def move_teams(event: FilesMerged) -> None:
    """Let teams follow the file that was taken in."""
    following.follow_merge(
        kept_id=event.kept_id, absorbed_id=event.absorbed_id, event_id=event.event_id
    )


@on(MergeUndone)
def move_teams_back(event: MergeUndone) -> None:
    """Give teams back."""
    following.follow_undo(event_id=event.event_id)


@on(FilesChanged)
def follow_move(event: FilesChanged) -> None:
    """Let teams follow children who have moved."""
    following.follow_place(event.child_ids)


@on(SeatsMoved)
def move_tasks(event: SeatsMoved) -> None:
    """Let tasks go with the places they were asked of."""
    following.follow_seats(event.seat_ids)
