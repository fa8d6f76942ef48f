"""Comparing Chinese names by writing, sound, shape and order; never by counting bytes."""

import functools

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from qianshou.engines.linkage import sounds
from qianshou.engines.linkage.coded import Bools, Coded, Ints, where
from qianshou.engines.linkage.compare_home import Household
from qianshou.engines.linkage.compare_numbers import Birth
from qianshou.engines.linkage.prepare import Prepared

Levels = npt.NDArray[np.int8]
# Names up to this length are compared sign by sign, longer ones by their spelling.
WIDTH = 5
READINGS = 3


class HanName:
    """Levels of likeness between two Chinese names, with the twin pattern among them."""

    name = "name"
    levels = (
        "missing", "exact", "sound", "near_sound", "shape", "part", "twin", "other_surname",
        "one_char", "surname", "else", "sibling",
    )  # fmt: skip
    typical = (0.0, 15.0, 11.0, 7.0, 6.0, 5.0, -15.6, 4.0, 2.0, -7.0, -10.0, -10.0)

    def __init__(self, data: Prepared, household: Household, birth: Birth) -> None:
        self._household, self._birth = household, birth
        self._births = data.options("birth")
        self._number = data.get("number")
        self._column = data.get("name")
        self._sound, self._fold = data.get("sound"), data.get("fold")
        self._surname = data.get("surname_sound")

    @functools.cached_property
    def _table(self) -> "Table":
        return Table(self._column.values)

    def measure(self, a: Ints, b: Ints) -> Levels:
        """Give the level of each pair."""
        left, right = self._column.codes[a], self._column.codes[b]
        found = np.zeros(len(a), np.int8)
        known = (left >= 0) & (right >= 0)
        found[known] = 10
        found[known & (self._surname.codes[a] == self._surname.codes[b])] = 9
        rest = where(known & (left != right))
        if len(rest):
            found[rest] = self._table.level(left[rest], right[rest], found[rest])
        found[known & (self._fold.codes[a] == self._fold.codes[b])] = 3
        found[known & (self._sound.codes[a] == self._sound.codes[b])] = 2
        found[known & (left == right)] = 1
        rest = where(found >= 8)
        if len(rest):
            found[rest[self._twins(a[rest], b[rest], found[rest] == 8)]] = 6
        rest = where((found >= 2) & (found <= 8) & (found != 6))
        if len(rest):
            found[rest[self._siblings(a[rest], b[rest])]] = 11
        return found

    def common(self) -> dict[int, Coded]:
        """Give the columns whose frequent values weigh less, by level."""
        return {1: self._column, 2: self._sound, 3: self._fold}

    def _siblings(self, a: Ints, b: Ints) -> Bools:
        """Tell which pairs of one household have quite other birthdays: names run in families."""
        same_number = (self._number.codes[a] == self._number.codes[b]) & (
            self._number.codes[a] >= 0
        )
        found = ~same_number & self._birth.quite_other(a, b)
        rows = where(found)
        if len(rows):
            found[rows] &= self._household.together(a[rows], b[rows])[0]
        result: Bools = found
        return result

    def _twins(self, a: Ints, b: Ints, named_alike: Bools) -> Bools:
        """Tell which pairs have one birthday and household but no number in common.

        Names of twins often share a character; then the township is household enough.
        """
        same = np.zeros(len(a), np.bool_)
        for x in self._births:
            for y in self._births:
                same |= (x.codes[a] == y.codes[b]) & (x.codes[a] >= 0)
        number = self._number.codes
        same &= ~((number[a] == number[b]) & (number[a] >= 0))
        rows = where(same)
        if len(rows):
            shared, near = self._household.together(a[rows], b[rows])
            same[rows] &= np.where(named_alike[rows], near, shared)
        return same


class Table:
    """Signs and readings of every different name, as arrays."""

    def __init__(self, values: list[str]) -> None:
        self._values = values
        count = len(values)
        self._length = np.array([len(value) for value in values], np.int64)
        self._signs = np.zeros((count, WIDTH), np.int64)
        self._sorted = _numbered(["".join(sorted(value)) for value in values])
        self._given = _numbered([value[len(sounds.surname_of(value)) :] for value in values])
        self._pet = np.array([pet_sign(value) for value in values], np.int64)
        for index, value in enumerate(values):
            if len(value) <= WIDTH:
                self._signs[index, : len(value)] = [ord(char) for char in value]

    @functools.cached_property
    def _said(self) -> Ints:
        """Give the folded readings of each sign, looked up once per different sign."""
        numbers: dict[str, int] = {}
        signs, inverse = np.unique(self._signs, return_inverse=True)
        table = np.zeros((len(signs), READINGS), np.int64)
        for row, sign in enumerate(signs.tolist()):
            if sign:
                said = [sounds.fold(r) for r in sounds.readings(chr(sign))][:READINGS]
                said += [said[0]] * (READINGS - len(said))
                table[row] = [numbers.setdefault(reading, len(numbers) + 1) for reading in said]
        result: Ints = table[inverse.reshape(self._signs.shape)]
        return result

    def level(self, left: Ints, right: Ints, found: Levels) -> Levels:
        """Improve the levels of pairs of different names by looking at their signs."""
        first = self._signs[left, 0] == self._signs[right, 0]
        given = self._given[left] == self._given[right]
        pet = self._nicknames(left, right)
        long = (self._length[left] > WIDTH) | (self._length[right] > WIDTH)
        found[given & (self._length[left] + self._length[right] > 4)] = 7
        short = given & ~long & ~first
        self._by_shape(found, self._signs[left], self._signs[right], rows=where(short))
        # Names that share neither surname nor anything else need no closer look.
        rows = where(first | (found == 9))
        found[rows] = self._closer(left[rows], right[rows], found[rows])
        found[pet | self._turned(left, right)] = 5
        self._long(found, left, right, rows=where(long))
        return found

    def _closer(self, left: Ints, right: Ints, found: Levels) -> Levels:
        x, y = self._signs[left], self._signs[right]
        same = x == y
        short = (self._length[left] <= WIDTH) & (self._length[right] <= WIDTH)
        equal_length = short & (self._length[left] == self._length[right])
        differing = np.where(equal_length, (~same).sum(axis=1), 99)
        found[(differing == 1) & same[:, 0]] = 8
        part = short & (self._sorted[left] == self._sorted[right]) & same[:, 0]
        part |= short & same[:, 0] & _one_missing((x, self._length[left]), (y, self._length[right]))
        found[part] = 5
        self._by_shape(found, x, y, rows=where(differing == 1))
        alike = where(equal_length & (differing <= 3))
        self._by_reading(found, left, right, rows=alike)
        return found

    def _turned(self, left: Ints, right: Ints) -> Bools:
        """Tell whether one name has its surname behind: 小雨冉 for 冉小雨."""
        found: Bools = (self._sorted[left] == self._sorted[right]) & (self._length[left] <= WIDTH)
        rows = where(found)
        if not len(rows):
            return found
        x, y = left[rows], right[rows]
        ends = self._signs[x, self._length[x] - 1], self._signs[y, self._length[y] - 1]
        found[rows] = (ends[0] == self._signs[y, 0]) | (ends[1] == self._signs[x, 0])
        return found

    def _nicknames(self, left: Ints, right: Ints) -> Bools:
        """Tell whether one side is 小强, 强强 or 张强强 and the other given name holds 强."""
        found = np.zeros(len(left), np.bool_)
        for pet, other in ((left, right), (right, left)):
            rows = where(self._pet[pet] > 0)
            if not len(rows):
                continue
            given = self._signs[other[rows], 1:]
            holds = (given == self._pet[pet[rows]][:, None]).any(axis=1)
            whole = self._length[pet[rows]] > 2
            surname = self._signs[pet[rows], 0] == self._signs[other[rows], 0]
            found[rows] |= holds & (surname | ~whole)
        return found

    def _by_shape(self, found: Levels, x: Ints, y: Ints, *, rows: Ints) -> None:
        if not len(rows):
            return
        at = (x[rows] != y[rows]).argmax(axis=1)
        pair = x[rows, at] * 0x200000 + y[rows, at]
        place = np.minimum(np.searchsorted(_shape_pairs(), pair), len(_shape_pairs()) - 1)
        found[rows[_shape_pairs()[place] == pair]] = 4

    def _by_reading(self, found: Levels, left: Ints, right: Ints, *, rows: Ints) -> None:
        """Set near_sound where every sign shares a reading with its counterpart."""
        if not len(rows):
            return
        p, q = self._said[left[rows]], self._said[right[rows]]
        alike = np.zeros(p.shape[:2], np.bool_)
        for i in range(READINGS):
            alike |= (p[:, :, i : i + 1] == q).any(axis=2)
        found[rows[alike.all(axis=1)]] = 3

    def _long(self, found: Levels, left: Ints, right: Ints, *, rows: Ints) -> None:
        """Long (minority or foreign) names: one inside the other, or spelt almost alike."""
        if not len(rows):
            return
        x = [self._values[i] for i in left[rows].tolist()]
        y = [self._values[i] for i in right[rows].tolist()]
        spelt = process.cpdist(
            [sounds.folded(v) for v in x],
            [sounds.folded(v) for v in y],
            scorer=Levenshtein.normalized_similarity,
        )
        inside = [
            min(len(p), len(q)) >= 3 and (p.startswith(q) or q.startswith(p))
            for p, q in zip(x, y, strict=True)
        ]
        found[rows[np.array(inside, np.bool_) | (spelt >= 0.75)]] = 5
        found[rows[spelt >= 0.88]] = 3


def _one_missing(one: tuple[Ints, Ints], other: tuple[Ints, Ints]) -> Bools:
    """Tell whether dropping one sign after the surname from the longer gives the shorter.

    Both sides are (signs by name, lengths).
    """
    (x, left), (y, right) = one, other
    gap = left - right
    found: Bools = (np.abs(gap) == 1) & (np.minimum(left, right) >= 2)
    rows = where(found)
    if not len(rows):
        return found
    x, y, first = x[rows], y[rows], (gap[rows] > 0)[:, None]
    longer, shorter = np.where(first, x, y), np.where(first, y, x)
    kept = np.logical_and.accumulate(longer == shorter, axis=1)
    moved = longer[:, 1:] == shorter[:, :-1]
    after = np.logical_and.accumulate(moved[:, ::-1], axis=1)[:, ::-1]
    # All is alike before the sign that is dropped, and one place on behind it.
    found[rows] = (kept[:, :-2] & after[:, 1:]).any(axis=1) | kept[:, -2]
    return found


def _numbered(texts: list[str]) -> Ints:
    """Give equal texts equal numbers."""
    seen: dict[str, int] = {}
    return np.array([seen.setdefault(text, len(seen)) for text in texts], np.int64)


def pet_sign(value: str) -> int:
    """Give the sign that a pet name doubles or prefixes: 小强, 强强 and 张强强 all give 强."""
    if len(value) in (2, 3) and (value[-2] in "小阿" or value[-2] == value[-1]):
        return ord(value[-1])
    return 0


@functools.cache
def _shape_pairs() -> Ints:
    pairs = [
        ord(one) * 0x200000 + ord(other)
        for one, others in sounds.look_alikes().items()
        for other in others
        if other != one
    ]
    return np.array(sorted(pairs), np.int64)
