"""Finds where groups of children (siblings) go, over ALL feasible pairs of a plan of people.

The averaged relaxation is solved on some pairs and priced over all of them. The search that sends
no group apart then runs on some pairs, too; a pair whose reduced cost is more than what that
search left open cannot be part of a better plan, so bringing in all others makes it exact.
"""

# ruff: noqa: PLR0917 - compiled kernels cannot have keyword-only arguments

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from qianshou.engines.matching import pricing
from qianshou.engines.matching.candidates import Pairs
from qianshou.engines.matching.ground import Field
from qianshou.engines.matching.groups import (
    Averaged,
    Grouped,
    averaged_over,
    close_gap,
    common_pairs,
    members_of,
    scale_for,
)
from qianshou.engines.matching.network import Graph, Index, Ints, compiled
from qianshou.engines.matching.prepare import graph_from_pairs
from qianshou.engines.matching.solver import Solution, exact_dot, exact_sum, solve

BUDGET = 20.0
"""Seconds after which the search over groups stops and the gap is stated."""

MOST = 8_000_000
"""Pairs up to which the exact search is tried; beyond, the relaxation's bound is stated."""


@dataclass(frozen=True)
class Together:
    """Where groups go, and the proof: values and prices.

    Values, prices and ``dual_sum`` are times ``scale``; ``proven`` is the least that any plan
    costs, ``cost`` what this one does.
    """

    mate: Index
    value: Ints
    price: Ints
    scale: int
    dual_sum: int
    cost: int
    proven: int
    nodes: int


@compiled
def _within(
    pairs: Pairs, group: Index, u: Ints, v: Ints, scale: int, slack: int, out: Any
) -> Any:  # fmt: skip
    """List lone children's pairs of at most this reduced cost while there is room; count them."""
    child, mother, cost = out
    size = 0
    for i in range(len(u)):
        if group[i] >= 0:
            continue
        for e in range(pairs.first[i], pairs.first[i + 1]):
            j = pairs.mother[e]
            if np.int64(pairs.cost[e]) * scale - u[i] - v[j] <= slack:
                if size < len(child):
                    child[size] = i
                    mother[size] = j
                    cost[size] = pairs.cost[e]
                size += 1
    return size


def _listed(
    pairs: Pairs, group: Index, relaxed: Solution, *, scale: int, slack: int
) -> tuple[Index, Index, Index] | None:
    """Return lone children's pairs of at most this reduced cost; None when they are too many."""
    size = min(1 << 16, MOST)
    while True:
        out = (np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.int32))
        found = int(_within(pairs, group, relaxed.u, relaxed.v, scale, slack, out))
        if found <= size:
            return out[0][:found], out[1][:found], out[2][:found]
        if found > MOST:
            return None
        size = found


def common_only(pairs: Pairs, group: Index, places: Ints) -> Pairs:
    """Leave out the pairs of a group's children that not all of it can have, or not at once."""
    keep, rows = np.ones(len(pairs.mother), bool), np.diff(pairs.first)
    inside = np.repeat(group >= 0, rows)
    child = np.repeat(np.flatnonzero(group >= 0).astype(np.int32), rows[group >= 0])
    keep[inside] = common_pairs(child, pairs.mother[inside], group, places)
    return _chosen(pairs, keep)


def alone_only(pairs: Pairs, group: Index) -> Pairs:
    """Leave out all pairs of children in groups."""
    return _chosen(pairs, np.repeat(group < 0, np.diff(pairs.first)))


def _chosen(pairs: Pairs, keep: Any) -> Pairs:
    before = np.zeros(len(keep) + 1, np.int64)
    np.cumsum(keep, out=before[1:])
    return Pairs(before[pairs.first], pairs.mother[keep], pairs.cost[keep])


def costs_with(pairs: Pairs, kids: Index, mother: int) -> Ints:
    """Return what each of these children costs with a mother whom all of them can have."""
    found = []
    for i in kids.tolist():
        row = slice(int(pairs.first[i]), int(pairs.first[i + 1]))
        found.append(int(pairs.cost[row][pairs.mother[row] == mother][0]))
    return np.array(found, np.int64)


def offers_to(pairs: Pairs, kids: Index) -> list[tuple[int, int]]:
    """Return the mothers whom all of a group can have, with what the whole group costs there."""
    total: dict[int, int] = {}
    for i in kids.tolist():
        row = slice(int(pairs.first[i]), int(pairs.first[i + 1]))
        for j, cost in zip(pairs.mother[row].tolist(), pairs.cost[row].tolist(), strict=True):
            total[j] = total.get(j, 0) + cost
    return list(total.items())


def keep_together(
    pairs: Pairs,
    limit: Ints,
    places: Ints,
    *,
    group: Index,
    budget: float,
    start: tuple[Index, Ints] | None = None,
) -> Together:
    """Return the best plan that sends no group apart, from pairs that `common_only` left."""
    deadline = time.monotonic() + budget
    relaxed = _relaxed(pairs, limit, places, group=group, start=start)
    found = close_gap(relaxed, limit, places, group=group, deadline=deadline)
    slack = found.cost * relaxed.scale - relaxed.solution.cost
    proven = -(-relaxed.solution.cost // relaxed.scale)
    if slack > 0:
        listed = _listed(pairs, group, relaxed.solution, scale=relaxed.scale, slack=slack)
        if listed is not None:
            again = close_gap(
                _over(pairs, listed, relaxed, limit, group=group),
                limit, places, group=group, deadline=deadline,
            )  # fmt: skip
            found, proven = _better(found, again), max(proven, again.bound)
    return _told(found, relaxed, places, proven=proven)


def _better(one: Grouped, other: Grouped) -> Grouped:
    return one if one.cost < other.cost else other


def _relaxed(
    pairs: Pairs, limit: Ints, places: Ints, *, group: Index, start: tuple[Index, Ints] | None
) -> Averaged:
    """Solve the averaged relaxation from some pairs until no pair of all could improve it."""
    members, mothers = members_of(group), len(places)
    scale = scale_for(group, limit, pairs.cost.astype(np.int64))
    first = pricing.start_rows(alone_only(pairs, group), start)
    rows = np.repeat(np.arange(len(limit), dtype=np.int32), np.diff(first[0]))
    graph = _joined(pairs, (rows, first[1], first[2]), group=group, mothers=mothers)
    warm = None if start is None else (start[0], start[1] * scale)
    while True:
        averaged, level = averaged_over(graph, limit, mothers, members=members, scale=scale)
        solution = solve(averaged, level, places, previous=warm)
        found = _listed(pairs, group, solution, scale=scale, slack=-1)
        if found is not None and len(found[0]) == 0:
            return Averaged(graph, averaged, level, solution, scale)
        if found is None:
            every = _within_all(pairs, group)
            graph = _joined(pairs, every, group=group, mothers=mothers)
        else:
            graph = pricing.extended(graph, found)
        warm = (solution.mate, solution.v)


def _within_all(pairs: Pairs, group: Index) -> tuple[Index, Index, Index]:
    alone = alone_only(pairs, group)
    rows = np.repeat(np.arange(len(group), dtype=np.int32), np.diff(alone.first))
    return rows, alone.mother, alone.cost.astype(np.int32)


def _over(
    pairs: Pairs, listed: tuple[Index, Index, Index], relaxed: Averaged, limit: Ints, *,
    group: Index,
) -> Averaged:  # fmt: skip
    """Return the same optimum of the relaxation over more pairs."""
    mothers = len(relaxed.graph.tfirst) - 1
    graph = _joined(pairs, listed, group=group, mothers=mothers)
    averaged, level = averaged_over(
        graph, limit, mothers, members=members_of(group), scale=relaxed.scale
    )
    return relaxed._replace(graph=graph, averaged=averaged, level=level)


def _joined(
    pairs: Pairs, alone: tuple[Index, Index, Index], *, group: Index, mothers: int
) -> Graph:
    """Return the given pairs of lone children and all of those in groups as a graph."""
    sizes = np.diff(pairs.first)
    inside = np.repeat(group >= 0, sizes)
    child = np.repeat(np.flatnonzero(group >= 0).astype(np.int32), sizes[group >= 0])
    theirs = (child, pairs.mother[inside], pairs.cost[inside].astype(np.int32))
    both = (np.concatenate(each) for each in zip(theirs, alone, strict=True))
    rows, mother, cost = both
    return graph_from_pairs(rows, mother, cost, children=len(group), mothers=mothers)


def _told(found: Grouped, relaxed: Averaged, places: Ints, *, proven: int) -> Together:
    value, price = relaxed.level - relaxed.solution.u, -relaxed.solution.v
    return Together(
        mate=found.mate,
        value=value,
        price=price,
        scale=relaxed.scale,
        dual_sum=exact_sum(value) + exact_dot(places, price),
        cost=found.cost,
        proven=proven,
        nodes=found.nodes,
    )


@dataclass(frozen=True)
class Task:
    """The ordinary problem that is left when groups stand where the search has put them."""

    pairs: Pairs
    limit: Ints
    places: Ints
    common: Pairs
    together: Together | None


def task_of(
    ground: Field, pairs: Pairs, start: tuple[Index, Ints] | None
) -> tuple[Task, tuple[Index, Ints] | None]:
    """Place the groups first; what is left starts from the search's own plan and prices."""
    limit, places = ground.penalties.limit, ground.places
    if not ground.grouped:
        return Task(pairs, limit, places, pairs, None), start
    common = common_only(pairs, ground.group, places)
    found = keep_together(common, limit, places, group=ground.group, budget=BUDGET, start=start)
    theirs = found.mate[ground.group >= 0]
    taken = np.bincount(theirs[theirs >= 0], minlength=len(places))
    rest = Task(
        alone_only(pairs, ground.group),
        np.where(ground.group >= 0, 0, limit),
        places - taken,
        common,
        found,
    )
    mate = np.where(ground.group >= 0, -1, found.mate).astype(np.int32)
    return rest, (mate, -(found.price // found.scale))


def with_groups(ground: Field, task: Task, rest: Solution, *, who: Index, margin: Ints) -> Solution:
    """Put the groups back beside the plan of the others, each with who would be next for it."""
    found = task.together
    if found is None:
        return rest
    grouped, limit = ground.group >= 0, ground.penalties.limit
    mate = np.where(grouped, found.mate, rest.mate).astype(np.int32)
    u, paid = rest.u.copy(), rest.cost
    u[grouped] = limit[grouped]
    for kids in members_of(ground.group):
        offers = offers_to(task.common, kids)
        own = int(mate[kids[0]])
        if own < 0:
            paid += exact_sum(limit[kids])
            continue
        costs = costs_with(task.common, kids, own)
        u[kids] = costs - rest.v[own]
        paid += int(costs.sum())
        others = [(cost - len(kids) * int(rest.v[j]), j) for j, cost in offers if j != own]
        if others:
            worth, following = min(others)
            who[kids] = following
            margin[kids] = max(0, worth - int(u[kids].sum()))
    return Solution(mate, u, rest.v, paid, min(found.proven, paid))
