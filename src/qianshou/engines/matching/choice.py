"""The start in short regions: where children outnumber places, mothers choose the children."""

# ruff: noqa: PLR0917 - compiled kernels cannot have keyword-only arguments

from typing import Any

import numpy as np

from qianshou.engines.matching.network import Graph, Index, Ints, State, compiled
from qianshou.engines.matching.search import has_room, seat_free, unseat
from qianshou.engines.matching.start import settle_children

ONE = 1 << 16
"""Fixed-point one: whole numbers keep the start, and so the plan, equal on every machine."""

NEAR = 48
"""How many of a child's cheapest pairs the estimate of scarcity looks at."""


@compiled
def _spread_demand(g: Graph, level: Ints, demand: Ints) -> None:
    """Let each child divide one unit over her mothers in proportion to their levels."""
    demand[:] = 0
    for i in range(len(g.first) - 1):
        total = 0
        last = min(g.first[i + 1], g.first[i] + NEAR)
        for e in range(g.first[i], last):
            total += level[g.mother[e]]
        if total > 0:
            share = (ONE * ONE) // total
            for e in range(g.first[i], last):
                demand[g.mother[e]] += (level[g.mother[e]] * share) >> 16


@compiled
def _follow_demand(level: int, places: int, demand: int) -> Any:
    """Return a mother's next level: down where more ask for her than she has places, else up."""
    if demand > places:
        return max(1, level * places // demand)
    return min(ONE, level * places // max(1, demand))


@compiled
def find_short_mothers(g: Graph, s: State, rounds: int, threshold: int) -> Index:
    """Estimate which mothers lie where children outnumber places, by proportional allocation.

    Each round goes two steps in the direction of the demand: nine of them tell as much as
    sixteen of one step, and a round is a pass over all pairs.
    """
    mothers = len(s.v)
    level = np.full(mothers, ONE, np.int64)
    demand = np.zeros(mothers, np.int64)
    for _ in range(rounds):
        _spread_demand(g, level, demand)
        for j in range(mothers):
            places = (s.slot0[j + 1] - s.slot0[j]) * ONE
            once = _follow_demand(level[j], places, demand[j])
            level[j] = _follow_demand(once, places, demand[j])
    return np.flatnonzero(level < threshold).astype(np.int32)


@compiled
def close(s: State, short: Index) -> None:
    """Set the prices of these mothers so low that no child bids for them."""
    highest = s.limit.max()  # once, not for each: it is a pass over all children
    for j in short:
        s.v[j] = -highest


@compiled
def open_again(g: Graph, s: State, short: Index) -> None:
    """Bring the prices of closed mothers up to the highest that are feasible."""
    for j in short:
        price = np.int64(0)
        for e in range(g.tfirst[j], g.tfirst[j + 1]):
            price = min(price, g.tcost[e] - s.u[g.child[e]])
        s.v[j] = price


@compiled
def open_for_least_urgent(g: Graph, s: State, short: Index) -> None:
    """Open closed mothers at a price that only a child of the least urgent tier cannot pay.

    Opening at what the most urgent would pay starts a war of small steps over the few of them.
    """
    open_again(g, s, short)
    least = s.limit.min()
    for j in short:
        s.v[j] = max(s.v[j], -least)
    settle_children(g, s)


@compiled
def _two_best_children(g: Graph, s: State, j: Any) -> Any:
    """Return the best child not already hers (-1: none worth a place) and the second value."""
    best, second, who = np.int64(0), np.int64(0), -1
    for e in range(g.tfirst[j], g.tfirst[j + 1]):
        i = g.child[e]
        value = g.tcost[e] - s.u[i]
        if value < second and s.mate[i] != j:
            if value < best:
                best, second, who = value, best, i
            else:
                second = value
    return who, best, second


@compiled
def _raise_price(s: State, j: Any, price: Any) -> None:
    by = price - s.v[j]
    s.v[j] = price
    for place in range(s.slot0[j], s.slot0[j] + s.load[j]):
        s.u[s.slot[place]] -= by


@compiled
def _take(s: State, i: int, j: Any, value: Any) -> Any:
    """Give the child to the mother at a value; return the mother who lost it, or -1."""
    loser = s.mate[i]
    if loser >= 0:
        unseat(s, i)
    seat_free(s, i, j)
    s.u[i] -= value
    return loser


@compiled
def choose(g: Graph, s: State, short: Index, patience: int) -> None:
    """Let the mothers of short regions fill their places, each time with the best child."""
    for start in short:
        j: Any = start
        steps = 0
        while j >= 0 and steps < patience and s.v[j] < 0 and has_room(s, j):
            steps += 1
            i, best, second = _two_best_children(g, s, j)
            if i >= 0 and best == second and s.mate[i] >= 0:
                _raise_price(s, j, best)
                break
            _raise_price(s, j, second)
            if i < 0:
                break
            loser = _take(s, i, j, second - best)
            if loser >= 0 and not has_room(s, j):
                j = loser
