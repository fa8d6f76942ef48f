"""An indexed 4-ary heap of mothers by distance, with decrease-key, inside the scratch arrays."""

from typing import Any

from qianshou.engines.matching.network import HEAPED, Scratch, compiled


@compiled
def lower(w: Scratch, node: int, key: int) -> None:
    """Insert the node, or move it up when it is already there; the key must not be larger."""
    p = w.pos[node]
    if p < 0:
        p = w.sizes[HEAPED]
        w.sizes[HEAPED] = p + 1
    while p > 0:
        q = (p - 1) >> 2
        if w.key[q] <= key:
            break
        w.key[p] = w.key[q]
        w.node[p] = w.node[q]
        w.pos[w.node[p]] = p
        p = q
    w.key[p] = key
    w.node[p] = node
    w.pos[node] = p


@compiled
def _smallest_below(w: Scratch, p: int, size: int) -> Any:
    q = 4 * p + 1
    best = q
    for other in range(q + 1, min(q + 4, size)):
        if w.key[other] < w.key[best]:
            best = other
    return best


@compiled
def pop(w: Scratch) -> Any:
    """Remove and return the nearest node; the heap must not be empty."""
    top = w.node[0]
    w.pos[top] = -1
    size = w.sizes[HEAPED] - 1
    w.sizes[HEAPED] = size
    if size == 0:
        return top
    key = w.key[size]
    node = w.node[size]
    p = 0
    while 4 * p + 1 < size:
        q = _smallest_below(w, p, size)
        if w.key[q] >= key:
            break
        w.key[p] = w.key[q]
        w.node[p] = w.node[q]
        w.pos[w.node[p]] = p
        p = q
    w.key[p] = key
    w.node[p] = node
    w.pos[node] = p
    return top
