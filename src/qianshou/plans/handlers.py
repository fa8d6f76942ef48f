"""Reactions: a pairing that begins takes its checklist; belongings follow their file."""

from django.utils import timezone

from qianshou.common.bus import on
from qianshou.pairing.events import PairingStarted
from qianshou.plans.actions import following, opening
from qianshou.registry.events import FilesMerged, MergeUndone


@on(PairingStarted)
def take_the_checklist(event: PairingStarted) -> None:
    """Let a pairing keep the version in force on the day on which its care begins."""
    opening.begin_one(event.pairing_id, today=timezone.localdate())


@on(FilesMerged)
def move_along(event: FilesMerged) -> None:
    """Let guidance and what is noted of parents follow the file that was taken in."""
    following.follow_merge(event.kept_id, event.absorbed_id, event_id=event.event_id)


@on(MergeUndone)
def move_back(event: MergeUndone) -> None:
    """Give them back."""
    following.follow_undo(event_id=event.event_id)
