"""Invented matching instances for the bench: neighbouring towns, and the shapes known to be hard.

One instance: towns of about 97 children, 27 towns to a district, half as many mothers as children
with about two places each; half of the districts have too few places. Each child has her best 40
pairs in her own town and the four nearest; three towns in a hundred also border on another
district. Costs are whole, 0..1000.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

TOP = 1000
BEST = 40
FORBIDDEN = 10**9


@dataclass(frozen=True)
class Instance:
    """Pairs with costs, the mothers' places, and each child's tier (0 most urgent).

    ``counties`` are those of the children and of the mothers, where there are any: nine towns
    each, three to a district, so that the towns at their ends have neighbours across a border.
    """

    child: NDArray[np.int32]
    mother: NDArray[np.int32]
    cost: NDArray[np.int64]
    places: NDArray[np.int64]
    tier: NDArray[np.int64]
    counties: tuple[NDArray[np.int32], NDArray[np.int32]] | None = None


def towns(children: int, *, seed: int = 1, best: int | None = BEST) -> Instance:
    """Return the common instance; ``best=None`` keeps all pairs of the neighbourhood."""
    rng = np.random.default_rng(seed)
    count, mothers = max(1, children // 97), children // 2
    district = np.arange(count) // 27
    x = np.arange(count) % 27 + rng.random(count) * 3
    place = np.stack([x, rng.random(count) * 6 + district * 20], axis=1)
    kid_town = np.sort(rng.integers(0, count, children))
    mum_town = np.sort(rng.integers(0, count, mothers))
    kids = (place[kid_town] + rng.normal(0, 0.4, (children, 2)), rng.random((children, 8)))
    mums = (place[mum_town] + rng.normal(0, 0.4, (mothers, 2)), rng.random((mothers, 8)))
    dialects = (rng.integers(0, 4, children), rng.integers(0, 4, mothers))
    parts = []
    for town in range(count):
        near = _near(place, district, town, rng=rng)
        there = np.flatnonzero(np.isin(mum_town, near))
        here = np.flatnonzero(kid_town == town)
        if len(here) and len(there):
            cost = _costs(kids, mums, (here, there), rng=rng)
            apart = dialects[0][here][:, None] != dialects[1][there][None, :]
            cost[apart & (rng.random(cost.shape) < 0.5)] = FORBIDDEN
            parts.append(_best((here, there), cost, best))
    child, mother, cost = (np.concatenate([part[k] for part in parts]) for k in range(3))
    short = rng.random(int(district.max()) + 1) < 0.5
    places = _places(short[district[mum_town]], rng)
    tier = rng.choice([0, 1, 2], children, p=[0.1, 0.3, 0.6])
    homes = ((kid_town // 9).astype(np.int32), (mum_town // 9).astype(np.int32))
    return Instance(
        child.astype(np.int32), mother.astype(np.int32), cost, places, tier, homes
    )  # fmt: skip


def _near(place: Any, district: Any, town: int, *, rng: Any) -> NDArray[np.int64]:
    away = ((place - place[town]) ** 2).sum(axis=1)
    away[district != district[town]] = np.inf
    near = [k for k in np.argsort(away, kind="stable")[:5] if np.isfinite(away[k])]
    if rng.random() < 0.03:
        near.append(int(rng.integers(0, len(place))))
    return np.unique(near)


def _costs(kids: Any, mums: Any, rows: Any, *, rng: Any) -> NDArray[np.int64]:
    here, there = rows
    away = np.sqrt(((kids[0][here, None] - mums[0][None, there]) ** 2).sum(axis=2)) / 4
    fit = 1 - kids[1][here] @ mums[1][there].T / 4
    noise = rng.random(away.shape) * TOP * 0.1
    return np.clip((away + fit) / 2 * TOP * 0.8 + noise, 0, TOP).astype(np.int64)


def _best(rows: Any, cost: Any, best: int | None) -> Any:
    here, there = rows
    if best is not None and len(there) > best:
        column = np.argpartition(cost, best, axis=1)[:, :best]
    else:
        column = np.tile(np.arange(len(there)), (len(here), 1))
    kept = np.take_along_axis(cost, column, axis=1)
    allowed = kept < FORBIDDEN
    row = np.repeat(here, column.shape[1]).reshape(column.shape)
    return row[allowed], there[column][allowed], kept[allowed]


def _places(short: NDArray[np.bool_], rng: Any) -> NDArray[np.int64]:
    places = rng.integers(1, 4, len(short))
    some = rng.random(len(short)) < 0.3
    return np.maximum(0, places + np.where(some, np.where(short, -1, 1), 0))


def chains(children: int) -> Instance:
    """Return long chains: each child has two mothers, so one free place moves many children."""
    length = 200
    k = np.arange(children)
    child = np.repeat(k, 2).astype(np.int32)
    mother = np.stack([k, k + 1], axis=1).reshape(-1)
    keep = mother % length != 0
    cost = np.tile([0, TOP // 2], children) + np.repeat(k % 3, 2)
    return Instance(
        child[keep], mother[keep].astype(np.int32), cost[keep],
        np.ones(children + 1, np.int64), np.zeros(children, np.int64),
    )  # fmt: skip


def _one_tier(it: Instance, _rng: Any) -> Instance:
    return replace(it, tier=np.zeros_like(it.tier))


def _shortage(it: Instance, rng: Any) -> Instance:
    return replace(it, places=(it.places * 0.75 + rng.random(len(it.places))).astype(np.int64))


def _slack(it: Instance, rng: Any) -> Instance:
    return replace(it, places=it.places + (rng.random(len(it.places)) < 0.5))


def _ties(it: Instance, _rng: Any) -> Instance:
    return replace(it, cost=it.cost // 200 * 200)


def _popular(it: Instance, _rng: Any) -> Instance:
    liked = np.where(np.arange(len(it.places)) % 50 == 0, -300, 300)[it.mother]
    return replace(it, cost=np.clip(it.cost + liked, 0, TOP))


def _few_large(it: Instance, rng: Any) -> Instance:
    large = np.arange(len(it.places)) % 10 == 0
    return replace(it, places=np.where(large, rng.integers(10, 30, len(large)), 0))


def _no_geography(it: Instance, rng: Any) -> Instance:
    mother = rng.integers(0, len(it.places), len(it.mother))
    key = it.child.astype(np.int64) * len(it.places) + mother
    one = np.unique(key, return_index=True)[1]
    pairs = {"child": it.child[one], "mother": mother[one].astype(np.int32)}
    return replace(it, cost=it.cost[one], **pairs)


CHANGES: dict[str, Callable[[Instance, Any], Instance]] = {
    "one tier": _one_tier,
    "shortage": _shortage,
    "slack": _slack,
    "ties": _ties,
    "popular": _popular,
    "few large": _few_large,
    "no geography": _no_geography,
}
SHAPES = ("towns", *CHANGES, "chains")
ALL = "all pairs"
"""The towns with every pair of a neighbourhood, not each child's best alone."""


def shaped(shape: str, children: int) -> Instance:
    """Return the instance of a named shape."""
    if shape == "chains":
        return chains(children)
    if shape == ALL:
        return towns(children, best=None)
    it = towns(children)
    return CHANGES[shape](it, np.random.default_rng(3)) if shape in CHANGES else it
