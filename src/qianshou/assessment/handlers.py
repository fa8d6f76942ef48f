"""Reactions to what the registry announces."""

from django.utils import timezone

from qianshou.assessment.actions import assessing, due, following
from qianshou.common.bus import on
from qianshou.registry.events import ChildrenInNews, FilesChanged, FilesMerged, MergeUndone


@on(FilesChanged)
def assess_files(event: FilesChanged) -> None:
    """Assess the children whose circumstances may have changed."""
    assessing.assess(event.child_ids, today=timezone.localdate())


@on(ChildrenInNews)
def look_again(event: ChildrenInNews) -> None:
    """Let a person look soon at the children whose life has changed."""
    due.note_news(event.news, today=timezone.localdate())


@on(FilesMerged)
def end_absorbed(event: FilesMerged) -> None:
    """End the assessment of the file that was taken in; the other one is assessed as a whole."""
    following.follow_merge(
        kept_id=event.kept_id, absorbed_id=event.absorbed_id, event_id=event.event_id
    )
    assessing.assess((event.kept_id, event.absorbed_id), today=timezone.localdate())


@on(MergeUndone)
def return_absorbed(event: MergeUndone) -> None:
    """Assess both files on their own again."""
    following.follow_undo(kept_id=event.kept_id, event_id=event.event_id)
    assessing.assess((event.kept_id, event.absorbed_id), today=timezone.localdate())
