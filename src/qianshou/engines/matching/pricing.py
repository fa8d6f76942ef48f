"""Solves over all pairs from a few of them: the others come in when their price says so."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qianshou.engines.matching import candidates
from qianshou.engines.matching.candidates import Pairs
from qianshou.engines.matching.network import Graph, Index, Ints
from qianshou.engines.matching.prepare import gathered, graph_from_pairs, graph_from_rows
from qianshou.engines.matching.solver import Solution, solve

KEEP = 40
"""Candidates per child in the first solve; the rest come in by their price when needed."""

LIKELY = 10
"""Candidates per child where an older plan's prices tell which ones matter."""


def start_rows(pairs: Pairs, previous: tuple[Index, Ints] | None) -> tuple[Ints, Index, Index]:
    """Return the pairs to start from, as rows: fewer where older prices say which will matter."""
    if previous is None or np.count_nonzero(previous[1]) * 4 < len(previous[1]):
        return candidates.best_candidates(pairs, KEEP)
    return candidates.likely_candidates(pairs, previous[1], LIKELY)


def pays(pairs: int, children: int) -> bool:
    """Tell whether there are so many pairs that leaving most of them out at first is faster."""
    return pairs > 2 * KEEP * children


def pairs_by_child(child: Index, mother: Index, cost: NDArray[Any], *, children: int) -> Pairs:
    """Gather pairs in any order by child, not sorted within; costs are below `PACKABLE`."""
    whole = cost.astype(np.int32, copy=False)
    first, mothers, costs = gathered(child, mother, whole, children=children)
    return Pairs(first, mothers, costs)


def solve_priced(
    pairs: Pairs, limit: Ints, capacity: Ints, *, previous: tuple[Index, Ints] | None = None
) -> tuple[Solution, int]:
    """Return the optimum over all pairs, and how often it was solved until no pair was missing."""
    graph = graph_from_rows(*start_rows(pairs, previous), mothers=len(capacity))
    solved, rounds = solve(graph, limit, capacity, previous=previous), 1
    while len((found := candidates.pairs_under_price(pairs, solved.u, solved.v))[0]):
        graph = extended(graph, found)
        solved = solve(graph, limit, capacity, previous=(solved.mate, solved.v))
        rounds += 1
    return solved, rounds


def extended(graph: Graph, found: tuple[Index, Index, Index]) -> Graph:
    """Return the graph with more pairs (child, mother, cost), none of which it had."""
    children, mothers = len(graph.first) - 1, len(graph.tfirst) - 1
    rows = np.repeat(np.arange(children, dtype=np.int32), np.diff(graph.first))
    old = (rows, graph.mother, graph.cost)
    child, mother, cost = (np.concatenate(both) for both in zip(old, found, strict=True))
    return graph_from_pairs(child, mother, cost, children=children, mothers=mothers)
