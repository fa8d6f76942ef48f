"""Visits follow the file they belong to when files are joined, and come back when they part."""

from typing import Any, Final
from uuid import UUID

from qianshou.registry.actions import hanging
from qianshou.visits.models import Goer, Visit, VisitTask

HANGING: Final[tuple[Any, ...]] = (Visit, VisitTask)


def follow_merge(kept_id: UUID, absorbed_id: UUID, *, event_id: UUID) -> None:
    """Move everything to the file that stays, and remember where it came from."""
    hanging.move_along(HANGING, kept_id=kept_id, absorbed_id=absorbed_id, event_id=event_id)
    Goer.objects.filter(child=absorbed_id).update(child=kept_id)


def follow_undo(*, event_id: UUID) -> None:
    """Give back what a joining moved."""
    for each in hanging.move_back(HANGING, event_id=event_id):
        if isinstance(each, Visit):
            Goer.objects.filter(visit=each).update(child=each.child_id)
