"""What higher rooms hang on a file goes along when files are joined, and comes back when they part.

Each such row has `child` and `moves`, where every joining leaves the file that the row came from.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID


def move_along(
    models: Sequence[Any], *, kept_id: UUID, absorbed_id: UUID, event_id: UUID
) -> list[Any]:
    """Move everything to the file that stays, remember where it came from, and return it."""
    rows = _rows(models, child=absorbed_id)
    for each in rows:
        each.moves = [*each.moves, {"event": str(event_id), "child": str(absorbed_id)}]
        each.child_id = kept_id
        each.save(update_fields=["child", "moves"])
    return rows


def move_back(models: Sequence[Any], *, event_id: UUID) -> list[Any]:
    """Give back what a joining moved, and return it; later joinings are undone before it."""
    rows = _rows(models, moves__contains=[{"event": str(event_id)}])
    for each in rows:
        place = next(i for i, move in enumerate(each.moves) if move["event"] == str(event_id))
        each.child_id = UUID(each.moves[place]["child"])
        each.moves = each.moves[:place]
        each.save(update_fields=["child", "moves"])
    return rows


def _rows(models: Sequence[Any], **where: Any) -> list[Any]:
    return [row for model in models for row in model.objects.filter(**where)]
