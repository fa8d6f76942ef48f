"""Turns a bare list of pairs into the sorted rows and columns that the searches walk over."""

# ruff: noqa: PLR0917 - compiled kernels cannot have keyword-only arguments

from typing import Any

import numpy as np
from numpy.typing import NDArray

from qianshou.engines.matching.network import Graph, Index, Ints, compiled

PACKABLE = 1 << 31
"""Costs below this share one 64-bit sort key with the mother's index."""


@compiled
def offsets(of: Index, rows: int) -> Ints:
    """Return where each row starts when the entries are gathered by row."""
    start = np.zeros(rows + 1, np.int64)
    for e in range(len(of)):
        start[of[e] + 1] += 1
    for r in range(rows):
        start[r + 1] += start[r]
    return start


@compiled
def _gather(child: Index, mother: Index, cost: NDArray[Any], first: Ints) -> Any:
    at = first[:-1].copy()
    mothers = np.empty(len(mother), np.int32)
    costs = np.empty_like(cost)
    for e in range(len(child)):
        p = at[child[e]]
        at[child[e]] = p + 1
        mothers[p] = mother[e]
        costs[p] = cost[e]
    return mothers, costs


@compiled
def _sort_rows(first: Ints, mother: Index, cost: NDArray[Any]) -> None:
    longest = 0
    for i in range(len(first) - 1):
        longest = max(longest, first[i + 1] - first[i])
    keys = np.empty(longest, np.int64)
    for i in range(len(first) - 1):
        lo, size = first[i], first[i + 1] - first[i]
        for k in range(size):
            keys[k] = (np.int64(cost[lo + k]) << 31) | np.int64(mother[lo + k])
        keys[:size].sort()
        for k in range(size):
            mother[lo + k] = keys[k] & 0x7FFFFFFF
            cost[lo + k] = keys[k] >> 31


@compiled
def _transpose(first: Ints, mother: Index, cost: NDArray[Any], tfirst: Ints) -> Any:
    at = tfirst[:-1].copy()
    children = np.empty(len(mother), np.int32)
    costs = np.empty_like(cost)
    for i in range(len(first) - 1):
        for e in range(first[i], first[i + 1]):
            p = at[mother[e]]
            at[mother[e]] = p + 1
            children[p] = i
            costs[p] = cost[e]
    return children, costs


@compiled
def _row_repeats(first: Ints, mother: Index, mothers: int) -> Any:
    seen = np.full(mothers, -1, np.int64)
    for i in range(len(first) - 1):
        for e in range(first[i], first[i + 1]):
            if seen[mother[e]] == i:
                return True
            seen[mother[e]] = i
    return False


def gathered(
    child: Index, mother: Index, cost: NDArray[Any], *, children: int
) -> tuple[Ints, Index, NDArray[Any]]:
    """Return pairs as rows by child, in the order in which they came."""
    first = offsets(child, children)
    return first, *_gather(child, mother, cost, first)


def has_twice(child: Index, mother: Index, *, children: int, mothers: int) -> bool:
    """Tell whether any pair is listed more than once."""
    first = offsets(child, children)
    rows, _ = _gather(child, mother, mother, first)
    return bool(_row_repeats(first, rows, mothers))


def graph_from_pairs(
    child: Index, mother: Index, cost: NDArray[Any], *, children: int, mothers: int
) -> Graph:
    """Build the graph from pairs in any order; costs are whole and not negative.

    The result depends only on the set of pairs, so a plan does not depend on the order of rows.
    """
    if len(cost) and int(cost.max()) >= PACKABLE:
        order = np.lexsort((mother, cost, child))
        child, mother, cost = child[order], mother[order], cost[order]
        first = offsets(child, children)
        rows, costs = mother.copy(), cost.copy()
    else:
        first = offsets(child, children)
        rows, costs = _gather(child, mother, cost.astype(np.int32, copy=False), first)
        _sort_rows(first, rows, costs)
    return graph_from_rows(first, rows, costs, mothers=mothers)


def graph_from_rows(first: Ints, mother: Index, cost: NDArray[Any], *, mothers: int) -> Graph:
    """Complete rows that are already sorted by cost with their transpose."""
    tfirst = offsets(mother, mothers)
    child, tcost = _transpose(first, mother, cost, tfirst)
    return Graph(first, mother, cost, tfirst, child, tcost)
