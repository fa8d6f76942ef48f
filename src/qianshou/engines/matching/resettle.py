"""Solves a stored problem again after a person's orders: pairs forbidden, pairs fixed, people gone.

Nothing is scored anew: the problem is all allowed pairs of a plan with their costs. From the plan
as it stands and its prices the search takes milliseconds, and its result is proven before it is
handed out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from qianshou.engines.matching.ground import groups_of
from qianshou.engines.matching.groups import common_pairs, scale_for, solve_grouped
from qianshou.engines.matching.hall import Block, smallest_block
from qianshou.engines.matching.network import Graph, Index, Ints
from qianshou.engines.matching.prepare import graph_from_rows
from qianshou.engines.matching.solver import Solution, solve
from qianshou.engines.matching.steering import NoSuchPairError


class UnprovenError(RuntimeError):
    """The prices do not prove the plan; this is a fault of the solver and must surface."""


BUDGET = 5.0
"""Seconds that a search over groups may take while a page is waited for."""


class GroupApartError(ValueError):
    """A fixed pair would send a group apart."""


class NoPlaceError(ValueError):
    """A fixed pair found no place with its mother."""


@dataclass(frozen=True)
class Problem:
    """All allowed pairs of a plan, by child: where each row starts, places and costs, sorted.

    ``owner`` is the mother of each place, ``room`` how many children the place takes; with rising
    costs a mother has several places of one. ``limit`` is what leaving each child over costs.
    """

    first: Ints
    place: Index
    cost: Index
    limit: Ints
    room: Ints
    owner: Index
    group: Index | None = None
    starts: Ints = field(init=False)

    def __post_init__(self) -> None:
        mothers = int(self.owner.max(initial=-1)) + 1
        starts = np.searchsorted(self.owner, np.arange(mothers + 1)).astype(np.int64)
        object.__setattr__(self, "starts", starts)

    def pairs_of(self, child: int) -> slice:
        """Return where a child's pairs stand."""
        return slice(int(self.first[child]), int(self.first[child + 1]))


@dataclass(frozen=True)
class Orders:
    """What people demand: pairs of child and mother that are barred, one mother for a child.

    ``away`` are children who take no part; ``room`` what each mother may take at most.
    """

    barred: frozenset[tuple[int, int]] = frozenset()
    fixed: Mapping[int, int] = field(default_factory=dict)
    away: frozenset[int] = frozenset()
    room: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Settled:
    """A plan by mother (-1: left over) with its prices by place, and what each pair costs.

    ``gap`` is how much better a plan may be where the search over groups ran out of time.
    """

    mate: Index
    place: Index
    paid: Ints
    u: Ints
    v: Ints
    cost: int
    gap: int = 0

    @property
    def paid_by_all(self) -> int:
        """Return the cost of all pairs; a child left over costs nothing here."""
        return int(self.paid.sum())


def resettle(problem: Problem, orders: Orders, *, mate: Index, price: Ints) -> Settled:
    """Return the best plan that obeys the orders, searched from a plan and its places' prices.

    Raises `NoSuchPairError` when a fixed pair is not among the allowed ones, and `NoPlaceError`
    when its mother has no room for it.
    """
    graph = _graph(problem, orders)
    limit, room = _limit(problem, orders), _room(problem, orders)
    if problem.group is not None:
        return _resettle_groups(problem, orders, (graph, limit, room), price=price)
    start = _placed(problem, mate, room, orders=orders)
    found = solve(graph, limit, room, previous=(start, np.minimum(price, 0)))
    _prove(found, graph, limit)
    if any(found.mate[i] < 0 for i in orders.fixed):
        raise NoPlaceError("a fixed pair found no place with its mother")
    paid = _paid(graph, found.mate)
    owner = np.append(problem.owner, np.int32(-1))
    return Settled(
        owner[found.mate].astype(np.int32), found.mate, paid, found.u, found.v, found.cost
    )


def _paid(graph: Graph, mate: Index) -> Ints:
    rows = np.repeat(np.arange(len(mate)), np.diff(graph.first))
    own = mate[rows] == graph.mother
    paid = np.zeros(len(mate), np.int64)
    paid[rows[own]] = graph.cost[own]
    return paid


def _resettle_groups(
    problem: Problem, orders: Orders, task: tuple[Graph, Ints, Ints], *, price: Ints
) -> Settled:
    """Place the groups first, within a budget of time; then the others around them, proven."""
    graph, limit, room = task
    group = _groups_here(problem, orders)
    rows = np.repeat(np.arange(len(limit), dtype=np.int32), np.diff(graph.first))
    keep = common_pairs(rows, graph.mother, group, room)
    counts = np.bincount(rows[keep], minlength=len(limit))
    if any(counts[i] == 0 for i in orders.fixed):
        raise GroupApartError("not all of the group can go to the mother of a fixed pair")
    common = _with_rows(graph, keep, mothers=len(room))
    found = solve_grouped(
        common, limit, room, group=group, budget=BUDGET,
        scale=scale_for(group, limit, graph.cost),
    )  # fmt: skip
    theirs = found.mate[group >= 0]
    taken = np.bincount(theirs[theirs >= 0], minlength=len(room))
    rest = _with_rows(graph, group[rows] < 0, mothers=len(room))
    alone = np.where(group >= 0, 0, limit)
    warm = (np.where(group >= 0, -1, found.mate).astype(np.int32), np.minimum(price, 0))
    others = solve(rest, alone, room - taken, previous=warm)
    _prove(others, rest, alone)
    mate = np.where(group >= 0, found.mate, others.mate).astype(np.int32)
    if any(mate[i] < 0 for i in orders.fixed):
        raise NoPlaceError("a fixed pair found no place with its mother")
    paid = _paid(common, mate)
    u = others.u.copy()
    u[group >= 0] = np.where(theirs >= 0, paid[group >= 0] - others.v[theirs], limit[group >= 0])
    return Settled(mate, mate, paid, u, others.v, found.cost, found.cost - found.bound)


def _groups_here(problem: Problem, orders: Orders) -> Index:
    """Return the groups without the children who take no part; who is left of two is alone."""
    assert problem.group is not None
    group = problem.group.copy()
    group[list(orders.away)] = -1
    return groups_of(group)


def _with_rows(graph: Graph, keep: NDArray[np.bool_], *, mothers: int) -> Graph:
    before = np.zeros(len(keep) + 1, np.int64)
    np.cumsum(keep, out=before[1:])
    first: Ints = before[graph.first]
    return graph_from_rows(first, graph.mother[keep], graph.cost[keep], mothers=mothers)


def runner_up(problem: Problem, settled: Settled, child: int) -> tuple[int, int]:
    """Return the best other mother for a child by reduced cost, and the least that she costs."""
    own = problem.pairs_of(child)
    place = problem.place[own]
    spare = problem.cost[own] - settled.u[child] - settled.v[place]
    spare = spare[problem.owner[place] != settled.mate[child]]
    place = place[problem.owner[place] != settled.mate[child]]
    if len(place) == 0:
        return -1, 0
    best = int(np.argmin(spare))
    return int(problem.owner[place[best]]), max(int(spare[best]), 0)


def blocked(problem: Problem, orders: Orders, settled: Settled, *, child: int) -> Block:
    """Return the smallest set that keeps a child out, by mothers; empty if none may take it."""
    graph = _graph(problem, orders)
    room = _room(problem, orders)
    found = smallest_block(
        graph.first, graph.mother, mate=settled.place, capacity=room, child=child
    )
    mothers = sorted({int(problem.owner[place]) for place in found.mothers})
    return Block(found.children, mothers, found.places)


def _graph(problem: Problem, orders: Orders) -> Graph:
    """Return the pairs that the orders leave."""
    if not (orders.barred or orders.fixed or orders.away):
        keep = np.ones(len(problem.place), bool)
    else:
        keep = _kept(problem, orders)
    before = np.zeros(len(keep) + 1, np.int64)
    np.cumsum(keep, out=before[1:])
    first: Ints = before[problem.first]
    return graph_from_rows(
        first, problem.place[keep], problem.cost[keep], mothers=len(problem.room)
    )


def _kept(problem: Problem, orders: Orders) -> NDArray[np.bool_]:
    keep = np.ones(len(problem.place), bool)
    for child in orders.away:
        keep[problem.pairs_of(child)] = False
    for child, mother in orders.barred:
        own = problem.pairs_of(child)
        keep[own] &= problem.owner[problem.place[own]] != mother
    for child, mother in orders.fixed.items():
        own = problem.pairs_of(child)
        keep[own] &= problem.owner[problem.place[own]] == mother
        if not keep[own].any():
            raise NoSuchPairError(f"child {child} and mother {mother} are not an allowed pair")
    return keep


def _limit(problem: Problem, orders: Orders) -> Ints:
    """Let no place be worth more than that of a child whose pair is fixed."""
    limit = problem.limit.copy()
    if orders.fixed:
        limit[list(orders.fixed)] = 2 * int(limit.max()) + 1
    return limit


def _room(problem: Problem, orders: Orders) -> Ints:
    """Close places from a mother's first on until no more are open than she may take."""
    room, starts = problem.room.copy(), problem.starts
    for mother, most in orders.room.items():
        part = slice(int(starts[mother]), int(starts[mother + 1]))
        over = int(room[part].sum()) - most
        for place in range(part.start, part.stop):
            less = min(max(over, 0), int(room[place]))
            room[place] -= less
            over -= less
    return room


def _placed(problem: Problem, mate: Index, room: Ints, *, orders: Orders) -> Index:
    """Return a place for each child of a plan by mother; -1 where there is none to keep."""
    starts, left = problem.starts, room.copy()
    place = np.full(len(mate), -1, np.int32)
    for i in np.flatnonzero(mate >= 0).tolist():
        mother = int(mate[i])
        if i in orders.away or orders.fixed.get(i, mother) != mother:
            continue
        for each in range(int(starts[mother]), int(starts[mother + 1])):
            if left[each] > 0:
                left[each] -= 1
                place[i] = each
                break
    return place


def _prove(found: Solution, graph: Graph, limit: Ints) -> None:
    """Hold the prices against every allowed pair: no plan can then be cheaper."""
    rows = np.repeat(np.arange(len(limit)), np.diff(graph.first))
    over = found.u[rows] + found.v[graph.mother] > graph.cost
    if over.any() or (found.u > limit).any() or (found.v > 0).any() or found.cost != found.dual:
        raise UnprovenError("the prices do not prove the plan")
