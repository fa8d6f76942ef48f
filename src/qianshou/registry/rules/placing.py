"""Where a row belongs after people merged, split and undid: the standing decisions, replayed.

Each decision is undone by leaving it out, never by reversing what came after it. That makes
nested merges independent, and undoing everything, in any order, gives the start.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

MERGED: Final = "MERGED"
SPLIT: Final = "SPLIT"


@dataclass(frozen=True)
class Decision:
    """A merge of `origin` into `target`, or a split of rows of `origin` out to `target`."""

    kind: str
    origin: UUID
    target: UUID
    rows: Mapping[UUID, UUID]
    undone: bool = False


def place(row: UUID, decisions: Iterable[Decision], now_at: UUID) -> UUID:
    """Return the file that a row belongs to; `now_at` serves if no decision ever moved it.

    `decisions` are in the order in which they were taken; `rows` of a decision maps every row it
    moved to the file it was in.
    """
    here: UUID | None = None
    for decision in decisions:
        if row not in decision.rows:
            continue
        if here is None:
            here = decision.rows[row]
        if decision.undone:
            continue
        if decision.kind == SPLIT or here == decision.origin:
            here = decision.target
    return now_at if here is None else here


def redirect(child: UUID, decisions: Iterable[Decision]) -> UUID | None:
    """Return the file that a file is part of now, or None while it stands for itself.

    A file that a split made goes back into the file it came from when the split is undone.
    """
    home: UUID | None = None
    for decision in decisions:
        if decision.kind == MERGED and decision.origin == child and not decision.undone:
            home = decision.target
        if decision.kind == SPLIT and decision.target == child and decision.undone:
            home = decision.origin
    return home
