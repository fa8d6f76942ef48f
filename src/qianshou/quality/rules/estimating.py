"""How good the linkage is, from a stratified sample: precision and recall with an interval.

Point estimates are the stratified ones of Cochran (Sampling Techniques, 3rd ed., 1977, chapter
5): each stratum's share, weighted by its size. The interval takes each stratum's share from its
Jeffreys posterior (Brown, Cai and DasGupta, Interval Estimation for a Binomial Proportion,
Statistical Science 16, 2001) and carries it through to both ratios by drawing. A stratum that was
labelled as a whole has no doubt left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
DRAWS: Final = 4000
LEVEL: Final = 0.95
_SEED: Final = 20_011_216


@dataclass(frozen=True)
class Stratum:
    """One kind of pair: how many there are, how many were labelled, how many are one child."""

    code: str
    linked: bool
    size: int
    labelled: int
    same: int

    @property
    def share(self) -> float:
        """Return the share of one child's pairs among those labelled."""
        return self.same / self.labelled if self.labelled else 0.0


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Quality:
    """How many of the links are right, and how many of the right pairs are linked."""

    precision: Estimate
    recall: Estimate
    labelled: int


def quality(strata: Sequence[Stratum]) -> Quality | None:
    """Estimate precision and recall; None until every stratum has an answer."""
    asked = [each for each in strata if each.size]
    if not any(each.linked for each in asked) or any(not each.labelled for each in asked):
        return None
    rng = np.random.default_rng(_SEED)
    drawn = {each.code: _drawn(each, rng) for each in asked}
    plain = {each.code: np.array([each.share]) for each in asked}
    precision, recall = (
        _estimate(ratio(asked, plain), ratio(asked, drawn)) for ratio in (_precision, _recall)
    )
    return Quality(precision, recall, sum(each.labelled for each in asked))


def _drawn(stratum: Stratum, rng: np.random.Generator) -> Floats:
    if stratum.labelled >= stratum.size:
        return np.full(DRAWS, stratum.share)
    other = stratum.labelled - stratum.same
    return rng.beta(stratum.same + 0.5, other + 0.5, DRAWS)


def _precision(strata: Sequence[Stratum], shares: dict[str, Floats]) -> Floats:
    linked = [each for each in strata if each.linked]
    return _found(linked, shares) / sum(each.size for each in linked)


def _recall(strata: Sequence[Stratum], shares: dict[str, Floats]) -> Floats:
    found = _found([each for each in strata if each.linked], shares)
    missed = _found([each for each in strata if not each.linked], shares)
    return found / np.maximum(found + missed, 1e-9)


def _found(strata: Sequence[Stratum], shares: dict[str, Floats]) -> Floats:
    total = np.zeros(1)
    for each in strata:
        total = total + each.size * shares[each.code]
    return total


def _estimate(plain: Floats, drawn: Floats) -> Estimate:
    value, tail = float(plain[0]), (1 - LEVEL) / 2
    low, high = np.quantile(drawn, (tail, 1 - tail))
    return Estimate(value, min(float(low), value), max(float(high), value))


def allocation(sizes: dict[str, int], total: int, *, least: int = 10) -> dict[str, int]:
    """Divide the labels among the strata: by the root of the size, `least` for each that has so.

    By size alone, the large strata in which everything is clear would take all the work.
    """
    roots = {code: size**0.5 for code, size in sizes.items() if size}
    whole = sum(roots.values()) or 1.0
    return {
        code: min(sizes[code], max(least, round(total * root / whole)))
        for code, root in roots.items()
    }
