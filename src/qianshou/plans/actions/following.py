"""What hangs on a child itself follows its file; what hangs on a pairing follows the pairing."""

from typing import Any, Final
from uuid import UUID

from qianshou.plans.models import Guidance, Homework, ParentContact, Session
from qianshou.registry.actions import hanging

HANGING: Final[tuple[Any, ...]] = (Guidance, Session, Homework, ParentContact)


def follow_merge(kept_id: UUID, absorbed_id: UUID, *, event_id: UUID) -> None:
    """Move everything to the file that stays, and remember where it came from."""
    hanging.move_along(HANGING, kept_id=kept_id, absorbed_id=absorbed_id, event_id=event_id)


def follow_undo(*, event_id: UUID) -> None:
    """Give back what a joining moved."""
    hanging.move_back(HANGING, event_id=event_id)
