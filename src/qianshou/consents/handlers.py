"""Reactions to the registry: consents that end, files that are joined and parted."""

from qianshou.common import bus
from qianshou.common.bus import on
from qianshou.consents.actions import asking, following
from qianshou.consents.events import ConsentWithdrawn
from qianshou.registry.events import ConsentsEnded, FilesMerged, MergeUndone


@on(ConsentsEnded)
def announce(event: ConsentsEnded) -> None:
    """Tell the rooms above about each child, whichever way the no came in."""
    for child_id in event.child_ids:
        bus.publish(ConsentWithdrawn(child_id, event.purpose, event.because))


@on(ConsentWithdrawn)
def end_links(event: ConsentWithdrawn) -> None:
    """End the links that still ask for what a guardian has just taken back."""
    if event.because in (ConsentWithdrawn.PAPER, ConsentWithdrawn.REMOTE):
        asking.end_open(event.child_id, event.purpose)


@on(FilesMerged)
def follow(event: FilesMerged) -> None:
    """Let what hangs on a file go along with it."""
    following.follow_merge(event.kept_id, event.absorbed_id, event_id=event.event_id)


@on(MergeUndone)
def part(event: MergeUndone) -> None:
    """Give it back."""
    following.follow_undo(event_id=event.event_id)
