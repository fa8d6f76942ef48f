"""Walks all pairs of neighbouring towns once: every feasible pair with its cost, and the refusals.

A feasible pair takes six bytes, so a city's twenty million fit into memory, and pricing them all
is one pass over an array.
"""

# ruff: noqa: PLR0917 - compiled kernels cannot have keyword-only arguments

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qianshou.engines.matching.network import FAR, Index, Ints, compiled
from qianshou.engines.matching.people import Column
from qianshou.engines.matching.policy import RULES
from qianshou.engines.matching.scoring import TOP, People, rule_against, score

CHUNK = 1 << 22
"""Pairs listed at a time."""

_TOO_FAR = RULES.index("too_far")


class Blocks(NamedTuple):
    """Rows of children and mothers by town, and the towns in reach of each town.

    Towns are numbered 0.. in order; children and mothers are sorted by town. ``box`` holds west,
    east, south and north of each town's mothers, ``reach`` how far anybody goes.
    """

    mum_first: Ints
    near_first: Ints
    near: Index
    box: NDArray[np.float64]
    reach: float


class Pairs(NamedTuple):
    """All feasible pairs as rows by child; ``cost`` is 10,000 less the score."""

    first: Ints
    mother: Index
    cost: NDArray[np.int16]


def blocks_of(
    people: People, *, everyone: tuple[Column, Column, Column], towns: int, reach: int
) -> Blocks:
    """Find which towns' mothers may be in reach of which towns' children, by bounding boxes.

    ``everyone`` is the town, x and y of all mothers: those without a place are counted, too.
    """
    kids, mums = people.kids, people.mums
    kid_box = _boxes(kids["town"], kids["x"], kids["y"], towns=towns)
    mum_box = _boxes(*everyone, towns=towns)
    near: list[Index] = []
    for t in range(towns):
        gap_x = np.maximum(mum_box[:, 0] - kid_box[t, 1], kid_box[t, 0] - mum_box[:, 1])
        gap_y = np.maximum(mum_box[:, 2] - kid_box[t, 3], kid_box[t, 2] - mum_box[:, 3])
        gap_x, gap_y = np.maximum(gap_x, 0), np.maximum(gap_y, 0)
        inside = gap_x**2 + gap_y**2 <= reach**2
        inside[t] = True
        near.append(np.flatnonzero(inside).astype(np.int32))
    first = np.zeros(towns + 1, np.int64)
    np.cumsum([len(one) for one in near], out=first[1:])
    return Blocks(
        mum_first=np.searchsorted(mums["town"], np.arange(towns + 1)).astype(np.int64),
        near_first=first,
        near=np.concatenate(near) if near else np.zeros(0, np.int32),
        box=mum_box,
        reach=float(reach),
    )


def _boxes(town: Column, x: Column, y: Column, *, towns: int) -> NDArray[np.float64]:
    """Return west, east, south and north per town; nowhere for a town without people."""
    box = np.tile(np.array([np.inf, -np.inf, np.inf, -np.inf]), (towns, 1))
    np.minimum.at(box[:, 0], town, x)
    np.maximum.at(box[:, 1], town, x)
    np.minimum.at(box[:, 2], town, y)
    np.maximum.at(box[:, 3], town, y)
    return box


@compiled
def _split(keys: Ints, lo: int, hi: int) -> Any:
    pivot = keys[(lo + hi) >> 1]
    i, j = lo, hi
    while i <= j:
        while keys[i] < pivot:
            i += 1
        while keys[j] > pivot:
            j -= 1
        if i <= j:
            keys[i], keys[j] = keys[j], keys[i]
            i += 1
            j -= 1
    return i, j


@compiled
def smallest_first(keys: Ints, size: int, wanted: int) -> None:
    """Move the ``wanted`` smallest of ``size`` keys to the front, in no order."""
    lo, hi = 0, size - 1
    while lo < hi:
        i, j = _split(keys, lo, hi)
        if wanted <= j:
            hi = j
        elif wanted >= i:
            lo = i
        else:
            break


@compiled
def _is_beyond(b: Blocks, kid: Any, town: int) -> Any:
    """Tell whether all of another town's mothers are too far from the child."""
    east = max(b.box[town, 0] - kid.x, kid.x - b.box[town, 1], 0.0)
    north = max(b.box[town, 2] - kid.y, kid.y - b.box[town, 3], 0.0)
    return kid.town != town and east * east + north * north > b.reach * b.reach


@compiled
def cost_of(p: People, i: int, j: Any) -> Any:
    """Return what an allowed pair costs before any bonus: 10,000 less its score."""
    return TOP - score(p, i, j)


@compiled
def list_row(p: People, b: Blocks, i: int, at: int, out: Any, refused: Index) -> Any:
    """List one child's feasible pairs from position ``at``; count the others by rule."""
    mother, cost = out
    kid = p.kids[i]
    skip_far = p.terms.on >> _TOO_FAR & 1
    for near in range(b.near_first[kid.town], b.near_first[kid.town + 1]):
        town = b.near[near]
        lo, hi = b.mum_first[town], b.mum_first[town + 1]
        if skip_far and kid.barred_from == kid.barred_to and _is_beyond(b, kid, town):
            refused[_TOO_FAR] += hi - lo
            continue
        for j in range(lo, hi):
            rule = rule_against(p, i, j)
            if rule >= 0:
                refused[rule] += 1
            else:
                mother[at] = j
                cost[at] = cost_of(p, i, j)
                at += 1
    return at


@compiled
def _list_pairs(
    p: People, b: Blocks, asks: Column, start: int, out: Any, refused: Index, sizes: Ints
) -> Any:
    """List pairs from child ``start`` on until the lists are full; return the next child."""
    room = longest_row(b)
    at = 0
    for i in range(start, len(p.kids)):
        if at + room > len(out[0]):
            return i, at
        before = at
        if asks[i]:
            at = list_row(p, b, i, at, out, refused[i])
        sizes[i] = at - before
    return len(p.kids), at


@compiled
def longest_row(b: Blocks) -> Any:
    """Return how many mothers the largest neighbourhood holds."""
    longest = 0
    for town in range(len(b.near_first) - 1):
        size = 0
        for near in range(b.near_first[town], b.near_first[town + 1]):
            size += b.mum_first[b.near[near] + 1] - b.mum_first[b.near[near]]
        longest = max(longest, size)
    return longest


def all_pairs(people: People, blocks: Blocks, asks: Column) -> tuple[Pairs, Index]:
    """Return all feasible pairs of the children who take part, and refusals by child and rule."""
    children = len(people.kids)
    refused = np.zeros((children, len(RULES)), np.int32)
    sizes = np.zeros(children, np.int64)
    parts: list[tuple[Index, NDArray[np.int16]]] = []
    size = max(CHUNK, int(longest_row(blocks)))
    start = 0
    while start < children:
        out = (np.empty(size, np.int32), np.empty(size, np.int16))
        start, found = _list_pairs(people, blocks, asks, start, out, refused, sizes)
        parts.append((out[0][:found].copy(), out[1][:found].copy()))
    first = np.zeros(children + 1, np.int64)
    np.cumsum(sizes, out=first[1:])
    none = (np.zeros(0, np.int32), np.zeros(0, np.int16))
    mother, cost = (np.concatenate([part[k] for part in [*parts, none]]) for k in range(2))
    return Pairs(first, mother, cost), refused


@compiled
def favour(pairs: Pairs, standing: Column, shift: Ints) -> None:
    """Make each child's pairs dearer by her shift, and standing ones cheaper by their points."""
    for i in range(len(shift)):
        for e in range(pairs.first[i], pairs.first[i + 1]):
            pairs.cost[e] += shift[i]
    for s in range(len(standing)):
        i = standing[s, 0]
        for e in range(pairs.first[i], pairs.first[i + 1]):
            if pairs.mother[e] == standing[s, 1]:
                pairs.cost[e] -= standing[s, 2]


@compiled
def _add_spread(keys: Ints, wanted: Any, i: int, at: Any) -> None:
    """Move ``wanted`` of the keys behind the best ``at`` up to them, evenly spread."""
    rest = len(keys) - at
    start = i % max(1, rest // max(1, wanted))
    for k in range(wanted):
        keys[at + k] = keys[at + start + k * rest // wanted]


@compiled
def _best(pairs: Pairs, keep: int, spread: int) -> Any:
    children = len(pairs.first) - 1
    first = np.zeros(children + 1, np.int64)
    longest = 1
    for i in range(children):
        size = pairs.first[i + 1] - pairs.first[i]
        longest = max(longest, size)
        first[i + 1] = first[i] + min(size, keep)
    keys = np.empty(longest, np.int64)
    mother = np.empty(first[-1], np.int32)
    cost = np.empty(first[-1], np.int32)
    for i in range(children):
        lo, size = pairs.first[i], pairs.first[i + 1] - pairs.first[i]
        for e in range(size):
            keys[e] = (np.int64(pairs.cost[lo + e]) << 31) | np.int64(pairs.mother[lo + e])
        if size > keep:
            smallest_first(keys, size, keep - spread)
            _add_spread(keys[:size], spread, i, keep - spread)
        kept = first[i + 1] - first[i]
        keys[:kept].sort()
        for e in range(kept):
            mother[first[i] + e] = keys[e] & 0x7FFFFFFF
            cost[first[i] + e] = keys[e] >> 31
    return first, mother, cost


def best_candidates(pairs: Pairs, keep: int) -> tuple[Ints, Index, Index]:
    """Return pairs of each child to start from, as rows ``first, mother, cost``, cheapest first.

    Three in five are her best; the others are spread evenly over the rest. Where everybody likes
    the same mothers, a start from the best alone leaves many children out, and prices that are
    far from the end.
    """
    found: tuple[Ints, Index, Index] = _best(pairs, keep, keep * 2 // 5)
    return found


@compiled
def _insert(worth: Ints, at: Ints, size: Any, value: Any, e: Any) -> None:
    """Put a pair in its place among the best so far; the last one falls out when all are taken."""
    k = min(size, len(worth) - 1)
    while k > 0 and worth[k - 1] > value:
        worth[k] = worth[k - 1]
        at[k] = at[k - 1]
        k -= 1
    worth[k] = value
    at[k] = e


@compiled
def _likely(pairs: Pairs, v: Ints, keep: int) -> Any:
    children = len(pairs.first) - 1
    first = np.zeros(children + 1, np.int64)
    for i in range(children):
        first[i + 1] = first[i] + min(pairs.first[i + 1] - pairs.first[i], keep)
    mother = np.empty(first[-1], np.int32)
    cost = np.empty(first[-1], np.int32)
    worth, at, keys = np.empty(keep, np.int64), np.empty(keep, np.int64), np.empty(keep, np.int64)
    for i in range(children):
        size = 0
        for e in range(pairs.first[i], pairs.first[i + 1]):
            value = pairs.cost[e] - v[pairs.mother[e]]
            if size < keep or value < worth[keep - 1]:
                _insert(worth, at, size, value, e)
                size = min(size + 1, keep)
        for k in range(size):
            keys[k] = (np.int64(pairs.cost[at[k]]) << 31) | np.int64(pairs.mother[at[k]])
        keys[:size].sort()
        for k in range(size):
            mother[first[i] + k] = keys[k] & 0x7FFFFFFF
            cost[first[i] + k] = keys[k] >> 31
    return first, mother, cost


def likely_candidates(pairs: Pairs, v: Ints, keep: int) -> tuple[Ints, Index, Index]:
    """Return the pairs of each child that are best at an older plan's prices, cheapest first.

    Where the prices are about right, they hold almost all of what the new plan will take.
    """
    found: tuple[Ints, Index, Index] = _likely(pairs, v, keep)
    return found


@compiled
def _under_price(
    pairs: Pairs, u: Ints, v: Ints, asked: NDArray[np.bool_], out: Any
) -> Any:  # fmt: skip
    """List pairs that cost less than u + v while there is room; return how many there are."""
    child, mother, cost = out
    size = 0
    for i in range(len(u)):
        if not asked[i]:
            continue
        for e in range(pairs.first[i], pairs.first[i + 1]):
            j = pairs.mother[e]
            if pairs.cost[e] < u[i] + v[j]:
                if size < len(child):
                    child[size] = i
                    mother[size] = j
                    cost[size] = pairs.cost[e]
                size += 1
    return size


@compiled
def _may_have_fallen(kids: Any, blocks: Blocks, before: Any, u: Ints, v: Ints) -> Any:
    """Tell whose pairs may cost less than their prices now, though none did at those before.

    A pair can only do so when its child's value or its mother's price has risen; mothers are
    looked at town by town, so this takes no time beside a pass over all pairs.
    """
    old_u, old_v = before
    towns = len(blocks.near_first) - 1
    risen = np.zeros(towns, np.bool_)
    for town in range(towns):
        for j in range(blocks.mum_first[town], blocks.mum_first[town + 1]):
            risen[town] |= v[j] > old_v[j]
    near = np.zeros(towns, np.bool_)
    for town in range(towns):
        for e in range(blocks.near_first[town], blocks.near_first[town + 1]):
            near[town] |= risen[blocks.near[e]]
    asked = np.empty(len(u), np.bool_)
    for i in range(len(u)):
        asked[i] = near[kids[i].town] or u[i] > old_u[i]
    return asked


def rows_to_price(
    people: People, blocks: Blocks, before: tuple[Ints, Ints], *, now: tuple[Ints, Ints]
) -> NDArray[np.bool_]:
    """Return whose pairs have to be priced again after the prices ``before``.

    At those, no pair was under its price that is not part of what was solved since.
    """
    asked: NDArray[np.bool_] = _may_have_fallen(people.kids, blocks, before, *now)
    return asked


def pairs_under_price(
    pairs: Pairs, u: Ints, v: Ints, *, asked: NDArray[np.bool_] | None = None
) -> tuple[Index, Index, Index]:
    """Return all feasible pairs (child, mother, cost) that cost less than ``u + v``.

    ``asked`` leaves out children of whom it is known that none of theirs does.
    """
    if asked is None:
        asked = np.ones(len(u), np.bool_)
    size = 1 << 16
    while True:
        out = (np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.int32))
        found = _under_price(pairs, u, v, asked, out)
        if found <= size:
            return out[0][:found], out[1][:found], out[2][:found]
        size = found


@compiled
def _second(pairs: Pairs, u: Ints, v: Ints, mate: Index) -> Any:
    children = len(u)
    who = np.full(children, -1, np.int32)
    margin = np.full(children, FAR, np.int64)
    lowest = np.int64(0)
    for i in range(children):
        for e in range(pairs.first[i], pairs.first[i + 1]):
            j = pairs.mother[e]
            reduced = pairs.cost[e] - u[i] - v[j]
            lowest = min(lowest, reduced)
            if reduced < margin[i] and j != mate[i]:
                margin[i] = reduced
                who[i] = j
    return who, margin, lowest


def runners_up(pairs: Pairs, u: Ints, v: Ints, *, mate: Index) -> tuple[Index, Ints, int]:
    """Return each child's next best mother by reduced cost, that cost, and the lowest of all.

    The lowest being 0 proves that no feasible pair is cheaper than its prices.
    """
    found: tuple[Index, Ints, int] = _second(pairs, u, v, mate)
    return found
