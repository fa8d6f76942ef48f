"""A frame of raw text turned into coded columns and the features that comparisons look at."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import polars as pl

from qianshou.engines.linkage import coded, digits, identity, names, normalise, sounds, text
from qianshou.engines.linkage.coded import Bools, Coded, Ints, Plain, where
from qianshou.engines.linkage.spec import PHONE_SHARED_BY, Spec

Raw = pl.Series | Sequence[object]
Change = Callable[[object], str | None]

CLEAN: dict[str, Change] = {
    "sex": normalise.sex,
    "code": normalise.code,
    "phone": normalise.phone,
    "guardian_phone": normalise.phone,
    "email": normalise.email,
    "address": normalise.address,
    "text": normalise.words,
    "number": normalise.number,
    "school": normalise.address,
    "student_no": normalise.code,
    "guardian_name": normalise.person_name,
    "given_name": normalise.words,
    "surname": normalise.words,
    "date": normalise.date_digits,
}
# What most values of a kind look like, so that they are not looked at one by one.
_MOBILE = Plain("^1[3-9][0-9]{9}$", but=f"^1(?:{'|'.join(f'{d}[1{d}]*' for d in range(3, 10))})$")
_CODE = Plain("^[0-9A-Za-z]{1,40}$", lower=True)
CAPITALS = Plain("^[0-9A-Z]{1,40}$")
PLAIN: dict[str, Plain] = {
    "phone": _MOBILE,
    "guardian_phone": _MOBILE,
    "code": _CODE,
    "student_no": _CODE,
}
# A person's own number is not this many years away from the person's birthday.
OTHER_PERSON_YEARS = 12
_OTHERS_AT_MOST = 0.2


@dataclasses.dataclass
class Prepared:
    """Coded columns by name, alternatives by feature, and the row flags the rules need."""

    rows: int
    spec: Spec
    han: bool
    sources: Coded
    columns: dict[str, Coded] = dataclasses.field(default_factory=dict)
    alternatives: dict[str, list[Coded]] = dataclasses.field(default_factory=dict)
    # What only blocking asks for, made when it does.
    later: dict[str, Callable[[], list[Coded]]] = dataclasses.field(default_factory=dict)
    id_valid: Bools = dataclasses.field(default_factory=lambda: np.zeros(0, np.bool_))
    id_completed: Bools = dataclasses.field(default_factory=lambda: np.zeros(0, np.bool_))
    # The numbers of `columns["number"]` by their signs, and a number for each row that tells
    # region, order and check digit, what is beside the birthday (-1: unknown).
    number_signs: digits.Bytes = dataclasses.field(default_factory=lambda: digits.letters([], 18))
    number_ends: Ints = dataclasses.field(default_factory=lambda: np.zeros(0, np.int64))
    unnamed: Bools = dataclasses.field(default_factory=lambda: np.zeros(0, np.bool_))
    common_phones: tuple[str, ...] = ()

    def get(self, name: str) -> Coded:
        """Give a column or feature; one that the frame lacks is unknown in every row."""
        if name in self.later:
            self.columns[name] = self.later.pop(name)()[0]
        return self.columns.get(name) or coded.nothing(self.rows)

    def options(self, name: str) -> list[Coded]:
        """Give the alternatives of a feature over one list of values."""
        if name in self.later:
            self.alternatives[name] = self.later.pop(name)()
        return self.alternatives.get(name) or [self.get(name)]


def prepare(
    table: Mapping[str, Raw], rows: int, spec: Spec, *, common_phones: Iterable[str] = ()
) -> Prepared:
    """Clean and code every column that the spec knows; unknown columns are left out."""
    raw = {name: table[name] for name in spec.fields if name in table}
    source = table.get("source", ["-"] * rows)
    data = Prepared(rows, spec, _is_han(raw, spec), coded.encode(source, str))
    for name, series in raw.items():
        clean = CLEAN.get(spec.fields[name])
        if clean is not None:
            data.columns[name] = coded.encode(series, clean, PLAIN.get(spec.fields[name]))
    _names(data, raw)
    _phones(data, set(common_phones))
    _areas(data, raw)
    _guardians(data, raw)
    _identities(data, raw)
    _births(data)
    return data


def _is_han(raw: Mapping[str, Raw], spec: Spec) -> bool:
    if spec.script != "auto":
        return spec.script == "han"
    columns = [raw[n] for m in ("name", "surname") for n in spec.of(m) if n in raw]
    seen = [str(value) for series in columns for value in series[:4000] if value]
    return sum(map(text.has_han, seen)) * 2 > len(seen)


def _names(data: Prepared, raw: Mapping[str, Raw]) -> None:
    typed = _whole_names(data, raw)
    if typed is None:
        data.unnamed = np.zeros(data.rows, np.bool_)
        return
    nobody = np.array([names.is_nobody(value) for value in typed.values], np.bool_)
    data.unnamed = typed.codes < 0
    if len(nobody):
        data.unnamed = data.unnamed | nobody[np.maximum(typed.codes, 0)]
        typed = typed.without(nobody)
    data.columns["name"] = data.columns[data.spec.first("name") or "name"] = typed
    for other in data.spec.of("name")[1:]:
        if other in raw:
            data.columns[other] = coded.encode(raw[other], names.person_name)
    if data.han:
        said = [sounds.spoken(value) for value in typed.values]
        data.columns["sound"] = typed.derived([one.sound for one in said])
        data.columns["fold"] = typed.derived([one.folded for one in said])
        data.columns["surname_sound"] = typed.derived([one.surname for one in said])
    else:
        _parts(data, typed)


def _whole_names(data: Prepared, raw: Mapping[str, Raw]) -> Coded | None:
    """Code the whole names; Chinese ones are put together where only their parts are known."""
    column = data.spec.first("name")
    found = [raw[column]] if column is not None and column in raw else []
    joined = _joined(data.spec, raw) if data.han else None
    if joined is not None:
        found.append(joined)
    read = [coded.encode(one, spelt) for one in found]
    return coded.first_known(*read) if read else None


def spelt(value: str) -> str | None:
    """Give the canonical spelling of a whole name, None if nothing is left of it."""
    return names.spelling(value) or None


def _parts(data: Prepared, whole: Coded) -> None:
    """Code given names and surnames of Latin names, taken from the whole where they are missing."""
    for meaning, part in (("given_name", names.given_part), ("surname", names.surname_part)):
        taken = data.columns[f"name.{meaning.removesuffix('_name')}"] = whole.mapped(part)
        column = data.spec.first(meaning)
        if column in data.columns:
            data.columns[column or ""] = coded.first_known(data.columns[column or ""], taken)


def _guardians(data: Prepared, raw: Mapping[str, Raw]) -> None:
    """Code every adult beside the child, by sound of the name and by number."""
    said = [
        data.columns[name].mapped(sounds.folded)
        for name in data.spec.of("guardian_name")
        if name in data.columns
    ]
    numbers = []
    for name in data.spec.of("guardian_id"):
        if name in raw:
            typed = _upper(raw[name])
            numbers.append(typed.derived(identity.read_all(typed.values)[0]))
    if said:
        data.alternatives["guardian_sound"] = coded.aligned(*said)
    if numbers:
        data.alternatives["guardian_number"] = coded.aligned(*numbers)


def _joined(spec: Spec, raw: Mapping[str, Raw]) -> Raw | None:
    parts = [raw[n] for m in ("surname", "given_name") for n in spec.of(m) if n in raw]
    if not parts:
        return None
    return ["".join(str(part) for part in row if part) for row in zip(*parts, strict=True)]


def _phones(data: Prepared, known_common: set[str]) -> None:
    columns = [
        data.columns[name]
        for meaning in ("phone", "guardian_phone")
        for name in data.spec.of(meaning)
        if name in data.columns
    ]
    if not columns:
        return
    columns = coded.aligned(*columns)
    values = columns[0].values
    total = np.zeros(len(values), np.int64)
    for column in columns:
        total += column.counts()
    common = total > PHONE_SHARED_BY
    if known_common:
        common |= np.array([value in known_common for value in values], np.bool_)
    data.common_phones = tuple(values[index] for index in where(common))
    data.alternatives["contact"] = [column.without(common) for column in columns]


def place(value: str) -> str | None:
    """Give an area code, or the address that stands in its place."""
    return normalise.area_code(value) or normalise.address(value)


def _areas(data: Prepared, raw: Mapping[str, Raw]) -> None:
    column = data.spec.first("area")
    if column is None or column not in raw:
        return
    area = coded.encode(raw[column], place)
    digits = sum(value[:6].isdigit() for value in area.values)
    data.columns[column] = area
    if digits * 2 <= len(area.values):
        return
    data.columns["county"] = area.mapped(county)
    data.columns["township"] = area.mapped(township)
    data.columns["village"] = area.mapped(village)


def county(code: str) -> str | None:
    """Give the county of an area code, None if it names none."""
    return code[:6] if code[2:6] != "0000" else None


def township(code: str) -> str | None:
    """Give the township of an area code, None if it names none."""
    return code[:9] if code[6:9] not in ("000", "") else None


def village(code: str) -> str | None:
    """Give the village of an area code, None if it names none."""
    return code if code[9:] not in ("000", "") else None


def _identities(data: Prepared, raw: Mapping[str, Raw]) -> None:
    data.id_valid = np.zeros(data.rows, np.bool_)
    data.id_completed = np.zeros(data.rows, np.bool_)
    data.number_ends = np.full(data.rows, -1, np.int64)
    column = data.spec.first("id")
    if column is None or column not in raw:
        return
    typed = _with_student_numbers(data, raw, _upper(raw[column]))
    read, whole = identity.read_all(typed.values)
    shaped = sum(found is not None for found in read)
    if shaped * 2 <= len(read) and not data.spec.minors:
        data.columns[column] = typed.mapped(normalise.code)
        data.columns["reference"] = data.columns[column]
        return
    _numbers(data, typed, read=read, whole=whole)


def _with_student_numbers(data: Prepared, raw: Mapping[str, Raw], typed: Coded) -> Coded:
    """Fill identity numbers that are missing or damaged from student numbers of the form G + ID."""
    column = data.spec.first("student_no")
    if column is None or column not in raw:
        return typed
    other = _upper(raw[column]).mapped(lambda v: v[1:] if v[:1] == "G" else None)
    if not other.values:
        return typed
    other = other.without(~identity.regular(other.values))
    if not (other.codes >= 0).any():
        return typed
    sound = typed.without(~identity.regular(typed.values))
    return coded.first_known(sound, other, typed)


def _upper(series: Raw) -> Coded:
    return coded.encode(series, upper_text, CAPITALS)


def upper_text(value: str) -> str | None:
    """Give a number as it was typed, flat and in capitals."""
    return text.flat(value).upper() or None


def _numbers(data: Prepared, typed: Coded, *, read: list[str | None], whole: Bools) -> None:
    """Settle one identity number for each row from what was typed and the birthday beside it."""
    birth = data.get(data.spec.first("date") or "")
    rows, births = typed.codes, birth.codes
    number = typed.derived(read)
    valid: Bools = np.zeros(data.rows, np.bool_)
    if len(read):
        valid = (rows >= 0) & whole[np.maximum(rows, 0)]
    mend = where((number.codes >= 0) & ~valid & (births >= 0))
    if len(mend):
        number, valid = _completed(data, number, valid, mend=mend, read=read, typed=typed)
    data.number_signs = digits.letters(number.values, 18)
    number, valid = _without_others(data, number, valid)
    data.columns["number"], data.id_valid = number, valid


def _completed(
    data: Prepared,
    number: Coded,
    valid: Bools,
    *,
    mend: Ints,
    read: list[str | None],
    typed: Coded,
) -> tuple[Coded, Bools]:
    """Fill in masked and cut numbers of the rows `mend` by the birthday beside them."""
    birth = data.get(data.spec.first("date") or "")
    rows, births = typed.codes, birth.codes
    first, which = coded.distinct(rows[mend] * (len(birth.values) + 1) + births[mend])
    texts = [
        identity.complete(read[typed_at] or "", birth.values[birth_at])
        for typed_at, birth_at in zip(
            rows[mend[first]].tolist(), births[mend[first]].tolist(), strict=True
        )
    ]
    places = np.full(data.rows, -1, np.int64)
    places[mend] = which
    filled = coded.told(places, texts)
    mended = filled.codes >= 0
    # A wrong birthday fits the check digit once in eleven, so these prove less than others.
    data.id_completed = mended
    return coded.first_known(filled, number), valid | mended


def _without_others(data: Prepared, number: Coded, valid: Bools) -> tuple[Coded, Bools]:
    """Take a parent's number out of the child's field; it says who the guardian is."""
    birth = data.get(data.spec.first("date") or "")
    year = _of_rows(birth, digits.numbers(digits.letters(birth.values, 8)[:, :4]))
    other = _of_rows(number, digits.numbers(data.number_signs[:, 6:10]))
    adult = valid & (year > 0) & (np.abs(year - other) >= OTHER_PERSON_YEARS)
    if adult.sum() > _OTHERS_AT_MOST * (valid & (year > 0)).sum() and not data.spec.minors:
        # Then the date is no birthday.
        return number, valid
    if adult.any():
        moved = number.kept(adult)
        known = data.alternatives.get("guardian_number", [])
        data.alternatives["guardian_number"] = coded.aligned(*known, moved)
    return Coded(np.where(adult, -1, number.codes), number.values), valid & ~adult


def _of_rows(column: Coded, told: Ints) -> Ints:
    """Give for each row what is told of its value, -1 where it has none."""
    return np.append(told, -1)[column.codes]


def _year(birth: str) -> str:
    return birth[:4]


def _day(birth: str) -> str | None:
    """Give month and day, which stay when a clerk mistakes the year."""
    return birth[4:8] if len(birth) == 8 and birth[6:8] != "00" else None


def _births(data: Prepared) -> None:
    """Add the birthday and sex that a valid number proves beside those that were typed."""
    typed = data.get(data.spec.first("date") or "")
    number, signs = data.get("number"), data.number_signs
    days, texts = identity.births(signs)
    from_id = Coded(np.where(data.id_valid, _of_rows(number, days), -1), texts)
    birth, other = coded.aligned(typed, from_id)
    other = Coded(np.where(other.codes == birth.codes, -1, other.codes), other.values)
    data.alternatives["birth"] = [birth, other] if (other.codes >= 0).any() else [birth]
    births = data.alternatives["birth"]
    data.later["year"] = lambda: coded.aligned(*(each.mapped(_year) for each in births))
    data.later["day"] = lambda: coded.aligned(*(each.mapped(_day) for each in births))
    data.later["number14"] = lambda: [_fronts(number, signs)]
    ends = np.concatenate([signs[:, :6], signs[:, 14:]], axis=1)
    data.number_ends = _of_rows(number, digits.packed(ends))
    sex = data.get(data.spec.first("sex") or "")
    order = signs[:, 16] - np.uint8(ord("0"))
    sexes = np.where(order <= 9, 1 - (order & 1).astype(np.int64), -1)
    proved = Coded(np.where(data.id_valid, _of_rows(number, sexes), -1), ["M", "F"])
    data.columns["sex_known"] = coded.first_known(sex, proved)


def _fronts(number: Coded, signs: digits.Bytes) -> Coded:
    """Give region and birthday of each number, where none of the digits is masked."""
    front = digits.numbers(signs[:, :14])
    first, which = coded.distinct(front + 1)
    texts = [
        number.values[at][:14] if known else None
        for at, known in zip(first.tolist(), (front[first] >= 0).tolist(), strict=True)
    ]
    codes, values = coded.known(which, texts)
    return Coded(_of_rows(number, codes), values)
