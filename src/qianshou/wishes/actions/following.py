"""Wishes follow the file they belong to when files are joined, and come back when they part."""

from typing import Any, Final
from uuid import UUID

from qianshou.registry.actions import hanging
from qianshou.wishes.models import Claim, Wish

HANGING: Final[tuple[Any, ...]] = (Wish, Claim)


def follow_merge(kept_id: UUID, absorbed_id: UUID, *, event_id: UUID) -> None:
    """Move everything to the file that stays, and remember where it came from."""
    hanging.move_along(HANGING, kept_id=kept_id, absorbed_id=absorbed_id, event_id=event_id)


def follow_undo(*, event_id: UUID) -> None:
    """Give back what a joining moved."""
    hanging.move_back(HANGING, event_id=event_id)
