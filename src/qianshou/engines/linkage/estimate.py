"""Estimating a model without labels: u from random pairs, m and the prior by EM on patterns.

Pairs are aggregated to patterns of levels first, so the iterations cost nothing.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from qianshou.engines.linkage import compare
from qianshou.engines.linkage.coded import Ints, portions
from qianshou.engines.linkage.compare import Comparison
from qianshou.engines.linkage.compare_numbers import Birth
from qianshou.engines.linkage.model import Model, Weights
from qianshou.engines.linkage.prepare import Prepared

Floats = npt.NDArray[np.float64]

# Up to so many patterns are counted, more are sorted.
_COUNTED = 1 << 20
_RANDOM_HAN = 1_000_000
_RANDOM_LATIN = 300_000
_ITERATIONS = 200
_SMALLEST_U = 1e-8
# What one level may say at most, in bits; a coincidence of registers is never proof.
_MOST_BITS = 24.0
# A level is worth its usual weight as long as fewer pairs than this have shown it.
_FEW = 5.0
# Disagreement short of two valid numbers is never proof of two persons.
_LEAST_BITS = -12.0
# Same birthday and household with another name is a twin: fixed, for EM would learn errors of
# twins as errors of names (linkage study 1.5).
_FIXED_BITS = {
    ("name", "twin"): -15.6,
    ("name", "sibling"): -10.0,
    ("id_number", "conflict"): -24.0,
    # Twins share the front of their numbers nine times in ten.
    ("id_number", "cut"): 4.0,
    # By chance no two persons have one number; by mistake they sometimes do.
    ("id_number", "equal"): 24.0,
}


@dataclasses.dataclass(frozen=True)
class Patterns:
    """Different rows of levels with the number of pairs that show them."""

    levels: npt.NDArray[np.int8]
    counts: Floats
    inverse: Ints


def patterns(levels: npt.NDArray[np.int8], sizes: Sequence[int]) -> Patterns:
    """Aggregate pairs to patterns; `inverse` says which pattern each pair has."""
    code = np.zeros(len(levels), np.int64)
    for here in portions(len(levels)):
        some = code[here]
        for column, size in enumerate(sizes):
            some *= size
            some += levels[here, column]
    if math.prod(sizes) <= _COUNTED:
        return _counted_up(levels, code, span=math.prod(sizes))
    _, first, inverse, counts = np.unique(
        code, return_index=True, return_inverse=True, return_counts=True
    )
    return Patterns(levels[first], counts.astype(np.float64), inverse)


def _counted_up(levels: npt.NDArray[np.int8], code: Ints, *, span: int) -> Patterns:
    """Do the same where there is a place to count each pattern that could be: nothing is sorted."""
    counts = np.bincount(code, minlength=span)
    shown = np.flatnonzero(counts)
    number, some = np.zeros(span, np.int64), np.zeros(span, np.int64)
    number[shown] = np.arange(len(shown))
    some[code] = np.arange(len(code))
    return Patterns(levels[some[shown]], counts[shown].astype(np.float64), number[code])


def pair_total(data: Prepared) -> float:
    """Count the pairs of rows that the mode allows to be one person."""
    everything = data.rows * (data.rows - 1) / 2
    within = float((data.sources.counts() * (data.sources.counts() - 1) / 2).sum())
    match data.spec.mode:
        case "link":
            return max(everything - within, 1.0)
        case "dedupe":
            return max(within, 1.0)
        case _:
            return max(everything, 1.0)


def random_pairs(data: Prepared, seed: int = 7) -> tuple[Ints, Ints]:
    """Draw pairs of rows at random, as many as keep the estimate cheap."""
    wanted = _RANDOM_HAN if data.han else _RANDOM_LATIN
    rng = np.random.default_rng(seed)
    a = rng.integers(0, data.rows, wanted)
    b = rng.integers(0, data.rows, wanted)
    keep = a != b
    sources = data.sources.codes
    if data.spec.mode == "link":
        keep &= sources[a] != sources[b]
    elif data.spec.mode == "dedupe":
        keep &= sources[a] == sources[b]
    return a[keep], b[keep]


def estimate(data: Prepared, comparisons: Sequence[Comparison], found: Patterns) -> Model:
    """Estimate the model from the candidate patterns of this table."""
    a, b = random_pairs(data)
    chance = compare.measure(comparisons, a, b)
    if (chance <= 1).all():
        # All rows are alike: nothing was seen of strangers, so chance is unknown.
        chance = chance[:0]
    drawn = [np.bincount(chance[:, i], minlength=len(c.levels)) for i, c in enumerate(comparisons)]
    mixture = _Mixture(
        comparisons, found, pair_total(data), drawn=drawn, shared=_shared(data, comparisons)
    )
    mixture.run(data.rows)
    parts = {}
    # A small table has fewer pairs than were drawn, and shows a level no oftener for that.
    different = min(pair_total(data) / max(len(chance), 1), 1.0)
    for i, c in enumerate(comparisons):
        shown = different * drawn[i] + mixture.held[i]
        parts[c.name] = _weights(c, (mixture.m[i], mixture.u[i]), shown)
    return Model(
        parts,
        rows=data.rows,
        matches_per_row=mixture.share * mixture.total / data.rows,
        pair_share=mixture.total / max(data.rows * (data.rows - 1) / 2, 1.0),
        household=mixture.household_bits(),
        households_per_row=mixture.home_share * mixture.total / data.rows,
    )


# What two people of one household do not share.
_PERSONAL = frozenset(("given_name", "date", "id", "sex"))


def _shared(data: Prepared, comparisons: Sequence[Comparison]) -> list[bool]:
    """Tell which comparisons a household has in common; empty if that says nothing here.

    Children's rows of departments have the household comparison and the levels of twins and
    siblings instead, which was measured to be as good and is easier to explain.
    """
    meanings = [_meaning(data, c.name) for c in comparisons]
    found = [meaning not in _PERSONAL for meaning in meanings]
    apart = not _PERSONAL.isdisjoint(meanings) or "name" in meanings
    return found if not data.spec.minors and apart and sum(found) >= 2 else []


def _meaning(data: Prepared, comparison: str) -> str:
    fixed = {"birth": "date", "id_number": "id", "name.given": "given_name"}
    return data.spec.fields.get(comparison, fixed.get(comparison, comparison))


class _Mixture:
    """Expectation-maximisation over patterns: one person, one household, strangers.

    `m`, `h`, `u` hold the rates of the levels in these three kinds of pairs; without shared
    comparisons there are no households and the middle kind is absent.
    """

    def __init__(
        self,
        comparisons: Sequence[Comparison],
        found: Patterns,
        total: float,
        *,
        drawn: Sequence[npt.NDArray[np.int64]],
        shared: Sequence[bool],
    ) -> None:
        self.comparisons, self.found, self.total = comparisons, found, total
        self.shared = shared or [False] * len(comparisons)
        self.floor = max(0.5 / max(int(drawn[0].sum()), 1), _SMALLEST_U) if drawn else _SMALLEST_U
        self.seen = [_shares(counts) for counts in drawn]
        self.u = [np.maximum(s, self.floor) for s in self.seen]
        self.m = [_start(len(c.levels)) for c in comparisons]
        self.h = [_start_home(c) for c in comparisons]
        self.share = self.home_share = 0.0
        self.held = [np.zeros(len(c.levels)) for c in comparisons]

    def run(self, rows: int) -> None:
        """Iterate until the share of matches stands still."""
        self.share = min(0.3 * rows / self.total, 0.2)
        self.home_share = self.share / 3 if any(self.shared) else 0.0
        for _ in range(_ITERATIONS):
            before = self.share
            self._step()
            if abs(self.share - before) < 1e-7 * before:
                break

    def _step(self) -> None:
        same, home = self._posteriors()
        weight, lived = self.found.counts * same, self.found.counts * home
        self.share = min(max(float(weight.sum()), 1.0) / self.total, 0.5)
        if any(self.shared):
            self.home_share = min(max(float(lived.sum()), 1e-3) / self.total, 0.4)
        for i, c in enumerate(self.comparisons):
            column, size = self.found.levels[:, i], len(c.levels)
            self.held[i] = _counted(column, weight, size)
            self.m[i] = _learn(self.held[i])
            known = self.share * self.m[i]
            if self.shared[i]:
                self.h[i] = _learn(_counted(column, lived, size))
                known = known + self.home_share * self.h[i]
            rest = 1 - self.share - (self.home_share if self.shared[i] else 0.0)
            self.u[i] = np.maximum((self.seen[i] - known) / rest, self.floor)
            if isinstance(c, Birth):
                self.u[i] = c.least_chance(self.u[i])

    def _posteriors(self) -> tuple[Floats, Floats]:
        """Give for each pattern how likely it is one person, and one household."""
        size = len(self.found.counts)
        person = np.full(size, np.log2(self.share / (1 - self.share)))
        home = np.full(size, np.log2(max(self.home_share, 1e-300)))
        for i, c in enumerate(self.comparisons):
            column = self.found.levels[:, i]
            person += _bits(c, self.m[i], self.u[i])[column]
            if self.shared[i]:
                home += _bits(c, self.h[i], self.u[i])[column]
        one, other = np.exp2(np.clip(person, -200, 200)), np.exp2(np.clip(home, -200, 200))
        everything = 1 + one + other
        return one / everything, other / everything

    def household_bits(self) -> dict[str, tuple[float, ...]]:
        """Give the weights for one household against strangers, of the comparisons it shares."""
        return {
            c.name: tuple(round(float(x), 6) for x in _bits(c, self.h[i], self.u[i]))
            for i, c in enumerate(self.comparisons)
            if self.shared[i]
        }


def _shares(drawn: npt.NDArray[np.int64]) -> Floats:
    """Give the share of each level among pairs where both sides are known."""
    counts = drawn.astype(np.float64)
    counts[0] = 0
    known = counts.sum()
    result: Floats = counts / known if known else np.full(len(counts), 1 / len(counts))
    return result


def _start(size: int) -> Floats:
    """Give a first guess of m: nine in ten of one person's pairs agree in full."""
    found = np.full(size, 0.1 / max(size - 2, 1))
    found[0], found[1] = 0, 0.9
    return found


def _start_home(comparison: Comparison) -> Floats:
    """Give a first guess for two people of one household: all but the whole name agrees."""
    found = _start(len(comparison.levels))
    if comparison.name.startswith("name"):
        found[1:] = 1 / (len(found) - 1)
        found[1] = 0.01
    result: Floats = found / found.sum()
    return result


def _counted(column: npt.NDArray[np.int8], weight: Floats, size: int) -> Floats:
    return np.bincount(column, weights=weight, minlength=size).astype(np.float64)


def _learn(held: Floats) -> Floats:
    """Turn counts of levels into rates."""
    counts = held.copy()
    counts[0] = 0
    # A little of the first guess keeps rare levels from becoming impossible.
    mixed = counts + 2.0 * _start(len(counts)) + (0.05 if counts.sum() else 0.0)
    mixed[0] = 0
    result: Floats = mixed / mixed.sum()
    return result


def _fixed(comparison: Comparison) -> list[tuple[int, float]]:
    """Give the levels whose weight is not estimated, by number."""
    own: Mapping[str, float] = getattr(comparison, "fixed_bits", {})
    known = {
        level: own.get(level, _FIXED_BITS.get((comparison.name, level)))
        for level in comparison.levels
    }
    return [
        (i, bits) for i, level in enumerate(comparison.levels) if (bits := known[level]) is not None
    ]


def _bits(comparison: Comparison, m: Floats, u: Floats) -> Floats:
    bits = np.log2(np.maximum(m, 1e-9)) - np.log2(np.maximum(u, 1e-12))
    bits = np.clip(bits, -_MOST_BITS, _MOST_BITS)
    bits[0] = 0
    for index, fixed in _fixed(comparison):
        bits[index] = fixed
    result: Floats = bits
    return result


def _weights(comparison: Comparison, rates: tuple[Floats, Floats], shown: Floats) -> Weights:
    m, u = rates
    trust = shown / (shown + _FEW)
    bits = trust * _bits(comparison, m, u) + (1 - trust) * np.array(comparison.typical)
    bits = np.maximum(bits, _LEAST_BITS)
    for index, fixed in _fixed(comparison):
        bits[index] = fixed
    return Weights(
        tuple(comparison.levels),
        tuple(round(float(x), 9) for x in m),
        tuple(round(float(x), 12) for x in u),
        tuple(round(float(x), 6) for x in bits),
    )
