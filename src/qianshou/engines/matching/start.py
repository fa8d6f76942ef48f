"""A cheap first plan: children bid for places, and in short regions mothers choose children.

Every step keeps the prices feasible and every pair of the plan tight, so that the searches only
have to finish what is left.
"""

# ruff: noqa: PLR0917 - compiled kernels cannot have keyword-only arguments

from typing import Any

import numpy as np

from qianshou.engines.matching.network import FAR, Graph, Index, Ints, State, compiled
from qianshou.engines.matching.search import has_room, seat, seat_free, unseat


@compiled
def _two_best(g: Graph, s: State, i: int) -> Any:
    """Return the child's best mother (-1: stay unpaired), its value and the second value."""
    best, second, who = s.limit[i], s.limit[i], -1
    for e in range(g.first[i], g.first[i + 1]):
        c = np.int64(g.cost[e])
        if c >= second:
            break
        value = c - s.v[g.mother[e]]
        if value < best:
            best, second, who = value, best, g.mother[e]
        elif value < second:
            second = value
    return who, best, second


@compiled
def _sink(s: State, bid: Ints, place: int, base: int, size: int) -> None:
    """Move the entry at ``place`` down a max-heap of bids that starts at ``base``."""
    level, i = bid[base + place], s.slot[base + place]
    while 2 * place + 1 < size:
        q = 2 * place + 1
        if q + 1 < size and bid[base + q + 1] > bid[base + q]:
            q += 1
        if bid[base + q] <= level:
            break
        bid[base + place] = bid[base + q]
        s.slot[base + place] = s.slot[base + q]
        s.spot[s.slot[base + place]] = base + place
        place = q
    bid[base + place] = level
    s.slot[base + place] = i
    s.spot[i] = base + place


@compiled
def _rise(s: State, bid: Ints, place: int, base: int) -> None:
    level, i = bid[base + place], s.slot[base + place]
    while place > 0:
        q = (place - 1) >> 1
        if bid[base + q] >= level:
            break
        bid[base + place] = bid[base + q]
        s.slot[base + place] = s.slot[base + q]
        s.spot[s.slot[base + place]] = base + place
        place = q
    bid[base + place] = level
    s.slot[base + place] = i
    s.spot[i] = base + place


@compiled
def _bid(s: State, bid: Ints, i: int, j: int, level: int) -> Any:
    """Seat child ``i`` at mother ``j``; return the child who had to leave, or -1."""
    base = s.slot0[j]
    size = s.slot0[j + 1] - base
    if has_room(s, j):
        place = s.load[j]
        s.load[j] += 1
        seat(s, i, j, base + place)
        bid[base + place] = level
        _rise(s, bid, place, base)
        out = -1
    else:
        out = s.slot[base]
        s.mate[out] = -1
        seat(s, i, j, base)
        bid[base] = level
        _sink(s, bid, 0, base, size)
    if s.load[j] == size:
        s.v[j] = min(s.v[j], bid[base])
    return out


@compiled
def auction(g: Graph, s: State, floor: int, patience: int, passes: int) -> None:
    """Let free children bid, each up to what makes the next best mother as good.

    Bids are exact (no epsilon). Ties are broken at most ``patience`` times in one chain of
    evictions; ``floor`` stops a price war in a region with too few places.
    """
    bid = np.zeros(len(s.slot), np.int64)
    for _ in range(passes):
        for start in range(len(s.u)):
            i = start
            ties = 0
            while i >= 0 and s.mate[i] < 0:
                j, best, second = _two_best(g, s, i)
                s.u[i] = best
                if j < 0 or (not has_room(s, j) and s.v[j] < floor):
                    break
                if second == best and not has_room(s, j):
                    ties += 1
                    if ties > patience:
                        break
                i = _bid(s, bid, i, j, s.v[j] - min(second - best, -floor))
    settle_children(g, s)


@compiled
def settle_children(g: Graph, s: State) -> None:
    """Set every child's value to the best the prices allow and free the pairs not tight."""
    for i in range(len(s.u)):
        best, mine = s.limit[i], FAR
        for e in range(g.first[i], g.first[i + 1]):
            c = np.int64(g.cost[e])
            if c >= best and (mine < FAR or s.mate[i] < 0):
                break
            j = g.mother[e]
            value = c - s.v[j]
            best = min(best, value)
            if j == s.mate[i]:
                mine = value
        s.u[i] = best
        if s.mate[i] >= 0 and mine > best:
            unseat(s, i)


@compiled
def reseat(s: State, mate: Index) -> None:
    """Seat the children of an older plan as far as places are still there."""
    for i in range(len(mate)):
        if mate[i] >= 0 and has_room(s, mate[i]):
            seat_free(s, i, mate[i])


def new_state(limit: Ints, capacity: Ints, degree: Ints) -> State:
    """Return the empty plan at price zero; places beyond a mother's candidates are cut off.

    A mother without a place starts at a price at which nobody would choose her.
    """
    children, mothers = len(limit), len(capacity)
    places = np.minimum(capacity, degree + 1)
    slot0 = np.zeros(mothers + 1, np.int64)
    np.cumsum(places, out=slot0[1:])
    return State(
        u=np.zeros(children, np.int64),
        v=np.where(places > 0, 0, -limit.max(initial=0)),
        limit=np.ascontiguousarray(limit, np.int64),
        mate=np.full(children, -1, np.int32),
        spot=np.full(children, -1, np.int64),
        slot0=slot0,
        load=np.zeros(mothers, np.int64),
        slot=np.full(int(slot0[-1]), -1, np.int32),
    )
