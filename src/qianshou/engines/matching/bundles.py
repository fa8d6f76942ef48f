"""A sharper bound for groups: every mother takes the best bundle of whole groups that fits.

Prices are put on the children instead of the places. Each mother then chooses on her own, by a
small knapsack, and what all choose together bounds every plan from below (Lagrange). The prices
climb by subgradient steps from those of the relaxation; any prices give a valid bound, and the
bound is computed in whole numbers, so rounding can only make it weaker, never wrong.
"""

# ruff: noqa: PLR0917 - compiled kernels cannot have keyword-only arguments

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qianshou.engines.matching.network import Index, Ints, compiled

PATIENCE = 4
"""Steps without a better bound after which the steps become a third as long."""

SHORTEST = 0.3
"""A stride that changes hardly any whole number any more."""


class Bundles(NamedTuple):
    """Units (groups and lone children) by mother, with what a whole unit costs with her."""

    first: Ints
    unit: Index
    cost: Ints
    size: Ints
    limit: Ints


def bundles_of(
    unit: Index, mother: Index, cost: Ints, *, size: Ints, limit: Ints, mothers: int
) -> Bundles:
    """Gather the offers by mother; ``unit``, ``mother`` and ``cost`` list them in any order."""
    order = np.argsort(mother, kind="stable")
    first = np.zeros(mothers + 1, np.int64)
    np.cumsum(np.bincount(mother, minlength=mothers), out=first[1:])
    return Bundles(first, unit[order], cost[order], size, limit)


class Slots(NamedTuple):
    """Work space for one mother: her best offers by size, and the knapsack over them."""

    held: Ints
    gain: NDArray[np.int64]
    unit: NDArray[np.int32]
    value: Ints
    chosen: NDArray[np.bool_]


def slots_for(room: Ints) -> Slots:
    """Return work space for mothers with up to as many places as the largest has."""
    most = int(room.max(initial=0)) + 1
    return Slots(
        held=np.zeros(most, np.int64),
        gain=np.zeros((most, most), np.int64),
        unit=np.zeros((most, most), np.int32),
        value=np.zeros(most, np.int64),
        chosen=np.zeros((most, most, most), np.bool_),
    )


@compiled
def _note(w: Slots, size: int, most: int, gain: int, g: int) -> None:
    """Insert an offer among the best ``most`` of its size, best first."""
    at = w.held[size]
    if at == most:
        if gain >= w.gain[size, at - 1]:
            return
        at -= 1
    else:
        w.held[size] = at + 1
    while at > 0 and w.gain[size, at - 1] > gain:
        w.gain[size, at] = w.gain[size, at - 1]
        w.unit[size, at] = w.unit[size, at - 1]
        at -= 1
    w.gain[size, at] = gain
    w.unit[size, at] = g


@compiled
def _fill(w: Slots, room: int) -> None:
    """Solve the knapsack over the noted offers; a bundle never holds more of a size than fit."""
    w.value[: room + 1] = 0
    for size in range(1, room + 1):
        for k in range(w.held[size]):
            w.chosen[size, k, : room + 1] = False
            for at in range(room, size - 1, -1):
                other = w.value[at - size] + w.gain[size, k]
                if other < w.value[at]:
                    w.value[at] = other
                    w.chosen[size, k, at] = True


@compiled
def _best_bundle(
    b: Bundles, u: Ints, open_: NDArray[np.bool_], j: int, room: int, taken: Ints, w: Slots
) -> Any:
    """Return the value (at most 0) of the mother's best bundle and count its units as taken."""
    w.held[: room + 1] = 0
    for e in range(b.first[j], b.first[j + 1]):
        g = b.unit[e]
        gain = b.cost[e] - u[g]
        size = b.size[g]
        if gain < 0 and size <= room and open_[g]:
            _note(w, size, room // size, gain, g)
    _fill(w, room)
    at = room
    for size in range(room, 0, -1):
        for k in range(w.held[size] - 1, -1, -1):
            if w.chosen[size, k, at]:
                taken[w.unit[size, k]] += 1
                at -= size
    return w.value[room]


@compiled
def _bound(b: Bundles, u: Ints, open_: NDArray[np.bool_], room: Ints, taken: Ints, w: Slots) -> Any:
    """Return the bound that these prices give, and how often each unit was chosen."""
    total = np.int64(0)
    for g in range(len(u)):
        taken[g] = 0
        if open_[g]:
            total += min(u[g], b.limit[g])
            taken[g] = 1 if b.limit[g] < u[g] else 0
    for j in range(len(room)):
        if room[j] > 0 and b.first[j] < b.first[j + 1]:
            total += _best_bundle(b, u, open_, j, room[j], taken, w)
    return total


@compiled
def _excess(open_: NDArray[np.bool_], taken: Ints) -> Any:
    """Return the squared number of times that units were chosen too often or not at all."""
    total = 0
    for g in range(len(taken)):
        if open_[g]:
            total += (1 - taken[g]) ** 2
    return total


@compiled
def climb(
    b: Bundles, start: Ints, open_: NDArray[np.bool_], room: Ints, goal: int, steps: int, w: Slots
) -> Any:
    """Raise the bound from starting prices until it passes the goal or the steps are used up.

    ``open_`` are the units not settled; no room may exceed what the slots hold. Returns the best
    bound and its prices.
    """
    u, kept = start.astype(np.float64), start.copy()
    taken = np.zeros(len(start), np.int64)
    best = _bound(b, kept, open_, room, taken, w)
    length, idle = 1.0, 0
    for _ in range(steps):
        excess = _excess(open_, taken)
        stride = length * np.float64(goal + 1 - best) / max(excess, 1)
        if best > goal or excess == 0 or stride < SHORTEST:
            break
        u += stride * (1 - taken) * open_
        whole = np.rint(u).astype(np.int64)
        bound = _bound(b, whole, open_, room, taken, w)
        if bound > best:
            best, idle, length = bound, 0, length * 1.2
            kept[:] = whole
        else:
            idle += 1
        if idle > PATIENCE:
            length, idle = length / 3, 0
            u[:] = kept
            _bound(b, kept, open_, room, taken, w)
    return best, kept
