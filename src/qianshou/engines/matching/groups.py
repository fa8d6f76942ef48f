"""Keeps groups (siblings) together: all members with one mother, or none of them paired.

The relaxation takes a group as equal units at its average cost and gives prices and a bound;
where it sends a group apart, branch and bound closes the gap, component by component, within a
budget of time.
"""

# ruff: noqa: PLR0917 - compiled kernels cannot have keyword-only arguments

import math
import time
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qianshou.engines.matching import branching
from qianshou.engines.matching.branching import Group, Layers, Tree
from qianshou.engines.matching.network import Graph, Index, Ints, compiled
from qianshou.engines.matching.prepare import graph_from_pairs, graph_from_rows
from qianshou.engines.matching.solver import Solution, exact_sum, solve

LARGEST_SCALE = 840
"""Costs are multiplied so that averages stay whole: 840 is divisible by 1 to 8."""


@dataclass(frozen=True)
class Grouped:
    """A plan that keeps groups together, and what is proven about it.

    ``cost`` is the plan's cost, ``bound`` a proven lower bound of any plan's cost (equal when the
    search was finished). ``relaxed`` is the averaged relaxation; its costs and prices, and
    ``limit``, are in units of ``1 / scale``.
    """

    mate: Index
    cost: int
    bound: int
    relaxed: Solution
    limit: Ints
    scale: int
    nodes: int


def scale_for(group: Index, limit: Ints, costs: NDArray[Any]) -> int:
    """Return the number that makes all averages whole, or 1 when it is too large for 64 bits."""
    sizes = np.unique(np.bincount(group[group >= 0])).tolist()
    sizes = [size for size in sizes if size]
    scale = math.lcm(*sizes)
    largest = max(int(limit.max(initial=0)), int(costs.max(initial=0))) * max(sizes, default=1)
    return scale if scale <= LARGEST_SCALE and largest * scale <= 1 << 61 else 1


def common_pairs(child: Index, mother: Index, group: Index, capacity: Ints) -> np.ndarray:
    """Tell which pairs can be part of a plan: for a group, the mothers whom all can go to."""
    of_pair = group[child]
    size = np.bincount(group[group >= 0], minlength=int(group.max(initial=-1)) + 1)
    inside = np.flatnonzero(of_pair >= 0)
    key = of_pair[inside].astype(np.int64) * len(capacity) + mother[inside]
    _, where, count = np.unique(key, return_inverse=True, return_counts=True)
    fits = (count[where] == size[of_pair[inside]]) & (
        capacity[mother[inside]] >= size[of_pair[inside]]
    )
    keep = np.ones(len(child), bool)
    keep[inside] = fits
    return keep


def solve_grouped(
    graph: Graph, limit: Ints, capacity: Ints, *, group: Index, budget: float, scale: int
) -> Grouped:
    """Pair children so that groups stay together, at least cost; ``budget`` is in seconds.

    ``graph`` holds only pairs that `common_pairs` keeps; ``group`` is -1 for a lone child;
    ``scale`` is that of `scale_for`, or of a larger problem that this is a part of.
    """
    deadline = time.monotonic() + budget
    averaged, level = averaged_over(
        graph, limit, len(capacity), members=members_of(group), scale=scale
    )
    return close_gap(
        Averaged(graph, averaged, level, solve(averaged, level, capacity), scale),
        limit, capacity, group=group, deadline=deadline,
    )  # fmt: skip


class Averaged(NamedTuple):
    """The averaged relaxation of a problem with groups, and its optimum."""

    graph: Graph
    averaged: Graph
    level: Ints
    solution: Solution
    scale: int


def close_gap(
    relaxed: Averaged, limit: Ints, capacity: Ints, *, group: Index, deadline: float
) -> Grouped:
    """Search each component in which the relaxation sends a group apart, until the deadline."""
    graph, averaged, level, solution, scale = relaxed
    part = _components(averaged, group, len(capacity))
    split = [kids for kids in members_of(group) if branching.is_split(solution.mate[kids])]
    mate, gap, nodes = solution.mate.copy(), 0, 0
    parts = sorted({int(part[kids[0]]) for kids in split})
    for number, label in enumerate(parts):
        now = time.monotonic()
        share = now + max(0.0, deadline - now) / (len(parts) - number)
        inside = np.flatnonzero(part[: len(limit)] == label).astype(np.int32)
        layers = _layers(limit[inside], members_of(group[inside]), scale=scale)
        tree = _sub_tree(
            averaged, level, capacity, inside=inside, group=group, layers=layers, scale=scale
        )
        tree.deadline = share
        gap += branching.search(tree)
        mate[inside] = tree.mate
        nodes += tree.nodes
    cost = _cost(graph, limit, mate)
    return Grouped(mate, cost, cost - -(-gap // scale), solution, level, scale, nodes)


def members_of(group: Index) -> list[Index]:
    """Return the rows of each group, in order."""
    order = np.argsort(group, kind="stable").astype(np.int32)
    order = order[np.searchsorted(group[order], 0) :]
    return np.split(order, np.flatnonzero(np.diff(group[order])) + 1) if len(order) else []


def averaged_over(
    graph: Graph, limit: Ints, mothers: int, *, members: list[Index], scale: int
) -> tuple[Graph, Ints]:
    """Spread each group's cost with a mother, and its limit, evenly over its members.

    Costs and limits are multiplied by the scale; what does not divide falls on the first members,
    so that a group's sums stay what they are.
    """
    cost = graph.cost.astype(np.int64) * scale
    for kids in members:
        size = len(kids)
        rows = [slice(graph.first[i], graph.first[i + 1]) for i in kids]
        orders = [np.argsort(graph.mother[row]) for row in rows]
        total = sum(cost[row][order] for row, order in zip(rows, orders, strict=True))
        for k, (row, order) in enumerate(zip(rows, orders, strict=True)):
            cost[row][order] = (total + size - 1 - k) // size
    row_of = np.repeat(np.arange(len(limit), dtype=np.int32), np.diff(graph.first))
    averaged = graph_from_pairs(row_of, graph.mother, cost, children=len(limit), mothers=mothers)
    return averaged, _evened(limit, members, scale=scale)


def _evened(values: Ints, members: list[Index], *, scale: int) -> Ints:
    """Spread each group's sum of values, times the scale, evenly over its members."""
    level = values * scale
    for kids in members:
        whole, size = exact_sum(level[kids]), len(kids)
        level[kids] = [(whole + size - 1 - k) // size for k in range(size)]
    return level


def _layers(limit: Ints, members: list[Index], *, scale: int) -> Layers:
    """Take the tiers' worths, which are the different limits, apart."""
    worth = np.unique(limit)[::-1]
    gaps = tuple((worth - np.append(worth[1:], 0)).tolist())
    within = [(limit >= one).astype(np.int64) for one in worth]
    return Layers(gaps, tuple(_evened(one, members, scale=scale) for one in within))


@compiled
def _spread_labels(first: Ints, mother: Index, parent: Index, group_head: Index) -> None:
    children = len(first) - 1
    for i in range(children):
        for e in range(first[i], first[i + 1] + 1):
            other = group_head[i] if e == first[i + 1] else children + mother[e]
            a, b = np.int32(i), np.int32(other)
            while parent[a] != a:
                parent[a] = parent[parent[a]]
                a = parent[a]
            while parent[b] != b:
                parent[b] = parent[parent[b]]
                b = parent[b]
            parent[max(a, b)] = min(a, b)
    for x in range(len(parent)):
        parent[x] = parent[parent[x]]


def _components(graph: Graph, group: Index, mothers: int) -> Index:
    """Label children and then mothers by connected component; a group hangs together."""
    children = len(group)
    head = np.arange(children, dtype=np.int32)
    inside = np.flatnonzero(group >= 0)
    first_of = np.full(int(group.max(initial=-1)) + 1, children, np.int32)
    np.minimum.at(first_of, group[inside], inside.astype(np.int32))
    head[inside] = first_of[group[inside]]
    parent = np.arange(children + mothers, dtype=np.int32)
    _spread_labels(graph.first, graph.mother, parent, head)
    return parent


@compiled
def _rows_of(graph: Graph, inside: Index) -> Any:
    start = np.zeros(len(inside) + 1, np.int64)
    for k in range(len(inside)):
        start[k + 1] = start[k] + graph.first[inside[k] + 1] - graph.first[inside[k]]
    mother = np.empty(start[-1], np.int32)
    cost = np.empty(start[-1], graph.cost.dtype)
    for k in range(len(inside)):
        lo, hi = graph.first[inside[k]], graph.first[inside[k] + 1]
        mother[start[k] : start[k + 1]] = graph.mother[lo:hi]
        cost[start[k] : start[k + 1]] = graph.cost[lo:hi]
    return start, mother, cost


def _sub_tree(
    graph: Graph,
    limit: Ints,
    capacity: Ints,
    *,
    inside: Index,
    group: Index,
    layers: Layers,
    scale: int,
) -> Tree:
    """Cut one component out of the problem; the mothers' numbers of the whole are kept."""
    part = graph_from_rows(*_rows_of(graph, inside), mothers=len(capacity))
    groups = [_group(part, kids) for kids in members_of(group[inside])]
    row = np.repeat(np.arange(len(inside), dtype=np.int32), np.diff(part.first))
    size = np.ones(len(inside), np.int64)
    for one in groups:
        size[one.kids] = len(one.kids)
    return Tree(
        part, row, size[row], limit[inside], capacity, groups,
        step=scale, layers=layers, deadline=0.0,
    )  # fmt: skip


def _group(part: Graph, kids: Index) -> Group:
    """Add up the members' costs with each common mother."""
    rows = [slice(part.first[i], part.first[i + 1]) for i in kids]
    mothers = np.concatenate([part.mother[row] for row in rows])
    costs = np.concatenate([part.cost[row] for row in rows]).astype(np.int64)
    common, where = np.unique(mothers, return_inverse=True)
    total = np.zeros(len(common), np.int64)
    np.add.at(total, where, costs)
    return Group(kids, common, total)


def _cost(graph: Graph, limit: Ints, mate: Index) -> int:
    row = np.repeat(np.arange(len(limit)), np.diff(graph.first))
    chosen = graph.mother == mate[row]
    paid = int(graph.cost[chosen].sum(dtype=np.int64))
    return paid + exact_sum(limit[mate < 0])
