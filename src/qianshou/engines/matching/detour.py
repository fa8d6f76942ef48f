"""Local searches that price one change of an optimal plan, without solving again.

Taking a child out of a mother's place leaves the child over and the place empty; the plan that is
best without that pair differs by the shortest way, in reduced costs, from the child to the place.
The way goes directly through other pairs, or over the outside: somebody is left over or takes a
free place, and somebody from outside, or nobody, comes into the empty one.
"""

# ruff: noqa: PLR0917 - compiled kernels cannot have keyword-only arguments

from typing import Any

from qianshou.engines.matching.heap import lower
from qianshou.engines.matching.network import FAR, HEAPED, Graph, Scratch, State, compiled
from qianshou.engines.matching.search import has_room, reach, settle

OUTSIDE = -1
"""The target of a search that only has to end outside: no place is waiting to be filled."""


@compiled
def _relax_child(
    g: Graph, s: State, w: Scratch, i: int, base: int, shut: Any, bound: int, found: Any
) -> Any:
    """Reach all mothers of a child but those shut; return the nearest way outside so far.

    Ways as long as the bound are followed, too: of two equal ones the direct is a simple path.
    """
    best, end = found
    leave = base + s.limit[i] - s.u[i]
    if leave < best:
        best, end = leave, -1 - i
    for e in range(g.first[i], g.first[i + 1]):
        c = base + g.cost[e] - s.u[i]
        if c > bound:
            break  # rows are sorted and prices are never positive
        j = g.mother[e]
        d = c - s.v[j]
        if not shut[0] <= j < shut[1] and d <= bound and d < w.dist[j]:
            reach(w, j, d)
            w.via[j] = i
            lower(w, j, d)
            if d < best and has_room(s, j):
                best, end = d, j
    return best, end


@compiled
def find_way(
    g: Graph, s: State, w: Scratch, child: int, start: int, shut: Any, target: int, outside: int
) -> Any:
    """Search from a child (``start`` < 0), or from a mother who must take it, to the target.

    ``shut`` are the first mother whom the child must not go to and the one behind the last;
    ``outside`` is what it costs to fill the target from outside. Returns the costs of the direct
    way and of the way outside, and the end of the latter: a mother with a free place, or
    ``-1 - i`` when child ``i`` is left over.
    """
    best, end, direct = FAR, -1, FAR
    if start < 0:
        best, end = _relax_child(g, s, w, child, 0, shut, FAR, (best, end))
    else:
        reach(w, start, 0)
        w.via[start] = child
        lower(w, start, 0)
        if has_room(s, start):
            best, end = 0, start
    while w.sizes[HEAPED] > 0 and w.key[0] <= min(direct, best + outside):
        j = settle(w)
        d = w.dist[j]
        if j == target:
            direct = d
            break
        for place in range(s.slot0[j], s.slot0[j] + s.load[j]):
            i = s.slot[place]
            if i != child:
                bound = min(direct, best + outside)
                best, end = _relax_child(g, s, w, i, d, (0, 0), bound, (best, end))
    return direct, best, end
