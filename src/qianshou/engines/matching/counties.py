"""Takes a problem apart by county, solves the parts anywhere, and joins them to the one optimum.

A part is a problem of its own, solved by a pure function, so it does not matter where. Pairs that
cross a border are not in any part. They are priced with the parts' prices; where one of them
could improve the plan, its counties become one part, which resumes from what they had, until no
pair is left that could. The prices of the parts together then prove the plan over all pairs.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from qianshou.engines.matching.groups import Grouped, scale_for, solve_grouped
from qianshou.engines.matching.network import Index, Ints, compiled
from qianshou.engines.matching.prepare import PACKABLE, graph_from_pairs
from qianshou.engines.matching.solver import Solution, exact_dot, exact_sum, solve

Bits = NDArray[np.bool_]


class Named(Protocol):
    """A piece of work that can be named in a message."""

    @property
    def name(self) -> str:
        """What it is about: a county, or a few."""
        ...


Task = TypeVar("Task", bound=Named)
Result = TypeVar("Result")


class Run(Protocol):
    """Does pieces of work somewhere, several at a time, and gives the results in their order."""

    def __call__(self, work: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        """Give what ``work`` makes of each task; tasks are taken when somebody is idle."""
        ...


@dataclass(frozen=True)
class Whole:
    """All of a problem, in costs; pairs that no plan can hold are left out already.

    ``group`` is -1 for a lone child; ``budget`` limits the search over groups, in seconds.
    """

    child: Index
    mother: Index
    cost: NDArray[Any]
    limit: Ints
    capacity: Ints
    group: Index
    names: list[str]
    of_child: Index
    of_mother: Index
    budget: float


@dataclass(frozen=True)
class Part:
    """One county, or a few that were joined, as a problem of its own."""

    name: str
    child: Index
    mother: Index
    cost: NDArray[Any]
    limit: Ints
    capacity: Ints
    previous: tuple[Index, Ints] | None
    group: Index
    budget: float
    scale: int


@dataclass(frozen=True)
class Solved:
    """The optimum of a part; all but ``mate``, ``bound`` and ``nodes`` in units of 1 / scale."""

    mate: Index
    u: Ints
    v: Ints
    limit: Ints
    bound: int
    nodes: int


def solve_part(part: Part) -> Solved:
    """Solve one part: a pure function, which any process on any machine may run."""
    graph = graph_from_pairs(
        part.child, part.mother, part.cost,
        children=len(part.limit), mothers=len(part.capacity),
    )  # fmt: skip
    if (part.group >= 0).any():
        found = solve_grouped(
            graph, part.limit, part.capacity,
            group=part.group, budget=part.budget, scale=part.scale,
        )  # fmt: skip
        u, v = found.relaxed.u, found.relaxed.v
        return Solved(found.mate, u, v, found.limit, found.bound, found.nodes)
    best = solve(graph, part.limit, part.capacity, previous=part.previous)
    scale = part.scale
    return Solved(best.mate, best.u * scale, best.v * scale, part.limit * scale, best.dual, 0)


@dataclass
class Joined:
    """What is known so far of the whole; ``of_county`` is the part that each county is in.

    Beside the plan it tells how the parts came together: ``border`` pairs cross a border between
    parts solved apart, of which those that could improve the plan led to ``joins``.
    """

    whole: Whole
    scale: int
    of_county: Index
    mate: Index
    u: Ints
    v: Ints
    limit: Ints
    bounds: dict[int, int] = field(default_factory=dict)
    nodes: int = 0
    parts: int = 0
    border: int = 0
    joins: list[str] = field(default_factory=list)

    @property
    def part_of_child(self) -> Index:
        """The part of each child."""
        return self.of_county[self.whole.of_child]

    @property
    def part_of_mother(self) -> Index:
        """The part of each mother."""
        return self.of_county[self.whole.of_mother]


def solve_whole(whole: Whole, run: Run) -> tuple[Grouped, Joined]:
    """Solve by county, then join across borders; optimal over all pairs."""
    children, mothers = len(whole.limit), len(whole.capacity)
    grouped = bool((whole.group >= 0).any())
    scale = scale_for(whole.group, whole.limit, whole.cost) if grouped else 1
    known = Joined(
        whole=whole,
        scale=scale,
        of_county=_first_parts(whole),
        mate=np.full(children, -1, np.int32),
        u=np.zeros(children, np.int64),
        v=np.zeros(mothers, np.int64),
        limit=whole.limit * scale,
    )
    parts = np.unique(known.of_county)
    known.parts = len(parts)
    _solve_parts(known, parts, run, warm=False)
    known.border = len(_crossing(known))
    while len(pairs := _improving(known)):
        _solve_parts(known, _join(known, pairs), run, warm=True)
    _price_idle(known)
    return _as_grouped(known), known


def _root(parent: list[int], k: int) -> int:
    while parent[k] != k:
        parent[k] = parent[parent[k]]
        k = parent[k]
    return k


def _united(of_county: Index, left: Index, right: Index) -> Index:
    """Put the parts on both sides of each row into one, called by its first county."""
    parent = of_county.tolist()
    for key in np.unique(left.astype(np.int64) * len(parent) + right).tolist():
        one, other = _root(parent, key // len(parent)), _root(parent, key % len(parent))
        parent[max(one, other)] = min(one, other)
    return np.array([_root(parent, k) for k in range(len(parent))], np.int32)


def _first_parts(whole: Whole) -> Index:
    """Return the part of each county: itself, unless groups tie it to others.

    A group that spans counties ties them. A group's search is not resumed over a border, so a
    county with a group is joined from the start to all that its pairs lead to.
    """
    apart = np.arange(len(whole.names), dtype=np.int32)
    inside = np.flatnonzero(whole.group >= 0)
    if len(inside) == 0:
        return apart
    head = np.zeros(int(whole.group.max()) + 1, np.int32)
    head[whole.group[inside]] = whole.of_child[inside]
    ends = (whole.of_child[whole.child], whole.of_mother[whole.mother])
    linked = _united(apart, *ends)
    linked = _united(linked, linked[whole.of_child[inside]], linked[head[whole.group[inside]]])
    tied = np.isin(linked, linked[whole.of_child[inside]])
    return np.where(tied, linked, apart).astype(np.int32)


def _solve_parts(known: Joined, wanted: Index, run: Run, *, warm: bool) -> None:
    """Solve parts, wherever ``run`` does, and note what they found."""
    cut = _cut(known, wanted)
    budget = known.whole.budget / max(1, len(wanted))
    parts = (_part(known, cut, k, budget=budget, warm=warm) for k in range(len(wanted)))
    for k, found in enumerate(run(solve_part, parts)):
        kids, mums = cut.kids[k], cut.mums[k]
        known.mate[kids] = np.where(found.mate < 0, -1, np.append(mums, -1)[found.mate])
        known.u[kids], known.limit[kids] = found.u, found.limit
        known.v[mums] = found.v
        known.bounds[int(wanted[k])] = found.bound
        known.nodes += found.nodes


@dataclass(frozen=True)
class _Cut:
    """Rows of children, mothers and pairs by part, and each person's number within her part."""

    names: list[str]
    kids: list[Ints]
    mums: list[Ints]
    rows: list[Ints]
    kid_at: Index
    mum_at: Index


def _cut(known: Joined, wanted: Index) -> _Cut:
    """Gather the members of each wanted part, every one in the order of the whole."""
    whole = known.whole
    of_child, of_mother = known.part_of_child, known.part_of_mother
    of_pair = of_child[whole.child]
    inside = np.flatnonzero(of_pair == of_mother[whole.mother])
    kids, mums = _rows_by_part(of_child, wanted), _rows_by_part(of_mother, wanted)
    return _Cut(
        names=[_called(known, part) for part in wanted.tolist()],
        kids=kids,
        mums=mums,
        rows=[inside[rows] for rows in _rows_by_part(of_pair[inside], wanted)],
        kid_at=_numbered(kids, len(of_child)),
        mum_at=_numbered(mums, len(of_mother) + 1),
    )


def _called(known: Joined, part: int) -> str:
    """Name a part by its counties."""
    names = [known.whole.names[c] for c in np.flatnonzero(known.of_county == part).tolist()]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _rows_by_part(of_row: Index, wanted: Index) -> list[Ints]:
    """Return the rows of each wanted part."""
    order = np.argsort(of_row, kind="stable").astype(np.int64)
    by_part = of_row[order]
    lo, hi = (np.searchsorted(by_part, wanted, side).tolist() for side in ("left", "right"))
    return [order[a:b] for a, b in zip(lo, hi, strict=True)]


def _numbered(rows: list[Ints], size: int) -> Index:
    """Number the rows of each part from 0; the last place of all, for nobody, is -1."""
    at = np.full(size, -1, np.int32)
    for members in rows:
        at[members] = np.arange(len(members), dtype=np.int32)
    return at


def _part(known: Joined, cut: _Cut, k: int, *, budget: float, warm: bool) -> Part:
    """Cut a part out of the whole, with numbers of its own."""
    whole, kids, mums, rows = known.whole, cut.kids[k], cut.mums[k], cut.rows[k]
    cost = whole.cost[rows]
    narrow = np.int32 if int(cost.max(initial=0)) < PACKABLE else np.int64
    previous = (cut.mum_at[known.mate[kids]], known.v[mums] // known.scale)
    return Part(
        name=cut.names[k],
        child=cut.kid_at[whole.child[rows]],
        mother=cut.mum_at[whole.mother[rows]],
        cost=cost.astype(narrow),
        limit=whole.limit[kids],
        capacity=whole.capacity[mums],
        previous=previous if warm else None,
        group=whole.group[kids],
        budget=budget,
        scale=known.scale,
    )


def _crossing(known: Joined) -> Ints:
    """Return the pairs between parts."""
    whole = known.whole
    apart = known.part_of_child[whole.child] != known.part_of_mother[whole.mother]
    return np.flatnonzero(apart)


def _improving(known: Joined) -> Ints:
    """Return the pairs between parts that cost less than the prices: they may improve the plan.

    A mother without a place cannot; her price follows from the others at the end.
    """
    rows = _crossing(known)
    rows = rows[known.whole.capacity[known.whole.mother[rows]] > 0]
    child, mother = known.whole.child[rows], known.whole.mother[rows]
    cheap = known.whole.cost[rows] * known.scale < known.u[child] + known.v[mother]
    return rows[cheap]


def _join(known: Joined, pairs: Ints) -> Index:
    """Unite the parts that these pairs lead from and to; return the new parts."""
    before = known.of_county
    left = known.part_of_child[known.whole.child[pairs]]
    right = known.part_of_mother[known.whole.mother[pairs]]
    known.of_county = _united(before, left, right)
    for part in np.unique(before[known.of_county != before]).tolist():
        del known.bounds[part]
    touched = np.unique(known.of_county[left])
    known.joins += [_called(known, part) for part in touched.tolist()]
    return touched


@compiled
def _lowest_free(child: Index, mother: Index, cost: Any, u: Ints, idle: Bits, v: Ints) -> None:  # noqa: PLR0917 - compiled
    for e in range(len(child)):
        if idle[mother[e]]:
            v[mother[e]] = min(v[mother[e]], cost[e] - u[child[e]])


def _price_idle(known: Joined) -> None:
    """Give mothers without a place the highest price that all their pairs allow."""
    whole, idle = known.whole, known.whole.capacity == 0
    known.v[idle] = 0
    rows = np.flatnonzero(idle[whole.mother])
    child, mother = whole.child[rows], whole.mother[rows]
    cost = whole.cost[rows].astype(np.int64) * known.scale
    _lowest_free(child, mother, cost, known.u, idle, known.v)


def _as_grouped(known: Joined) -> Grouped:
    whole = known.whole
    chosen = known.mate[whole.child] == whole.mother
    paid = exact_sum(whole.cost[chosen].astype(np.int64))
    cost = paid + exact_sum(whole.limit[known.mate < 0])
    dual = exact_sum(known.u) + exact_dot(whole.capacity, known.v)
    return Grouped(
        mate=known.mate,
        cost=cost,
        bound=sum(known.bounds.values()),
        relaxed=Solution(known.mate, known.u, known.v, cost, dual),
        limit=known.limit,
        scale=known.scale,
        nodes=known.nodes,
    )
