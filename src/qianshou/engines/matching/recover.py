"""Finds the prices that prove a plan optimal, whoever made the plan; or that there are none.

A plan is optimal exactly when prices exist that support it. The highest such prices are shortest
ways over the pairs that could be exchanged; they are found by correcting labels until nothing
changes, and the first label that falls below what a place in the plan is worth refutes the plan.
"""

# ruff: noqa: PLR0917 - compiled kernels cannot have keyword-only arguments

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qianshou.engines.matching.hall import held_by
from qianshou.engines.matching.network import FAR, Graph, Index, Ints, compiled


@compiled
def _paid(g: Graph, mate: Index) -> Ints:
    """Return what each pair of the plan costs; `FAR` for one that is not allowed."""
    paid = np.zeros(len(mate), np.int64)
    for i in range(len(mate)):
        if mate[i] >= 0:
            paid[i] = FAR
        for e in range(g.first[i], g.first[i + 1]):
            if g.mother[e] == mate[i]:
                paid[i] = g.cost[e]
    return paid


@compiled
def _lowest(paid: Ints, limit: Ints, mate: Index, spare: NDArray[np.bool_]) -> Ints:
    """Return how low each price may fall: a free place is worth nothing, a child has her limit."""
    lowest = np.full(len(spare), -FAR, np.int64)
    for j in range(len(spare)):
        if spare[j]:
            lowest[j] = 0
    for i in range(len(mate)):
        if mate[i] >= 0:
            lowest[mate[i]] = max(lowest[mate[i]], paid[i] - limit[i])
    return lowest


@compiled
def _push(v: Ints, waits: NDArray[np.bool_], queue: Index, tail: int, j: int, price: int) -> Any:
    if price < v[j]:
        v[j] = price
        if not waits[j]:
            waits[j] = True
            queue[tail % len(queue)] = j
            tail += 1
    return tail


@compiled
def _start(g: Graph, limit: Ints, mate: Index, mothers: int) -> Ints:
    """Return the prices that the children left over already rule out anything above."""
    v = np.zeros(mothers, np.int64)
    for i in range(len(mate)):
        if mate[i] < 0:
            for e in range(g.first[i], g.first[i + 1]):
                v[g.mother[e]] = min(v[g.mother[e]], g.cost[e] - limit[i])
    return v


@compiled
def _correct(g: Graph, v: Ints, paid: Ints, lowest: Ints, held: Any) -> Any:
    """Lower prices until no exchange is cheaper; tell whether none fell below the lowest."""
    held_first, kids = held
    mothers = len(lowest)
    waits = np.ones(mothers, np.bool_)
    queue = np.empty(mothers + 1, np.int32)
    queue[:mothers] = np.arange(mothers)  # all, for an exchange may pay between two at price 0
    head, tail = 0, mothers
    while head < tail:
        j = queue[head % len(queue)]
        head += 1
        waits[j] = False
        if v[j] < lowest[j]:
            return False
        for place in range(held_first[j], held_first[j + 1]):
            i = kids[place]
            for e in range(g.first[i], g.first[i + 1]):
                price = v[j] + g.cost[e] - paid[i]
                tail = _push(v, waits, queue, tail, g.mother[e], price)
    return True


def duals_of(graph: Graph, limit: Ints, capacity: Ints, *, mate: Index) -> tuple[Ints, Ints] | None:
    """Return the values and prices that prove a plan optimal, or None when it is not.

    The plan must respect capacities; a pair of it that is not in the graph refutes it.
    """
    load = np.bincount(mate[mate >= 0], minlength=len(capacity))
    paid = _paid(graph, mate)
    if (paid == FAR).any() or (load > capacity).any():
        return None
    lowest = _lowest(paid, limit, mate, load < capacity)
    v = _start(graph, limit, mate, len(capacity))
    if not _correct(graph, v, paid, lowest, held_by(mate, len(capacity))):
        return None
    u = limit.copy()
    paired = mate >= 0
    u[paired] = paid[paired] - v[mate[paired]]
    return u, v
