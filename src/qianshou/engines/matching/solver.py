"""The exact solver: as many children as possible by urgency, then the highest total score.

A capacitated sparse Jonker-Volgenant method (shortest augmenting paths in reduced costs) with a
start from both sides, 64-bit integers throughout, and prices as proof of optimality.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qianshou.engines.matching import choice, search, start
from qianshou.engines.matching.network import (
    Graph,
    Index,
    Ints,
    State,
    compiled,
    new_scratch,
    unsigned,
)
from qianshou.engines.matching.prepare import graph_from_pairs


@dataclass(frozen=True)
class Solution:
    """An optimal plan in costs: ``mate`` holds each child's mother or -1.

    ``u`` and ``v`` are optimal dual values: ``u[i] + v[j] <= cost`` for every pair with equality
    for pairs of the plan, ``u[i] <= limit[i]``, ``v[j] <= 0``. ``cost`` equals ``dual``.
    """

    mate: Index
    u: Ints
    v: Ints
    cost: int
    dual: int


def solve(
    graph: Graph,
    limit: Ints,
    capacity: Ints,
    *,
    previous: tuple[Index, Ints] | None = None,
) -> Solution:
    """Pair children with mothers at least total cost.

    ``limit[i]`` is the cost of leaving child ``i`` unpaired, ``capacity[j]`` the mother's places.
    ``previous`` is an older plan and its prices ``(mate, v)``: what still holds is kept and only
    the rest is searched, which after small changes is many times faster than from nothing.
    """
    state = start.new_state(limit, capacity, np.diff(graph.tfirst))
    graph = unsigned(graph)
    if previous is None:
        _begin(graph, state)
    else:
        _resume(graph, state, mate=previous[0], v=previous[1])
    search.mend(graph, state, new_scratch(len(capacity)))
    return _solution(graph, state, capacity)


def _begin(graph: Graph, state: State) -> None:
    span = int(graph.cost.max(initial=0)) + 1
    if len(state.u) == 0:
        return
    short = choice.find_short_mothers(graph, state, 9, 22_500)
    choice.close(state, short)
    start.auction(graph, state, -span // 5 - 1, 1, 1)
    choice.open_for_least_urgent(graph, state, short)
    choice.choose(graph, state, short, 50)


def _resume(graph: Graph, state: State, *, mate: Index, v: Ints) -> None:
    closed = np.diff(state.slot0) == 0
    state.v[:] = np.where(closed, state.v, np.minimum(v, 0))
    start.reseat(state, np.ascontiguousarray(mate, np.int32))
    start.settle_children(graph, state)


@compiled
def _cost_of_plan(g: Graph, s: State) -> Ints:
    """Return each child's part of the total: the cost of its pair, or its penalty."""
    paid = s.limit.copy()
    for i in range(len(s.mate)):
        for e in range(g.first[i], g.first[i + 1]):
            if g.mother[e] == s.mate[i]:
                paid[i] = g.cost[e]
    return paid


def _solution(graph: Graph, state: State, capacity: Ints) -> Solution:
    choice.open_again(graph, state, np.flatnonzero(capacity == 0).astype(np.int32))
    v = np.where(graph.tfirst[1:] > graph.tfirst[:-1], state.v, 0)
    paid = _cost_of_plan(graph, state)
    return Solution(
        mate=state.mate,
        u=state.u,
        v=v,
        cost=exact_sum(paid),
        dual=exact_sum(state.u) + exact_dot(capacity, v),
    )


def exact_sum(values: NDArray[Any]) -> int:
    """Add 64-bit integers without overflow."""
    high, low = values >> 32, values & 0xFFFFFFFF
    return (int(high.sum()) << 32) + int(low.sum())


def exact_dot(left: Ints, right: Ints) -> int:
    """Multiply and add 64-bit integers without overflow; only rows with a price count."""
    rows = np.flatnonzero(right)
    a, b = left[rows], right[rows]
    if len(rows) == 0:
        return 0
    if int(a.max()) * int(np.abs(b).max()) * len(rows) < 1 << 62:
        return int(a @ b)
    return sum(int(x) * int(y) for x, y in zip(a.tolist(), b.tolist(), strict=True))


def solve_pairs(
    child: Index, mother: Index, cost: NDArray[Any], *, limit: Ints, capacity: Ints
) -> Solution:
    """Solve from a bare list of pairs in any order; costs are whole and not negative."""
    graph = graph_from_pairs(
        np.ascontiguousarray(child, np.int32),
        np.ascontiguousarray(mother, np.int32),
        np.ascontiguousarray(cost, np.int64),
        children=len(limit),
        mothers=len(capacity),
    )
    return solve(graph, limit, np.ascontiguousarray(capacity, np.int64))
