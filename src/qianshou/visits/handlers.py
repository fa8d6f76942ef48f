"""Reactions to the registry: files that are joined and parted."""

from qianshou.common.bus import on
from qianshou.registry.events import FilesMerged, MergeUndone
from qianshou.visits.actions import following


@on(FilesMerged)
def follow(event: FilesMerged) -> None:
    """Let visits go along with their file."""
    following.follow_merge(event.kept_id, event.absorbed_id, event_id=event.event_id)


@on(MergeUndone)
def part(event: MergeUndone) -> None:
    """Give them back."""
    following.follow_undo(event_id=event.event_id)
