"""The best order for certain, by the dynamic program of Held and Karp with time windows.

A state is the set of visits made and the last of them. Of the ways to a state only those are kept
that no other beats in both time and cost: what follows depends on the time, and less time never
costs more. Without waiting that is one way for each state; each wait may add one.
"""

from typing import Any, NamedTuple

import numpy as np

from qianshou.engines.kernels import compiled
from qianshou.engines.touring.day import LATE, Arrays, Day, Minutes

# Above it the states of the program outgrow what a page may wait for.
MOST_EXACT = 13
# Columns of a way: its time, its cost, the way before it, the visit, the next way to its state.
TIME, COST, BEFORE, STOP, NEXT = range(5)
NONE = -1
# What of a set of ways is counted: how many there are.
COUNT = 0


class States(NamedTuple):
    """For each state its first way, all ways, and how many there are."""

    heads: Any
    ways: Any
    used: Any


class Place(NamedTuple):
    """Where a way stands: when it goes on, what it has cost, which way it is, and its visit."""

    clock: int
    spent: int
    way: int
    here: int


def best_order(day: Day) -> tuple[int, ...]:
    """Return an order that no other beats; for at most `MOST_EXACT` visits."""
    if day.stops > MOST_EXACT:
        raise ValueError(f"at most {MOST_EXACT} visits can be planned exactly")
    if day.stops == 0:
        return ()
    return tuple(int(each) for each in _solve(day.arrays))


@compiled
def _solve(a: Arrays) -> Any:
    n = len(a.service) - 1
    s = States(
        np.full((1 << n, n), NONE, np.int64), np.empty((1 << 14, 5), np.int64),
        np.zeros(1, np.int64),
    )  # fmt: skip
    for stop in range(n):
        s = _offer(a, s, (Place(a.opens[0], 0, NONE, 0), 1 << stop, stop))
    for done in range(1, 1 << n):
        for last in range(n):
            way = s.heads[done, last]
            while way != NONE:
                clock = s.ways[way, TIME] + a.service[last + 1]
                place = Place(clock, s.ways[way, COST], way, last + 1)
                for stop in range(n):
                    if not done >> stop & 1:
                        s = _offer(a, s, (place, done | 1 << stop, stop))
                way = s.ways[way, NEXT]
    return _read(a, s, n)


@compiled
def _offer(a: Arrays, s: States, step: Any) -> Any:
    """Enter a way to a state, unless one there is as good; drop those that it beats."""
    place, done, stop = step
    road = a.travel[place.here, stop + 1]
    time = max(place.clock + road, a.opens[stop + 1])
    cost = place.spent + road + LATE * max(time - a.closes[stop + 1], 0)
    ways = s.ways
    other, previous = s.heads[done, stop], NONE
    while other != NONE:
        if ways[other, TIME] <= time and ways[other, COST] <= cost:
            return s
        following = ways[other, NEXT]
        if ways[other, TIME] < time or ways[other, COST] < cost:
            previous = other
        elif previous == NONE:
            s.heads[done, stop] = following
        else:
            ways[previous, NEXT] = following
        other = following
    count = s.used[COUNT]
    if count == len(ways):
        more = np.empty((2 * count, 5), np.int64)
        more[:count] = ways
        ways = more
    ways[count, TIME], ways[count, COST] = time, cost
    ways[count, BEFORE], ways[count, STOP] = place.way, stop
    ways[count, NEXT] = s.heads[done, stop]
    s.heads[done, stop] = count
    s.used[COUNT] = count + 1
    return States(s.heads, ways, s.used)


@compiled
def _read(a: Arrays, s: States, n: int) -> Minutes:
    """Choose the cheapest way home and follow it back to the office."""
    ways, best, least = s.ways, NONE, 0
    for last in range(n):
        way = s.heads[(1 << n) - 1, last]
        while way != NONE:
            road = a.travel[last + 1, 0]
            back = ways[way, TIME] + a.service[last + 1] + road
            cost = ways[way, COST] + road + back + LATE * max(back - a.closes[0], 0)
            if best == NONE or cost < least:
                best, least = way, cost
            way = ways[way, NEXT]
    order = np.empty(n, np.int64)
    for place in range(n - 1, -1, -1):
        order[place] = ways[best, STOP] + 1
        best = ways[best, BEFORE]
    return order
