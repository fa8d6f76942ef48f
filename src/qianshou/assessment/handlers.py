"""Reactions to what the registry announces."""

from django.utils import timezone

from qianshou.assessment import actions
from qianshou.common.bus import on
from qianshou.registry.events import FilesChanged, FilesMerged, MergeUndone


@on(FilesChanged)
def assess_files(event: FilesChanged) -> None:
    """Assess the children whose circumstances may have changed."""
    actions.assess(event.child_ids, today=timezone.localdate())


@on(FilesMerged)
def end_absorbed(event: FilesMerged) -> None:
    """End the assessment of the file that was taken in; the other one is assessed as a whole."""
    actions.assess((event.kept_id, event.absorbed_id), today=timezone.localdate())


@on(MergeUndone)
def return_absorbed(event: MergeUndone) -> None:
    """Assess both files on their own again."""
    actions.assess((event.kept_id, event.absorbed_id), today=timezone.localdate())
