"""The levels of two children's rows, in plain Python: those that the batch gives (compare_*).

The numbers of the levels are explained there, and in the tuples of their names.
"""

import functools
import itertools
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from rapidfuzz.distance import OSA

from qianshou.engines.linkage import calendar, sounds
from qianshou.engines.linkage.compare_home import Household
from qianshou.engines.linkage.compare_names import READINGS, WIDTH, HanName, Table, pet_sign
from qianshou.engines.linkage.compare_numbers import FEWEST_SEEN, Birth, Equal, Identity
from qianshou.engines.linkage.single_rows import Person

_NUMBER, _DATE = 18, 8


def name(a: Person, b: Person) -> int:
    """Give the level of two names, with twins and siblings among them."""
    if a.name is None or b.name is None:
        return 0
    found = 1 if a.name == b.name else _names(a.name, b.name)
    if found >= 8 and _twins(a, b, alike=found == 8):
        found = 6
    if 2 <= found <= 8 and found != 6 and _siblings(a, b):
        found = 11
    return found


@functools.lru_cache(maxsize=1 << 14)
def _names(a: str, b: str) -> int:
    """Give the level of two different names by sound, then by their signs."""
    x, y = sounds.spoken(a), sounds.spoken(b)
    if x.sound == y.sound:
        return 2
    if x.folded == y.folded:
        return 3
    found = 9 if x.surname == y.surname else 10
    if len(a) > WIDTH or len(b) > WIDTH:
        one, start = np.array([0]), np.array([found], np.int8)
        return int(Table([a, b]).level(one, one + 1, start)[0])
    return _signs(_Name.of(a), _Name.of(b), found)


class _Name(NamedTuple):
    """A name of a few signs, as its signs are compared."""

    signs: str
    sorted: str
    given: str
    pet: str

    @classmethod
    def of(cls, value: str) -> "_Name":
        """Take a canonical name apart."""
        given = value[len(sounds.surname_of(value)) :]
        pet = pet_sign(value)
        return cls(value, "".join(sorted(value)), given, chr(pet) if pet else "")


def _signs(a: _Name, b: _Name, found: int) -> int:
    first, given = a.signs[0] == b.signs[0], a.given == b.given
    if given and len(a.signs) + len(b.signs) > 4:
        found = 7
    if given and not first:
        found = _by_shape(a.signs, b.signs, found)
    if first or found == 9:
        found = _closer(a, b, found)
    if _pet_name(a, b) or _pet_name(b, a) or _turned(a, b):
        found = 5
    return found


def _closer(a: _Name, b: _Name, found: int) -> int:
    first, equal_length = a.signs[0] == b.signs[0], len(a.signs) == len(b.signs)
    differing = 99
    if equal_length:
        differing = sum(p != q for p, q in zip(a.signs, b.signs, strict=True))
    if differing == 1 and first:
        found = 8
    if first and (a.sorted == b.sorted or _one_missing(a.signs, b.signs)):
        found = 5
    if differing == 1:
        found = _by_shape(a.signs, b.signs, found)
    if differing <= 3 and all(map(_said_alike, a.signs, b.signs)):
        found = 3
    return found


def _by_shape(a: str, b: str, found: int) -> int:
    """Give level 4 where the first sign that differs is taken for the other."""
    pairs = itertools.zip_longest(a, b, fillvalue="")
    one, other = next((pair for pair in pairs if pair[0] != pair[1]), ("", ""))
    return 4 if other in _mistaken(one) and other != one else found


def _mistaken(sign: str) -> frozenset[str]:
    return sounds.look_alikes().get(sign, frozenset())


def _said_alike(one: str, other: str) -> bool:
    return one == other or not _readings(one).isdisjoint(_readings(other))


@functools.lru_cache(maxsize=1 << 14)
def _readings(sign: str) -> frozenset[str]:
    return frozenset([sounds.fold(reading) for reading in sounds.readings(sign)][:READINGS])


def _one_missing(a: str, b: str) -> bool:
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    if len(longer) - len(shorter) != 1 or len(shorter) < 2:
        return False
    drops = range(1, len(longer))
    return any(longer[:drop] + longer[drop + 1 :] == shorter for drop in drops)


def _pet_name(a: _Name, b: _Name) -> bool:
    if not a.pet or a.pet not in b.signs[1:]:
        return False
    return len(a.signs) <= 2 or a.signs[0] == b.signs[0]


def _turned(a: _Name, b: _Name) -> bool:
    if a.sorted != b.sorted:
        return False
    return a.signs[-1] == b.signs[0] or b.signs[-1] == a.signs[0]


def _same_number(a: Person, b: Person) -> bool:
    return a.number is not None and a.number == b.number


def _twins(a: Person, b: Person, *, alike: bool) -> bool:
    if a.births.isdisjoint(b.births) or _same_number(a, b):
        return False
    return 1 <= household(a, b) <= (5 if alike else 4)


def _siblings(a: Person, b: Person) -> bool:
    if _same_number(a, b) or _best_date(a, b) != 7:
        return False
    if a.birth and b.birth and _letters(a.birth, _DATE)[4:] == _letters(b.birth, _DATE)[4:]:
        return False
    return 1 <= household(a, b) <= 4


def id_number(a: Person, b: Person) -> int:
    """Give the level of two identity numbers."""
    if a.number is None or b.number is None:
        return 0
    if a.number == b.number:
        return 1
    if a.valid and b.valid:
        guessed = a.completed or b.completed
        return 3 if guessed and _ends(a.number) == _ends(b.number) else 2
    return _damaged(a.number, b.number)


def _ends(number: str) -> str:
    return number[:6] + number[14:]


def _damaged(a: str, b: str) -> int:
    """Give the level of numbers of which one at least is cut, masked or mistyped."""
    x, y = _letters(a, _NUMBER), _letters(b, _NUMBER)
    seen = [p != "*" and q != "*" for p, q in zip(x, y, strict=True)]
    differing = sum(p != q for p, q, open_ in zip(x, y, seen, strict=True) if open_)
    if all(seen):
        return _slips(a, b, 6) if differing <= 4 or _near(x, y, differing) else 6
    if differing == 0:
        if sum(seen) < FEWEST_SEEN:
            return 0
        return 3 if all(seen[14:17]) else 7
    found = _slips(a, b, 6) if differing <= 4 or _near(x, y, differing) else 6
    return {1: 4, 2: 5}.get(differing, 6) if found == 6 else found


def _near(x: str, y: str, differing: int) -> bool:
    return x[:6] == y[:6] and differing <= 12


def _slips(a: str, b: str, found: int) -> int:
    return {1: 4, 2: 5}.get(OSA.distance(a, b, score_cutoff=2), found)


def birth(a: Person, b: Person) -> int:
    """Give the best level that any of the known dates supports."""
    guessed = (a.completed or b.completed) and a.number != b.number
    return 0 if a.valid and b.valid and not guessed else _best_date(a, b)


def _best_date(a: Person, b: Person) -> int:
    levels = (_dates(x, y) for x in a.births for y in b.births)
    return min((level for level in levels if level), default=0)


@functools.lru_cache(maxsize=1 << 14)
def _dates(a: str, b: str) -> int:
    if a == b:
        return 1
    x, y = _letters(a, _DATE), _letters(b, _DATE)
    year, month, day = x[:4] == y[:4], x[4:6] == y[4:6], "00" in (x[6:], y[6:])
    if year and day and (month or "00" in (x[4:6], y[4:6])):
        return 2
    if b == calendar.solar_of_lunar(a) or a == calendar.solar_of_lunar(b):
        return 3
    if year and x[4:6] == y[6:] and x[6:] == y[4:6]:
        return 4
    if len(a) != _DATE or len(b) != _DATE:
        return 5 if OSA.distance(a, b, score_cutoff=1) == 1 else 0
    return 5 if _one_slip(x, y) else 6 if year else 7


def _one_slip(x: str, y: str) -> bool:
    """Tell whether one digit differs, or two neighbours are exchanged."""
    places = [at for at in range(_DATE) if x[at] != y[at]]
    if len(places) != 2:
        return len(places) == 1
    i, j = places
    return j == i + 1 and x[i] == y[j] and x[j] == y[i]


@functools.lru_cache(maxsize=1 << 14)
def _letters(value: str, width: int) -> str:
    """Give ASCII letters, cut or padded with noughts to the width."""
    return value.encode("ascii", "replace")[:width].ljust(width, b"\0").decode("ascii")


def household(a: Person, b: Person) -> int:
    """Give the level of how close two rows live."""
    contact = not a.contacts.isdisjoint(b.contacts) or not a.guardian_numbers.isdisjoint(
        b.guardian_numbers
    )
    named = not a.guardians.isdisjoint(b.guardians)
    village = _agree(a.village, b.village) or _agree(a.address, b.address)
    township = _agree(a.township, b.township) or (not a.coded and _agree(a.area, b.area))
    if contact:
        return 1 if village or (township and named) else 2
    if named and (township or village):
        return 3
    if village:
        return 4
    if township or named:
        return 5
    if _agree(a.county, b.county):
        return 6
    return 7 if _comparable(a, b) else 0


def _comparable(a: Person, b: Person) -> bool:
    both = (
        (a.area, b.area), (a.address, b.address), (a.guardian_numbers, b.guardian_numbers),
        (a.guardians, b.guardians), (a.contacts, b.contacts),
    )  # fmt: skip
    return any(one and other for one, other in both)


def _agree(one: str | None, other: str | None) -> bool:
    return one is not None and one == other


def sex(a: Person, b: Person) -> int:
    """Give the level of sex, typed or proved."""
    return _equal(a.sex, b.sex)


def student_no(a: Person, b: Person) -> int:
    """Give the level of student numbers."""
    return _equal(a.student_no, b.student_no)


def _equal(one: str | None, other: str | None) -> int:
    if one is None or other is None:
        return 0
    return 1 if one == other else 2


# In the order of the batch.
LEVELS: Mapping[str, tuple[tuple[str, ...], Callable[[Person, Person], int]]] = {
    HanName.name: (HanName.levels, name),
    Identity.name: (Identity.levels, id_number),
    Birth.name: (Birth.levels, birth),
    Household.name: (Household.levels, household),
    "sex": (Equal.levels, sex),
    "student_no": (Equal.levels, student_no),
}
