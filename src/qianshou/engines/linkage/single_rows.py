"""One new row of children against few others, in plain Python.

Calling NumPy costs more than such rows cost to compare. Here is what a row says by itself, and
what two rows have in common; the levels are those of the batch (compare), which the tests hold
beside these (single_levels).
"""

import collections
import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from qianshou.engines.linkage import identity, names, normalise, prepare, sounds
from qianshou.engines.linkage.spec import PHONE_SHARED_BY, children_spec

Row = Mapping[str, object]
_SPEC = children_spec()
_PHONES = tuple(_SPEC.of("phone") + _SPEC.of("guardian_phone"))
_GUARDIANS = tuple(_SPEC.of("guardian_name"))
_NUMBERS = tuple(_SPEC.of("guardian_id"))
# What the rows of one child, and those of one family, repeat is read once.
_kept = functools.lru_cache(maxsize=1 << 14)
_NONE: frozenset[str] = frozenset()


class Person(NamedTuple):
    """What one row says: canonical values, None or empty where it says nothing."""

    name: str | None
    number: str | None
    valid: bool
    completed: bool
    birth: str | None
    # The dates that are known, as typed and as the number proves.
    births: frozenset[str]
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


def people(rows: Sequence[Row], common_phones: AbstractSet[str]) -> list[Person]:
    """Read rows that are looked at together: what most of them hold decides what areas mean."""
    phones = [_values(row, _PHONES, normalise.phone) for row in rows]
    unwanted = _shared_phones(phones) | common_phones
    areas = [_clean(row, "area_code", _place) for row in rows]
    known = {area for area in areas if area is not None}
    coded = sum(area[:6].isdigit() for area in known) * 2 > len(known)
    numbered = any(row.get("id_number") not in (None, "") for row in rows)
    return [
        _person(row, frozenset(called) - unwanted, area, coded=coded, numbered=numbered)
        for row, called, area in zip(rows, phones, areas, strict=True)
    ]


def _shared_phones(phones: Sequence[Sequence[str]]) -> AbstractSet[str]:
    if sum(map(len, phones)) <= PHONE_SHARED_BY:
        return _NONE
    counts = collections.Counter(itertools.chain.from_iterable(phones))
    return {phone for phone, count in counts.items() if count > PHONE_SHARED_BY}


def _clean(row: Row, name: str, change: Callable[[str], str | None]) -> str | None:
    """Give the canonical value of a field; null and "" are unknown."""
    raw = row.get(name)
    return None if raw is None or raw == "" else change(str(raw))


def _values(row: Row, fields: Sequence[str], change: Callable[[str], str | None]) -> list[str]:
    get, found = row.get, []
    for name in fields:
        raw = get(name)
        if raw:
            value = change(str(raw))
            if value is not None:
                found.append(value)
    return found


def _person(
    row: Row, contacts: frozenset[str], area: str | None, *, coded: bool, numbered: bool
) -> Person:
    birth = _clean(row, "birth_on", normalise.date_digits)
    typed = _typed_number(row) if numbered else None
    number, valid, completed = (None, False, False) if typed is None else _settled(typed, birth)
    guardian_numbers = frozenset(_values(row, _NUMBERS, _canonical))
    if valid and number is not None and _of_another(number, birth):
        guardian_numbers |= {number}
        number, valid = None, False
    proved = _proved(number) if valid and number is not None else None
    births = (birth, proved[0]) if proved else (birth,)
    county, township, village = _parts(area) if coded and area else (None, None, None)
    return Person(
        name=_clean(row, "name", _name),
        number=number,
        valid=valid,
        completed=completed,
        birth=birth,
        births=frozenset([date for date in births if date is not None]),
        sex=_clean(row, "sex", normalise.sex) or (proved[1] if proved else None),
        student_no=_clean(row, "student_no", _code),
        contacts=contacts,
        guardians=frozenset(_values(row, _GUARDIANS, _adult)),
        guardian_numbers=guardian_numbers,
        address=_clean(row, "address", normalise.address),
        area=area,
        coded=coded,
        county=county,
        township=township,
        village=village,
    )


_place = _kept(prepare.place)
_code = _kept(normalise.code)
_upper = _kept(prepare.upper_text)
_is_regular = _kept(identity.is_regular)


@_kept
def _name(value: str) -> str | None:
    found = prepare.spelt(value)
    return None if found is None or names.is_nobody(found) else found


@_kept
def _adult(value: str) -> str | None:
    """Give the sound of an adult's name."""
    found = normalise.person_name(value)
    return None if found is None else sounds.folded(found)


@_kept
def _proved(number: str) -> tuple[str | None, str | None]:
    """Give birthday and sex by a valid number."""
    return identity.birth_text(number), identity.sex(number)


def _typed_number(row: Row) -> str | None:
    """Give the identity number as typed, or from a student number of the form G + ID."""
    typed = _clean(row, "id_number", _upper)
    if typed is not None and _is_regular(typed):
        return typed
    student = _clean(row, "student_no", _upper) or ""
    if student[:1] == "G" and _is_regular(student[1:]):
        return student[1:]
    return typed


@_kept
def _read(typed: str) -> tuple[str | None, bool]:
    if _is_regular(typed):
        return typed, True
    found = identity.read(typed)
    return found.canonical, found.valid


def _canonical(typed: str) -> str | None:
    upper = _upper(typed)
    return None if upper is None else _read(upper)[0]


@_kept
def _settled(typed: str, birth: str | None) -> tuple[str | None, bool, bool]:
    """Give number, whether it is valid and whether the birthday had to be filled in."""
    number, valid = _read(typed)
    if number is not None and not valid and birth is not None:
        found = identity.complete(number, birth)
        if found is not None:
            return found, True, True
    return number, number is not None and valid, False


@_kept
def _of_another(number: str, birth: str | None) -> bool:
    """Tell whether a number is that of somebody of quite another age: a parent's."""
    year = birth[:4] if birth is not None else ""
    if not year.isdigit() or int(year) <= 0 or not number[6:10].isdigit():
        return False
    return abs(int(year) - int(number[6:10])) >= prepare.OTHER_PERSON_YEARS


@_kept
def _parts(area: str) -> tuple[str | None, str | None, str | None]:
    """Give county, township and village of a coded area."""
    return prepare.county(area), prepare.township(area), prepare.village(area)
