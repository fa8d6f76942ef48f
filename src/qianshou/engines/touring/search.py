"""A very good order for more visits than can be planned exactly, and a bound it cannot pass.

Many starts are improved by moving runs of visits (Or-opt) and turning runs round (2-opt), and the
best of each start is shaken and improved again. All of it follows from the seed.
"""

from typing import Any, Final

import numpy as np

from qianshou.engines.kernels import compiled
from qianshou.engines.touring.day import Arrays, Day, Minutes, price

STARTS: Final = 6
SHAKES: Final = 40
LONGEST_RUN: Final = 4
BOUND_STEPS: Final = 200


def good_order(day: Day, *, seed: int = 1, starts: int = STARTS) -> tuple[int, ...]:
    """Return the best order that the search found; the same seed finds the same one."""
    if day.stops < 2:
        return tuple(range(1, day.stops + 1))
    found = _search(day.arrays, seed, starts)
    return tuple(int(each) for each in found)


def nearest_order(day: Day) -> tuple[int, ...]:
    """Return the order in which one always goes to the nearest visit that is left."""
    here, left, order = 0, set(range(1, day.stops + 1)), []
    while left:
        here = min(left, key=lambda stop: (int(day.travel[here, stop]), stop))
        left.remove(here)
        order.append(here)
    return tuple(order)


@compiled
def _search(a: Arrays, seed: int, starts: int) -> Any:
    np.random.seed(seed)
    n = len(a.service) - 1
    best = _start(a, n, 0)
    least = _improve(a, best)
    for number in range(starts):
        order = _start(a, n, number)
        cost = _improve(a, order)
        for _ in range(SHAKES):
            other = _shaken(order)
            new = _improve(a, other)
            if new <= cost:
                order, cost = other, new
        if cost < least:
            best, least = order, cost
    return best


@compiled
def _start(a: Arrays, n: int, number: int) -> Minutes:
    """Begin with the nearest visits, with the doors that close first, or by chance in between."""
    order = np.empty(n, np.int64)
    taken = np.zeros(n + 1, np.bool_)
    here = 0
    for place in range(n):
        chosen, least = 0, np.inf
        for stop in range(1, n + 1):
            if not taken[stop]:
                worth = float(a.travel[here, stop]) if number != 1 else float(a.closes[stop])
                if number > 1:
                    worth = worth * (0.5 + np.random.random()) + 0.02 * a.closes[stop]
                if worth < least:
                    chosen, least = stop, worth
        taken[chosen] = True
        order[place] = chosen
        here = chosen
    return order


@compiled
def _shaken(order: Minutes) -> Minutes:
    """Cut the order in four and put the parts together in another way."""
    n = len(order)
    if n < 4:
        return np.random.permutation(order)
    cuts = np.sort(np.random.permutation(n - 1)[:3] + 1)
    i, j, k = cuts[0], cuts[1], cuts[2]
    return np.concatenate((order[:i], order[j:k], order[i:j], order[k:]))


@compiled
def _improve(a: Arrays, order: Minutes) -> Any:
    """Change the order in place until no single change makes it better; return its cost."""
    cost = price(a, order, 1 << 60)
    better = True
    while better:
        better = False
        new = _turn(a, order, cost)
        if new < cost:
            cost, better = new, True
        new = _move(a, order, cost)
        if new < cost:
            cost, better = new, True
    return cost


@compiled
def _turn(a: Arrays, order: Minutes, cost: int) -> int:
    """Turn runs of visits round wherever that is better."""
    n = len(order)
    for i in range(n - 1):
        for j in range(i + 1, n):
            order[i : j + 1] = order[i : j + 1][::-1].copy()
            new = price(a, order, cost)
            if new < cost:
                cost = new
            else:
                order[i : j + 1] = order[i : j + 1][::-1].copy()
    return cost


@compiled
def _move(a: Arrays, order: Minutes, cost: int) -> int:
    """Move short runs of visits, as they are, to wherever they are better."""
    n = len(order)
    other = np.empty(n, np.int64)
    for size in range(1, min(LONGEST_RUN, n - 1) + 1):
        for i in range(n - size + 1):
            for to in range(n - size + 1):
                if to == i:
                    continue
                _moved(order, other, (i, size, to))
                new = price(a, other, cost)
                if new < cost:
                    cost = new
                    order[:] = other
    return cost


@compiled
def _moved(order: Minutes, other: Minutes, move: Any) -> None:
    """Write into `other` the order with a run of `size` from `i` put to begin at `to`."""
    i, size, to = move
    place, source = 0, 0
    n = len(order)
    while place < n:
        if place == to:
            other[place : place + size] = order[i : i + size]
            place += size
            continue
        if source == i:
            source += size
            continue
        other[place] = order[source]
        place += 1
        source += 1


# -- the bound ------------------------------------------------------------------------------------


def bound_of(day: Day) -> int:
    """Return a cost below which no order can be.

    A round through all places is at least as long as the best 1-tree, with what its places are
    charged for having more or fewer than two roads (Held and Karp, 1970). The day is as long as
    that and all visits, and ends no sooner than the visit that opens last is over.
    """
    a = day.arrays
    if day.stops == 0:
        return 0
    road = int(np.ceil(_least_round(np.minimum(a.travel, a.travel.T).astype(float)) - 1e-6))
    home = a.opens[1:] + a.service[1:] + a.travel[1:, 0] - a.opens[0]
    return road + max(road + int(a.service.sum()), int(home.max()))


def _least_round(travel: Any) -> float:
    n = len(travel)
    if n == 2:
        return float(2 * travel[0, 1])
    charge, best, step = np.zeros(n), 0.0, 1.0
    for _ in range(BOUND_STEPS):
        length, degree = _one_tree(travel + charge[:, None] + charge[None, :])
        worth = length - 2 * charge.sum()
        best = max(best, worth)
        over = degree - 2
        if not over.any():
            break
        size = step * max(0.02 * abs(worth), 0.1) / float(over @ over)
        charge += size * over
        step *= 0.99
    return best


def _one_tree(travel: Any) -> Any:
    """Return the length of the least tree over all places but the office, with two roads to it."""
    n = len(travel)
    degree = np.zeros(n, np.int64)
    near, parent = travel[1].copy(), np.ones(n, np.int64)
    left = np.ones(n, bool)
    left[[0, 1]] = False
    length = 0.0
    while left.any():
        new = int(np.where(left, near, np.inf).argmin())
        length += near[new]
        degree[[new, parent[new]]] += 1
        left[new] = False
        closer = travel[new] < near
        near, parent = np.where(closer, travel[new], near), np.where(closer, new, parent)
    first, second = np.argsort(travel[0, 1:])[:2] + 1
    degree[[0, first, second]] += [2, 1, 1]
    return length + travel[0, first] + travel[0, second], degree
