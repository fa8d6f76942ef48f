"""What the hub announces: rows that arrived and are ready for the files they belong to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class RowsReady:
    """Checked rows of one run, stored and ready to be linked.

    `arrived` are the new and changed rows as (record id, area code, canonical payload);
    `withdrawn` are the ids of records that a full list no longer holds; `superseded` maps a new
    record's id to the id of the version before it. Handlers add what they did to `counts` and
    `timings`, and tell their progress (0..100, step in words) to `progress`.
    """

    run_id: UUID
    target: str
    department: str
    trust: dict[str, int]
    arrived: list[tuple[UUID, str, dict[str, Any]]]
    withdrawn: list[UUID]
    superseded: dict[UUID, UUID]
    progress: Callable[[int, str], None]
    counts: dict[str, int] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class RunRolledBack:
    """A run is undone as a whole: its records go, and the versions before them come back."""

    run_id: UUID
    target: str
    removed: list[UUID]
    restored: list[UUID]
