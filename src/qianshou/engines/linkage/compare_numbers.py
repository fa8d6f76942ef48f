"""Comparing identity numbers, birth dates, reference codes and plain categories."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA

from qianshou.engines.linkage import calendar
from qianshou.engines.linkage.coded import Bools, Coded, Ints, where
from qianshou.engines.linkage.digits import Bytes, letters
from qianshou.engines.linkage.prepare import Prepared

Levels = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]


# Fewer pairs are sooner measured one by one than gathered.
_FEW = 32
# A mask shows at least so many digits, or the number says nothing.
FEWEST_SEEN = 7


def edits(values: Sequence[str], a: Ints, b: Ints, *, most: int) -> Ints:
    """Give the edit distance (adjacent swap = 1) of pairs of values, `most` + 1 if larger.

    Each different pair of values is measured once.
    """
    if not len(a):
        return np.zeros(0, np.int64)
    if len(a) <= _FEW:
        few = zip(a.tolist(), b.tolist(), strict=True)
        return np.array(
            [OSA.distance(values[x], values[y], score_cutoff=most) for x, y in few], np.int64
        )
    low, high = np.minimum(a, b), np.maximum(a, b)
    pairs, inverse = np.unique(low * len(values) + high, return_inverse=True)
    left = [values[i] for i in (pairs // len(values)).tolist()]
    right = [values[i] for i in (pairs % len(values)).tolist()]
    found = process.cpdist(left, right, scorer=OSA.distance, score_cutoff=most, dtype=np.int64)
    result: Ints = found[inverse]
    return result


class Identity:
    """Resident identity numbers; two different valid ones are two persons."""

    name = "id_number"
    levels = ("missing", "equal", "conflict", "masked", "one_edit", "two_edits", "else", "cut")
    typical = (0.0, 24.0, -24.0, 14.0, 13.0, 9.0, -5.0, 4.0)

    def __init__(self, data: Prepared) -> None:
        self._number = data.get("number")
        self._valid = data.id_valid if len(data.id_valid) else np.zeros(data.rows, np.bool_)
        self._completed = (
            data.id_completed if len(data.id_completed) else np.zeros(data.rows, np.bool_)
        )
        self._ends, self._bytes = data.number_ends, data.number_signs

    def measure(self, a: Ints, b: Ints) -> Levels:
        """Give the level of each pair."""
        codes = self._number.codes
        left, right = codes[a], codes[b]
        found = np.zeros(len(a), np.int8)
        known = (left >= 0) & (right >= 0)
        found[known] = 6
        found[known & (left == right)] = 1
        both = self._valid[a] & self._valid[b]
        conflict = known & (left != right) & both
        found[conflict] = 2
        # A birthday that was filled in may be the wrong one; region, order and check digit agree.
        guessed = self._completed[a] | self._completed[b]
        found[conflict & guessed & (self._ends[a] == self._ends[b])] = 3
        rest = where(found == 6)
        if len(rest):
            found[rest] = self._resembling(left[rest], right[rest])
        return found

    def _resembling(self, left: Ints, right: Ints) -> Levels:
        x, y = self._bytes[left], self._bytes[right]
        star = ord("*")
        seen = (x != star) & (y != star)
        differing = (seen & (x != y)).sum(axis=1)
        found = np.full(len(left), 6, np.int8)
        cut = (differing == 0) & (seen.sum(axis=1) >= FEWEST_SEEN) & ~seen.all(axis=1)
        # Region and birthday in front are known anyway; only the order at the end says who it is.
        found[cut] = np.where(seen[cut, 14:17].all(axis=1), 3, 7)
        # A digit too many or too few shifts the rest, but seldom within the region in front.
        region = (x[:, :6] == y[:, :6]).all(axis=1)
        near = where(~cut & ((differing <= 4) | region & (differing <= 12)))
        distance = edits(self._number.values, left[near], right[near], most=2)
        found[near[distance == 1]] = 4
        found[near[distance == 2]] = 5
        found[(differing == 0) & ~cut & ~seen.all(axis=1)] = 0
        masked = ~cut & ~seen.all(axis=1) & (found == 6)
        found[masked & (differing == 1)] = 4
        found[masked & (differing == 2)] = 5
        return found


class Birth:
    """Birth dates; a valid identity number offers a second date beside the typed one."""

    name = "birth"
    levels = ("missing", "equal", "partial", "lunar", "swapped", "one_edit", "same_year", "else")
    typical = (0.0, 12.0, 4.0, 4.0, 4.0, 1.0, -4.0, -9.0)

    def __init__(self, data: Prepared) -> None:
        self._options = data.options("birth")
        self._proved = data.id_valid if len(data.id_valid) else np.zeros(data.rows, np.bool_)
        self._completed = (
            data.id_completed if len(data.id_completed) else np.zeros(data.rows, np.bool_)
        )
        self._number = data.get("number").codes
        self._values = self._options[0].values
        self._digits = letters(self._values, 8)
        self._odd = np.array([len(value) != 8 for value in self._values], np.bool_)
        place = {value: code for code, value in enumerate(self._values)}
        solar = [calendar.solar_of_lunar(value) for value in self._values]
        # The code of the date that a lunar one means; -2 is nobody's.
        self._lunar = np.array([place.get(date or "", -2) for date in solar], np.int64)

    def measure(self, a: Ints, b: Ints) -> Levels:
        """Give the best level that any of the known dates supports."""
        found = self._best(a, b)
        # Two valid numbers have said all there is; counting their dates again would teach the
        # model that typed dates are never wrong.
        # Of two different numbers, one filled in with its birthday, the dates are as typed.
        guessed = (self._completed[a] | self._completed[b]) & (self._number[a] != self._number[b])
        found[self._proved[a] & self._proved[b] & ~guessed] = 0
        return found

    def least_chance(self, u: Floats) -> Floats:
        """Raise the chance of equal dates to what chance makes of equal years.

        In small tables nearly all equal dates are of one person, and what is left after taking
        those out is noise around nought.
        """
        found = u.copy()
        found[1] = max(found[1], u[6] / 400)
        return found

    def quite_other(self, a: Ints, b: Ints) -> Bools:
        """Tell which pairs have known dates that share neither the year nor month and day."""
        found = self._best(a, b) == 7
        rows = where(found)
        left, right = self._options[0].codes[a[rows]], self._options[0].codes[b[rows]]
        x, y = self._digits[np.maximum(left, 0)], self._digits[np.maximum(right, 0)]
        found[rows] = ~((x[:, 4:] == y[:, 4:]).all(axis=1) & (left >= 0) & (right >= 0))
        result: Bools = found
        return result

    def _best(self, a: Ints, b: Ints) -> Levels:
        found = np.zeros(len(a), np.int8)
        for x in self._options:
            for y in self._options:
                one = self._one(x.codes[a], y.codes[b])
                better = (one > 0) & ((found == 0) | (one < found))
                found[better] = one[better]
        return found

    def _one(self, left: Ints, right: Ints) -> Levels:
        found = np.zeros(len(left), np.int8)
        known = (left >= 0) & (right >= 0)
        found[known] = 7
        found[known & (left == right)] = 1
        rest = where(found == 7)
        if len(rest):
            found[rest] = self._resembling(left[rest], right[rest])
        return found

    def _resembling(self, left: Ints, right: Ints) -> Levels:
        x, y = self._digits[left], self._digits[right]
        same = x == y
        differing = (~same).sum(axis=1)
        year = same[:, :4].all(axis=1)
        found = np.where(year, 6, 7).astype(np.int8)
        found[(differing == 1) | _transposed(x, y, differing)] = 5
        # A damaged date can speak for a pair, not against it.
        odd = where(self._odd[left] | self._odd[right])
        found[odd] = np.where(edits(self._values, left[odd], right[odd], most=1) == 1, 5, 0)
        swap = year & (x[:, 4:6] == y[:, 6:]).all(axis=1) & (x[:, 6:] == y[:, 4:6]).all(axis=1)
        found[swap] = 4
        lunar = (self._lunar[left] == right) | (self._lunar[right] == left)
        found[lunar] = 3
        partial = year & (_unknown(x, y, 4) | same[:, 4:6].all(axis=1)) & _unknown(x, y, 6)
        found[partial] = 2
        return found


def _unknown(x: Bytes, y: Bytes, start: int) -> Bools:
    """Tell where month (4) or day (6) is 00 on either side."""
    nought = ord("0")
    one = (x[:, start : start + 2] == nought).all(axis=1)
    found: Bools = one | (y[:, start : start + 2] == nought).all(axis=1)
    return found


def _transposed(x: Bytes, y: Bytes, differing: Ints) -> Bools:
    found = np.zeros(len(x), np.bool_)
    rows = where(differing == 2)
    if len(rows):
        p, q = x[rows], y[rows]
        crossed = (p[:, :-1] == q[:, 1:]) & (p[:, 1:] == q[:, :-1]) & (p[:, :-1] != p[:, 1:])
        found[rows] = crossed.any(axis=1)
    return found


class Equal:
    """A category that agrees or does not."""

    levels = ("missing", "equal", "else")

    def __init__(
        self,
        data: Prepared,
        column: str,
        name: str,
        *,
        typical: tuple[float, ...] = (0.0, 1.0, -6.0),
    ) -> None:
        self.name, self.typical = name, typical
        self._codes = data.get(column).codes

    def measure(self, a: Ints, b: Ints) -> Levels:
        """Give the level of each pair."""
        left, right = self._codes[a], self._codes[b]
        found = np.where(left == right, 1, 2).astype(np.int8)
        found[(left < 0) | (right < 0)] = 0
        return found


class Code:
    """Reference numbers, telephones and further dates: digits and letters with typing slips."""

    levels = ("missing", "equal", "one_edit", "two_edits", "else")
    typical = (0.0, 10.0, 6.0, 2.0, -4.0)

    def __init__(self, data: Prepared, name: str) -> None:
        self.name = name
        self._column = data.get(name)
        lengths = [len(value) for value in self._column.values] or [0]
        # In a code of three signs two edits say nothing.
        self._most = 2 if float(np.median(lengths)) >= 6 else 1

    def common(self) -> dict[int, Coded]:
        """Give the column whose frequent values weigh less when equal."""
        return {1: self._column}

    def measure(self, a: Ints, b: Ints) -> Levels:
        """Give the level of each pair."""
        left, right = self._column.codes[a], self._column.codes[b]
        found = np.zeros(len(a), np.int8)
        known = (left >= 0) & (right >= 0)
        found[known] = 4
        found[known & (left == right)] = 1
        rest = where(found == 4)
        distance = edits(self._column.values, left[rest], right[rest], most=self._most)
        found[rest[distance == 1]] = 2
        if self._most == 2:
            found[rest[distance == 2]] = 3
        return found


class Amount:
    """Plain numbers: equal, within a twentieth, or not."""

    levels = ("missing", "equal", "close", "else")
    typical = (0.0, 6.0, 2.0, -3.0)

    def __init__(self, data: Prepared, name: str) -> None:
        self.name = name
        column = data.get(name)
        table = np.array([float(value) for value in column.values] + [np.nan])
        self._numbers = table[column.codes]

    def measure(self, a: Ints, b: Ints) -> Levels:
        """Give the level of each pair."""
        x, y = self._numbers[a], self._numbers[b]
        gap = np.abs(x - y)
        found = np.full(len(a), 3, np.int8)
        found[gap <= 0.05 * np.maximum(np.abs(x), np.abs(y))] = 2
        found[gap == 0] = 1
        found[np.isnan(gap)] = 0
        return found
