"""Who is paired less often or worse: rates by group with intervals, and who is surely last."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qianshou.engines.matching.plan import Plan

Z = 1.959963984540054
"""Standard deviations of a two-sided interval of 95 %."""


@dataclass(frozen=True)
class Rate:
    """A share with its 95 % interval by Wilson, which holds for small groups and shares near 1."""

    share: float
    low: float
    high: float


@dataclass(frozen=True)
class GroupFigures:
    """How one group of children fares.

    ``waiting_days`` is the mean wait of those left over. ``is_last`` tells that the group's
    interval lies wholly below the rate of all other children: not by chance, and not by being
    small.
    """

    value: str
    children: int
    paired: Rate
    mean_score: float
    score_margin: float
    waiting_days: float
    is_last: bool


def wilson(successes: int, trials: int) -> Rate:
    """Return a share and its 95 % interval; (0, 0, 1) when nothing was tried."""
    if trials == 0:
        return Rate(0.0, 0.0, 1.0)
    share, weight = successes / trials, Z * Z / trials
    middle = (share + weight / 2) / (1 + weight)
    half = Z * math.sqrt(share * (1 - share) / trials + weight / trials / 4) / (1 + weight)
    return Rate(share, max(0.0, middle - half), min(1.0, middle + half))


@dataclass(frozen=True)
class Results:
    """What became of children who asked for a mother, one row each, from a plan or from records.

    ``score`` is read for the paired, ``waiting_days`` for those left over.
    """

    paired: NDArray[np.bool_]
    score: NDArray[np.int64]
    waiting_days: NDArray[np.int64]


def report(plan: Plan, attributes: Mapping[str, Sequence[str]]) -> dict[str, list[GroupFigures]]:
    """Return figures by attribute ("sex", "town", ...) and value; the lowest rate first.

    ``attributes`` give each child's value, in the order of the plan's children. Children without
    consent take no part.
    """
    silent = {one.child for one in plan.left_over if one.reason == "no_consent"}
    asked = np.array([k not in silent for k in range(len(plan.children.ids))], bool)
    results = Results(
        (plan.mate >= 0)[asked],
        plan.score[asked].astype(np.int64),
        plan.children.waiting_days[asked].astype(np.int64),
    )
    chosen = {name: np.array(values, np.str_)[asked] for name, values in attributes.items()}
    every = {name: np.unique(np.array(values, np.str_)) for name, values in attributes.items()}
    return {
        name: _ordered(_group(results, value, column == value) for value in every[name].tolist())
        for name, column in chosen.items()
    }


def report_on(
    results: Results, attributes: Mapping[str, Sequence[str]]
) -> dict[str, list[GroupFigures]]:
    """Return the same figures from records instead of a plan."""
    columns = {name: np.array(values, np.str_) for name, values in attributes.items()}
    return {
        name: _ordered(
            _group(results, value, column == value) for value in np.unique(column).tolist()
        )
        for name, column in columns.items()
    }


def _ordered(groups: Iterable[GroupFigures]) -> list[GroupFigures]:
    return sorted(groups, key=lambda one: (one.paired.share, one.value))


def _group(results: Results, value: str, inside: NDArray[np.bool_]) -> GroupFigures:
    paired = results.paired
    rate = wilson(int((paired & inside).sum()), int(inside.sum()))
    rest = paired[~inside].mean() if not inside.all() else 0.0
    scores = results.score[paired & inside].astype(float)
    waiting = results.waiting_days[inside & ~paired]
    return GroupFigures(
        value=value,
        children=int(inside.sum()),
        paired=rate,
        mean_score=float(scores.mean()) if len(scores) else 0.0,
        score_margin=_margin(scores),
        waiting_days=float(waiting.mean()) if len(waiting) else 0.0,
        is_last=bool(inside.any() and rate.high < rest),
    )


def _margin(scores: NDArray[np.float64]) -> float:
    """Return half of the 95 % interval of a mean; infinite when one score cannot tell."""
    if len(scores) < 2:
        return math.inf
    return float(Z * scores.std(ddof=1) / math.sqrt(len(scores)))
