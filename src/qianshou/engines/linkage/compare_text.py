"""Comparing words in any script: Latin names, addresses, free text."""

import dataclasses

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler

from qianshou.engines.linkage import coded
from qianshou.engines.linkage.coded import Bools, Coded, Ints
from qianshou.engines.linkage.prepare import Prepared

Levels = npt.NDArray[np.int8]
_STEPS = (0.94, 0.88, 0.78)
# Exchanged names may hold slips, but must both be this much alike.
_CROSSED = 0.86


def likeness(values: list[str], left: Ints, right: Ints) -> npt.NDArray[np.float32]:
    """Give the likeness 0..1 of pairs of values, whatever order their words stand in."""
    if not len(left):
        return np.zeros(0, np.float32)
    low, high = np.minimum(left, right), np.maximum(left, right)
    pairs, inverse = np.unique(low * len(values) + high, return_inverse=True)
    x = [values[i] for i in (pairs // len(values)).tolist()]
    y = [values[i] for i in (pairs % len(values)).tolist()]
    found = process.cpdist(x, y, scorer=JaroWinkler.normalized_similarity, dtype=np.float32)
    several = [i for i, (p, q) in enumerate(zip(x, y, strict=True)) if " " in p or " " in q]
    if several:
        sorted_words = process.cpdist(
            [x[i] for i in several], [y[i] for i in several], scorer=fuzz.token_sort_ratio,
            dtype=np.float32,
        )  # fmt: skip
        # A ratio of words in order is harsher than Jaro-Winkler; 100 is equality but for order.
        found[several] = np.maximum(found[several], sorted_words / 100)
    result: npt.NDArray[np.float32] = found[inverse]
    return result


@dataclasses.dataclass(frozen=True)
class Swapped:
    """Given name and surname over one list of values, to notice fields typed the other way."""

    given: Coded
    surname: Coded
    given_name: str

    @classmethod
    def of(cls, data: Prepared, given: list[str], surname: list[str]) -> "Swapped | None":
        """Give the first of each kind of column, None if the table does not have both."""
        if not given or not surname:
            return None
        one, other = coded.aligned(data.columns[given[0]], data.columns[surname[0]])
        return cls(one, other, given[0])

    def pairs(self, a: Ints, b: Ints) -> Bools:
        """Tell for which pairs the two names agree when exchanged, slips allowed, not as typed."""
        ga, gb = self.given.codes[a], self.given.codes[b]
        sa, sb = self.surname.codes[a], self.surname.codes[b]
        known = (ga >= 0) & (sa >= 0) & (gb >= 0) & (sb >= 0)
        found: Bools = known & (ga == sb) & (sa == gb) & (ga != gb)
        first = np.array([ord(value[0]) for value in self.given.values] + [0], np.int64)
        # A slip in the first letter of both names is too rare to look for.
        rest = known & ~found & (ga != gb) & (sa != sb)
        rows = np.flatnonzero(rest & ((first[ga] == first[sb]) | (first[sa] == first[gb])))
        found[rows] = self._crossed(rows, (ga, gb), (sa, sb))
        return found

    def _crossed(self, rows: Ints, given: tuple[Ints, Ints], surname: tuple[Ints, Ints]) -> Bools:
        """Tell which rows are alike when exchanged and clearly less so as typed."""
        values = self.given.values
        (ga, gb), (sa, sb) = given, surname

        def alike(one: Ints, other: Ints) -> npt.NDArray[np.float32]:
            return likeness(values, one[rows], other[rows])

        crossed = np.minimum(alike(ga, sb), alike(sa, gb))
        straight = np.maximum(alike(ga, gb), alike(sa, sb))
        result: Bools = (crossed >= _CROSSED) & (straight < _STEPS[-1])
        return result


class Words:
    """Words by likeness in steps; given name and surname may stand in each other's field."""

    levels = ("missing", "exact", "swapped", "near", "close", "some", "else")
    typical = (0.0, 8.0, 9.0, 7.0, 4.0, 0.5, -3.0)

    def __init__(self, data: Prepared, name: str, *, swapped: Swapped | None = None) -> None:
        self.name = name
        self._column = data.get(name)
        self._swapped = swapped
        # An exchange is one event; the given name tells it, the surname adds nothing.
        told = swapped is not None and swapped.given_name != name
        self.fixed_bits = {"swapped": 0.0} if told else {}

    def common(self) -> dict[int, Coded]:
        """Give the column whose frequent values weigh less when equal."""
        return {1: self._column}

    def measure(self, a: Ints, b: Ints) -> Levels:
        """Give the level of each pair."""
        left, right = self._column.codes[a], self._column.codes[b]
        found = np.zeros(len(a), np.int8)
        known = (left >= 0) & (right >= 0)
        found[known] = 6
        found[known & (left == right)] = 1
        rest = np.flatnonzero(found == 6)
        score = likeness(self._column.values, left[rest], right[rest])
        for level, step in zip((5, 4, 3), reversed(_STEPS), strict=True):
            found[rest[score >= step]] = level
        if self._swapped is not None:
            found[self._swapped.pairs(a, b)] = 2
        return found
