"""Shares children out: a mother's next child costs more than the one before, by equal steps.

Each place becomes a place of its own with an extra cost that rises with the children she has, so
the problem stays a flow and the optimum exact.
"""

from typing import NamedTuple

import numpy as np

from qianshou.engines.matching.network import FAR, Graph, Index, Ints
from qianshou.engines.matching.people import Column
from qianshou.engines.matching.prepare import graph_from_pairs
from qianshou.engines.matching.solver import Solution, solve


class Levels(NamedTuple):
    """Places by mother: hers start at ``first``; ``extra`` is what filling each one costs."""

    first: Ints
    owner: Index
    extra: Ints


def levels_of(places: Ints, load: Column, *, step: int) -> Levels | None:
    """Return the places of mothers who have ``load`` children already; None without a step."""
    if step == 0:
        return None
    first = np.zeros(len(places) + 1, np.int64)
    np.cumsum(places, out=first[1:])
    owner = np.repeat(np.arange(len(places), dtype=np.int32), places)
    number = np.arange(len(owner)) - first[owner] + load[owner]
    return Levels(first, owner, step * number.astype(np.int64))


def expanded(graph: Graph, levels: Levels) -> Graph:
    """Return the graph of children and places."""
    rows = np.repeat(np.arange(len(graph.first) - 1, dtype=np.int32), np.diff(graph.first))
    count = np.diff(levels.first)[graph.mother]
    edge = np.repeat(np.arange(len(rows)), count)
    start = np.cumsum(count) - count
    place = levels.first[graph.mother[edge]] + np.arange(len(edge)) - start[edge]
    return graph_from_pairs(
        rows[edge],
        place.astype(np.int32),
        graph.cost[edge] + levels.extra[place],
        children=len(graph.first) - 1,
        mothers=len(levels.owner),
    )


def placed(mate: Index, levels: Levels) -> Index:
    """Return each child's place: a mother's children fill her places in order."""
    place = np.full(len(mate), -1, np.int32)
    paired = np.flatnonzero(mate >= 0)
    order = paired[np.argsort(mate[paired], kind="stable")]
    mothers = mate[order]
    starts = np.searchsorted(mothers, mothers)
    number = np.arange(len(order)) - starts
    fits = number < np.diff(levels.first)[mothers]
    place[order[fits]] = (levels.first[mothers] + number)[fits]
    return place


def solve_levelled(
    graph: Graph,
    limit: Ints,
    levels: Levels,
    *,
    previous: tuple[Index, Ints] | None = None,
) -> tuple[Solution, Ints]:
    """Solve with rising costs; return the plan by mother, and the prices of the places.

    The solution's price of a mother is that of her next place, less what filling it costs extra.
    """
    warm = None
    if previous is not None:
        mate, v = previous
        warm = (placed(mate, levels), np.minimum(0, v[levels.owner] + levels.extra))
    found = solve(
        expanded(graph, levels), limit, np.ones(len(levels.owner), np.int64), previous=warm
    )
    mate = np.append(levels.owner, np.int32(-1))[found.mate]
    price = np.full(len(levels.first) - 1, -FAR, np.int64)
    np.maximum.at(price, levels.owner, found.v - levels.extra)
    return Solution(mate, found.u, price, found.cost, found.dual), found.v
