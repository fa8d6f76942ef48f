"""Shortest-path searches that mend a plan: forward from a free child, reverse from a free place.

Both are Dijkstra over mothers in reduced costs. A forward search ends at a mother with a free
place, or at a child who is cheaper to leave unpaired than to move. A reverse search ends at a
free child, or at a mother whose price reaches zero, so that her place may stay empty.
"""

# ruff: noqa: PLR0917 - compiled kernels cannot have keyword-only arguments

from typing import Any

from qianshou.engines.matching.heap import lower, pop
from qianshou.engines.matching.network import (
    DONE,
    FAR,
    HEAPED,
    TOUCHED,
    Graph,
    Scratch,
    State,
    compiled,
)


@compiled
def has_room(s: State, j: Any) -> Any:
    """Tell whether the mother has a free place."""
    return s.load[j] < s.slot0[j + 1] - s.slot0[j]


@compiled
def seat(s: State, i: int, j: int, place: int) -> None:
    """Put the child into one of the mother's places."""
    s.mate[i] = j
    s.spot[i] = place
    s.slot[place] = i


@compiled
def seat_free(s: State, i: Any, j: Any) -> None:
    """Put the child into the mother's next free place."""
    seat(s, i, j, s.slot0[j] + s.load[j])
    s.load[j] += 1


@compiled
def unseat(s: State, i: Any) -> None:
    """Take the child out of the plan and close the gap among the mother's places."""
    j = s.mate[i]
    last = s.slot0[j] + s.load[j] - 1
    seat(s, s.slot[last], j, s.spot[i])
    s.load[j] -= 1
    s.mate[i] = -1


@compiled
def reach(w: Scratch, j: int, d: int) -> None:
    """Note a shorter distance to the mother and remember that her scratch is in use."""
    if w.dist[j] == FAR:
        w.touched[w.sizes[TOUCHED]] = j
        w.sizes[TOUCHED] += 1
    w.dist[j] = d


@compiled
def settle(w: Scratch) -> Any:
    """Take the nearest mother off the heap and list her as done."""
    j = pop(w)
    w.done[w.sizes[DONE]] = j
    w.sizes[DONE] += 1
    return j


@compiled
def clean(w: Scratch) -> None:
    """Make the scratch ready for the next search."""
    for k in range(w.sizes[TOUCHED]):
        j = w.touched[k]
        w.dist[j] = FAR
        w.pos[j] = -1
    w.sizes[:] = 0


@compiled
def _relax_child(g: Graph, s: State, w: Scratch, i: int, base: int, best: int, end: int) -> Any:
    for e in range(g.first[i], g.first[i + 1]):
        c = base + g.cost[e]
        if c >= best:
            break  # rows are sorted and prices are never positive
        j = g.mother[e]
        d = c - s.v[j]
        if d < best and d < w.dist[j]:
            reach(w, j, d)
            w.via[j] = i
            if has_room(s, j):
                best, end = d, j
            else:
                lower(w, j, d)
    return best, end


@compiled
def explore_forward(g: Graph, s: State, w: Scratch, root: int) -> Any:
    """Search from a free child; return the cost of the best end and the end itself.

    The end is a mother ``j``, or ``-1 - i`` when child ``i`` is best left unpaired.
    """
    best, end = _relax_child(g, s, w, root, 0, s.limit[root], -1 - root)
    while w.sizes[HEAPED] > 0 and w.key[0] < best:
        j = settle(w)
        d = w.dist[j]
        for place in range(s.slot0[j], s.slot0[j] + s.load[j]):
            i = s.slot[place]
            leave = d + s.limit[i] - s.u[i]
            if leave < best:
                best, end = leave, -1 - i
            best, end = _relax_child(g, s, w, i, d - s.u[i], best, end)
    return best, end


@compiled
def shift_prices(s: State, w: Scratch, best: int, sign: int) -> None:
    """Move the prices of the mothers done, and of their children, to make the path tight."""
    for k in range(w.sizes[DONE]):
        j = w.done[k]
        by = sign * (best - w.dist[j])
        s.v[j] -= by
        for place in range(s.slot0[j], s.slot0[j] + s.load[j]):
            s.u[s.slot[place]] += by


@compiled
def _flip_forward(s: State, w: Scratch, root: int, end: int) -> None:
    if end >= 0:
        j = end
        place = s.slot0[j] + s.load[j]
        s.load[j] += 1
    else:
        i = -1 - end
        if i == root:
            return
        j = s.mate[i]
        place = s.spot[i]
        s.mate[i] = -1
    while True:
        i = w.via[j]
        before, gap = s.mate[i], s.spot[i]
        seat(s, i, j, place)
        if i == root:
            return
        j, place = before, gap


@compiled
def forward(g: Graph, s: State, w: Scratch, root: int) -> None:
    """Pair a free child at least cost, moving or dropping others where that is cheaper."""
    best, end = explore_forward(g, s, w, root)
    shift_prices(s, w, best, 1)
    s.u[root] = best
    _flip_forward(s, w, root, end)
    clean(w)


@compiled
def _relax_mother(
    g: Graph, s: State, w: Scratch, j: int, base: int, best: int, end: int, last: int
) -> Any:
    for e in range(g.tfirst[j], g.tfirst[j + 1]):
        i = g.child[e]
        d = base + g.tcost[e] - s.u[i]
        if d >= best:
            continue
        k = s.mate[i]
        if k < 0:
            best, end, last = d, -1 - i, j
        elif d < w.dist[k]:
            reach(w, k, d)
            w.via[k] = i
            w.origin[k] = j
            lower(w, k, d)
    return best, end, last


@compiled
def explore_reverse(g: Graph, s: State, w: Scratch, root: int) -> Any:
    """Search from a free place of the mother ``root``.

    Returns the cost of the best end, the end (``-1 - i`` for a free child, else the mother
    whose place may stay empty) and the mother who takes that child.
    """
    reach(w, root, 0)
    lower(w, root, 0)
    best, end, last = -s.v[root], root, root
    while w.sizes[HEAPED] > 0 and w.key[0] < best:
        j = settle(w)
        d = w.dist[j]
        if d - s.v[j] < best:
            best, end = d - s.v[j], j
        best, end, last = _relax_mother(g, s, w, j, d - s.v[j], best, end, last)
    return best, end, last


@compiled
def _flip_reverse(s: State, w: Scratch, root: int, end: int, last: int) -> None:
    if end == root:
        return
    if end >= 0:
        i, j = w.via[end], w.origin[end]
        unseat(s, i)
    else:
        i, j = -1 - end, last
    while j != root:
        given = w.via[j]
        seat(s, i, j, s.spot[given])
        s.mate[given] = -1
        i, j = given, w.origin[j]
    seat_free(s, i, root)


@compiled
def reverse(g: Graph, s: State, w: Scratch, root: int) -> None:
    """Fill a free place that has a price, or bring its price to zero."""
    best, end, last = explore_reverse(g, s, w, root)
    shift_prices(s, w, best, -1)
    _flip_reverse(s, w, root, end, last)
    clean(w)


@compiled
def mend(g: Graph, s: State, w: Scratch) -> None:
    """Finish any tight partial plan with feasible prices: the result is optimal."""
    for i in range(len(s.u)):
        if s.mate[i] < 0 and s.u[i] < s.limit[i]:
            forward(g, s, w, i)
    for j in range(len(s.v)):
        while s.v[j] < 0 and has_room(s, j):
            reverse(g, s, w, j)
