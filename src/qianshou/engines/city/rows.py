"""The rows of one department's list while they are written: cells, their truth, their faults."""

from dataclasses import dataclass, field
from datetime import date
from random import Random

import numpy as np

from qianshou.engines.city.mixes import ErrorMix

Cell = str | int | float | date | None

REFUSE, WARN = "refuse", "warn"


@dataclass(frozen=True)
class Flaw:
    """One thing a careful reader must say about a row: column, reason, and whether it may enter."""

    column: str
    reason: str
    severity: str


@dataclass
class Rows:
    """A list in column order; `truth`, `errors` and `flaws` run parallel to the rows."""

    columns: dict[str, list[Cell]]
    truth: list[str]
    errors: list[list[str]] = field(default_factory=list)
    flaws: list[list[Flaw]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.errors:
            self.errors = [[] for _ in self.truth]
            self.flaws = [[] for _ in self.truth]

    def __len__(self) -> int:
        return len(self.truth)

    def take(self, order: list[int]) -> "Rows":
        """Return the rows in another order; a row may be taken twice."""
        return Rows(
            columns={name: [cells[i] for i in order] for name, cells in self.columns.items()},
            truth=[self.truth[i] for i in order],
            errors=[list(self.errors[i]) for i in order],
            flaws=[list(self.flaws[i]) for i in order],
        )

    def flaw(self, row: int, column: str, *, reason: str, severity: str) -> None:
        """Remember that a reader must complain about a cell."""
        self.flaws[row].append(Flaw(column, reason, severity))


@dataclass(frozen=True)
class Roles:
    """Which columns of a list hold what, so that slips know where to strike."""

    key: str
    name: str
    id_no: str = ""
    born: str = ""
    sex: str = ""
    guardians: tuple[str, ...] = ()
    guardian_ids: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


class Clerk:
    """The hand that writes one department's list: its own chance, its own clumsiness."""

    def __init__(self, seed: tuple[int, ...], mix: ErrorMix, *, department: str) -> None:
        self.rng = np.random.default_rng(seed)
        self.rnd = Random(int(self.rng.integers(0, 2**62)))  # noqa: S311 -- invented data
        self.mix = mix
        self.department = department
        self.clumsiness = mix.clumsiness.get(department, 1.0)

    def hits(self, rate: float, count: int) -> list[int]:
        """Choose the rows that suffer an error of this rate, whoever writes them."""
        return [int(i) for i in np.flatnonzero(self.rng.random(count) < rate)]

    def slips(self, rate: float, count: int) -> list[int]:
        """Choose the rows that suffer an error of this rate times the department's clumsiness."""
        return self.hits(rate * self.clumsiness, count)
