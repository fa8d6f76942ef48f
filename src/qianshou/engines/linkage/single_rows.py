"""One new row of children against few others, in plain Python.

Calling NumPy costs more than such rows cost to compare. Here is what a row says by itself, and
what two rows have in common; the levels are those of the batch (compare), which the tests hold
beside these (single_levels).
"""

import collections
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from qianshou.engines.linkage import identity, names, normalise, prepare, sounds
from qianshou.engines.linkage.spec import PHONE_SHARED_BY, children_spec

Row = Mapping[str, object]
_SPEC = children_spec()
_PHONES = tuple(_SPEC.of("phone") + _SPEC.of("guardian_phone"))
_GUARDIANS = tuple(_SPEC.of("guardian_name"))
_NUMBERS = tuple(_SPEC.of("guardian_id"))


class Person(NamedTuple):
    """What one row says: canonical values, None or empty where it says nothing."""

    name: str | None
    number: str | None
    valid: bool
    completed: bool
    birth: str | None
    proved: str | None
    sex: str | None
    student_no: str | None
    contacts: frozenset[str]
    guardians: frozenset[str]
    guardian_numbers: frozenset[str]
    area: str | None
    county: str | None
    township: str | None
    village: str | None
    address: str | None
    # Whether areas are codes among these rows; else they are texts that agree or not.
    coded: bool

    @property
    def births(self) -> set[str]:
        """Give the dates that are known, as typed and as the number proves."""
        return {date for date in (self.birth, self.proved) if date is not None}


def people(rows: Sequence[Row], common_phones: Iterable[str]) -> list[Person]:
    """Read rows that are looked at together: what most of them hold decides what areas mean."""
    shared = _shared_phones(rows)
    unwanted = shared.union(common_phones)
    areas = {area for row in rows if (area := _clean(row, "area_code", prepare.place)) is not None}
    coded = sum(area[:6].isdigit() for area in areas) * 2 > len(areas)
    numbered = any(row.get("id_number") not in (None, "") for row in rows)
    return [_person(row, unwanted, coded=coded, numbered=numbered) for row in rows]


def _shared_phones(rows: Sequence[Row]) -> set[str]:
    if len(rows) * len(_PHONES) <= PHONE_SHARED_BY:
        return set()
    counts = collections.Counter(
        phone for row in rows for name in _PHONES
        if (phone := _clean(row, name, normalise.phone)) is not None
    )  # fmt: skip
    return {phone for phone, count in counts.items() if count > PHONE_SHARED_BY}


def _clean(row: Row, name: str, change: Callable[[str], str | None]) -> str | None:
    """Give the canonical value of a field; null and "" are unknown."""
    raw = row.get(name)
    return None if raw is None or raw == "" else change(str(raw))


def _values(row: Row, fields: Sequence[str], change: Callable[[str], str | None]) -> frozenset[str]:
    found = [_clean(row, name, change) for name in fields if row.get(name)]
    return frozenset(value for value in found if value is not None)


def _person(row: Row, unwanted: AbstractSet[str], *, coded: bool, numbered: bool) -> Person:
    birth = _clean(row, "birth_on", normalise.date_digits)
    typed = _typed_number(row) if numbered else None
    number, valid, completed = _settled(typed, birth)
    guardian_numbers = _values(row, _NUMBERS, _canonical)
    if valid and number is not None and _of_another(number, birth):
        guardian_numbers |= {number}
        number, valid = None, False
    area = _clean(row, "area_code", prepare.place)
    county, township, village = _parts(area) if coded and area else (None, None, None)
    sex = _clean(row, "sex", normalise.sex)
    return Person(
        name=_clean(row, "name", _name),
        number=number,
        valid=valid,
        completed=completed,
        birth=birth,
        proved=identity.birth_text(number) if valid else None,
        sex=sex or (identity.sex(number) if valid and number else None),
        student_no=_clean(row, "student_no", normalise.code),
        contacts=_values(row, _PHONES, normalise.phone) - unwanted,
        guardians=frozenset(map(sounds.folded, _values(row, _GUARDIANS, normalise.person_name))),
        guardian_numbers=guardian_numbers,
        address=_clean(row, "address", normalise.address),
        area=area,
        coded=coded,
        county=county,
        township=township,
        village=village,
    )


def _name(value: str) -> str | None:
    found = prepare.spelt(value)
    return None if found is None or names.is_nobody(found) else found


def _typed_number(row: Row) -> str | None:
    """Give the identity number as typed, or from a student number of the form G + ID."""
    typed = _clean(row, "id_number", prepare.upper_text)
    if typed is not None and identity.is_regular(typed):
        return typed
    student = _clean(row, "student_no", prepare.upper_text) or ""
    if student[:1] == "G" and identity.is_regular(student[1:]):
        return student[1:]
    return typed


@functools.lru_cache(maxsize=1 << 14)
def _read(typed: str) -> tuple[str | None, bool]:
    if identity.is_regular(typed):
        return typed, True
    found = identity.read(typed)
    return found.canonical, found.valid


def _canonical(typed: str) -> str | None:
    upper = prepare.upper_text(typed)
    return None if upper is None else _read(upper)[0]


def _settled(typed: str | None, birth: str | None) -> tuple[str | None, bool, bool]:
    """Give number, whether it is valid and whether the birthday had to be filled in."""
    if typed is None:
        return None, False, False
    number, valid = _read(typed)
    if number is not None and not valid and birth is not None:
        found = identity.complete(number, birth)
        if found is not None:
            return found, True, True
    return number, number is not None and valid, False


def _of_another(number: str, birth: str | None) -> bool:
    """Tell whether a number is that of somebody of quite another age: a parent's."""
    year = birth[:4] if birth is not None else ""
    if not year.isdigit() or int(year) <= 0 or not number[6:10].isdigit():
        return False
    return abs(int(year) - int(number[6:10])) >= prepare.OTHER_PERSON_YEARS


def _parts(area: str) -> tuple[str | None, str | None, str | None]:
    """Give county, township and village of a coded area."""
    return prepare.county(area), prepare.township(area), prepare.village(area)
