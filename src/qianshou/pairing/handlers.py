"""Reactions to what the registry announces."""

from qianshou.common.bus import on
from qianshou.pairing.actions import following
from qianshou.registry.events import FilesChanged, FilesMerged, MergeUndone


@on(FilesMerged)
def move_pairings(event: FilesMerged) -> None:
    """Let pairings follow the file that was taken in."""
    following.follow_merge(
        kept_id=event.kept_id, absorbed_id=event.absorbed_id, event_id=event.event_id
    )
    following.seats_follow_merge(
        kept_id=event.kept_id, absorbed_id=event.absorbed_id, event_id=event.event_id
    )


@on(MergeUndone)
def move_pairings_back(event: MergeUndone) -> None:
    """Give the pairings back."""
    following.follow_undo(event_id=event.event_id)
    following.seats_follow_undo(event_id=event.event_id)


@on(FilesChanged)
def move_places(event: FilesChanged) -> None:
    """Let places of teams follow children who have moved."""
    following.seats_follow_place(event.child_ids)
