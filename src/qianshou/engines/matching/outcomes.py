"""Learns from how pairings went: which parts of a score really keep them, and what weights follow.

A proportional-hazards model with a constant base rate: a pairing's risk of an early end each month
is multiplied by a factor for every part of its score. It is fitted by Newton's method on a handful
of numbers that anybody can read. It only proposes; a person decides about weights.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qianshou.engines.matching.policy import PARTS

Reals = NDArray[np.float64]

ENOUGH = 10
"""Early ends per part below which a model is not to be trusted."""

CAUTION = 1.0
"""Strength of the prior that a part has no effect: an effect of 1 is one standard deviation."""

DRAWS = 2000
"""Draws from the uncertainty of the effects that the intervals of the weights come from."""

Z = 1.959963984540054


@dataclass(frozen=True)
class Effect:
    """How a part changes the risk of an early end, from none of its points to all of them.

    ``ratio`` below 1 protects; the interval is of 95 %.
    """

    ratio: float
    low: float
    high: float


@dataclass(frozen=True)
class Proposal:
    """Weights that follow from the outcomes, with intervals; per mille, adding up to 1000.

    ``is_enough`` is false when too few pairings have ended early to learn from; then nothing
    should change. ``monthly_risk`` is that of a pairing with average points.
    """

    pairings: int
    early_ends: int
    is_enough: bool
    monthly_risk: float
    effects: dict[str, Effect]
    weights: dict[str, int]
    intervals: dict[str, tuple[int, int]]


def propose_weights(
    points: NDArray[np.int64],
    months: Reals,
    ended_early: NDArray[np.bool_],
    *,
    current: Mapping[str, int],
    seed: int = 1,
) -> Proposal:
    """Fit the model and propose weights in proportion to how much each part protects.

    ``points`` are 0..1000, one column for each of `PARTS`; ``months`` is how long each pairing was
    under way, ``ended_early`` whether that was its end. Parts that do not protect get no weight;
    when nothing protects, or too little is known, the current weights stay.
    """
    centred = points / 1000 - (points / 1000).mean(axis=0) if len(points) else points / 1000.0
    design = np.column_stack([np.ones(len(months)), centred])
    effect, spread = _fitted(design, np.asarray(months, float), np.asarray(ended_early, float))
    rng = np.random.default_rng(seed)
    drawn = rng.multivariate_normal(effect, spread, DRAWS)[:, 1:]
    shares = np.array([_shares(one) for one in drawn if (one < 0).any()])
    error = np.sqrt(np.diag(spread))[1:]
    ends = int(np.sum(ended_early))
    enough = ends >= ENOUGH * len(PARTS) and bool((effect[1:] < 0).any())
    low, high = np.quantile(shares, [0.025, 0.975], axis=0) * 1000
    return Proposal(
        pairings=len(months),
        early_ends=ends,
        is_enough=enough,
        monthly_risk=float(np.exp(effect[0])),
        effects={
            name: Effect(*np.exp([b, b - Z * s, b + Z * s]).tolist())
            for name, b, s in zip(PARTS, effect[1:], error, strict=True)
        },
        weights=_whole(_shares(effect[1:])) if enough else dict(current),
        intervals={
            name: (int(np.floor(a)), int(np.ceil(b)))
            for name, a, b in zip(PARTS, low, high, strict=True)
        },
    )


def _fitted(design: Reals, months: Reals, ended: Reals) -> tuple[Reals, Reals]:
    """Return effects on the logarithm of the risk and their covariance; the base rate is first."""
    effect = np.zeros(design.shape[1])
    effect[0] = np.log((ended.sum() + 0.5) / (months.sum() + 1.0))
    prior = np.diag([1e-6, *np.full(len(effect) - 1, 1 / CAUTION**2)])
    information = prior
    for _ in range(50):
        expected = months * np.exp(np.clip(design @ effect, -30, 30))
        slope = design.T @ (ended - expected) - prior @ effect
        information = design.T @ (design * expected[:, None]) + prior
        step = np.clip(np.linalg.solve(information, slope), -2, 2)
        effect = effect + step
        if np.abs(step).max() < 1e-9:
            break
    return effect, np.linalg.inv(information)


def _shares(effects: Reals) -> Reals:
    """Return each part's share of all protection; an effect that harms counts as none."""
    protection = np.maximum(-effects, 0)
    shares: Reals = protection / (protection.sum() or 1.0)
    return shares


def _whole(shares: Reals) -> dict[str, int]:
    """Return shares as whole per mille; what rounding leaves goes to the largest remainders."""
    whole = np.floor(shares * 1000).astype(int)
    short = 1000 - int(whole.sum())
    for k in np.argsort(whole - shares * 1000, kind="stable")[:short]:
        whole[k] += 1
    return dict(zip(PARTS, whole.tolist(), strict=True))
