"""What the hub announces: rows that arrived and are ready for the files they belong to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
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
    # A long delivery comes in portions: the rows of all, and of those that came before this one.
    whole: int = 0
    earlier: int = 0


@dataclass(frozen=True)
class RowsComing:
    """A delivery is about to be stored portion by portion; these are some of its rows.

    Whoever learns from rows learns from these, which are more than a portion holds. They are not
    stored yet, and nothing may be kept of them.
    """

    target: str
    department: str
    rows: list[dict[str, Any]]


@dataclass(frozen=True)
class AnswerForgotten:
    """The time of an answer about one person is over: what its run brought is to be forgotten."""

    run_id: UUID


@dataclass(frozen=True)
class RunRolledBack:
    """A run is undone as a whole, at whatever later time: its rows go, those before come back.

    `removed` are its rows that no later delivery brought as well; `restored` are earlier versions
    that are current again, `withdrawn` earlier versions that a later list has dropped. `followed`
    maps a row of a later delivery, which stands, to the version that is now right before it, if
    there is one. Rows received since `since` may owe their place to a removed row.
    """

    run_id: UUID
    target: str
    removed: list[UUID]
    restored: list[UUID]
    withdrawn: list[UUID] = field(default_factory=list)
    followed: dict[UUID, UUID | None] = field(default_factory=dict)
    since: datetime | None = None
    counts: dict[str, int] = field(default_factory=dict)
    # takes a percentage of this step and words
    progress: Callable[[int, str], None] = lambda _percent, _words: None
