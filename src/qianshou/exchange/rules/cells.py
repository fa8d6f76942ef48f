"""Turning one cell's text into its canonical value, with every problem found on the way."""

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from qianshou.engines.linkage import identity
from qianshou.exchange.rules.catalogue import NUMERIC_CODES
from qianshou.exchange.rules.problems import Problem
from qianshou.exchange.rules.profile import Column

SEPARATORS: Final = re.compile(r"[、,;/|\s]+")
_DATE: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]\d{1,2}:.*)?")
_SOLID: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MOBILE: Final = re.compile(r"1[3-9]\d{9}")
_LINE: Final = re.compile(r"0\d{2,3}\d{7,8}")
_ID: Final = re.compile(r"\d{17}[\dX]")
_NUMBER: Final = re.compile(r"-?\d{1,9}(?:\.\d{1,6})?")
ERRORS: Final = frozenset(("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"))
SHOWN: Final = 12
# Nobody on a list is as old; such a year lacks a hundred.
CENTURY: Final = 100


class Cell(NamedTuple):
    """A canonical value (None: not known) and the problems of its cell."""

    value: Any
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Surroundings:
    """What the checks must know besides the cell: today, the known areas, the sender's range."""

    today: date
    areas: Collection[str]
    # towns of which the villages are known; elsewhere a village is as good as its town
    detailed: Collection[str]
    low: str
    high: str
    blank: frozenset[str]


Reading = Callable[[str], Cell]


def clean(text: str) -> str:
    """Return a cell's text in NFKC, without outer and doubled spaces and invisible characters."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    folded = unicodedata.normalize("NFKC", text)
    kept = "".join(char if char.isprintable() else " " if char.isspace() else "" for char in folded)
    return " ".join(kept.split())


def has_invisible(text: str) -> bool:
    """Tell whether a text holds control or formatting characters other than spaces and breaks."""
    return not text.isprintable() and any(
        not char.isprintable() and not char.isspace() for char in text
    )


def reading_of(column: Column, around: Surroundings) -> Reading:
    """Return the function that reads the cells of one column."""
    read = READERS[column.field.kind]
    header = column.headers[0]

    def cell(raw: str) -> Cell:
        problems = (Problem("CONTROL_CHARACTERS", header, raw),) if has_invisible(raw) else ()
        text = clean(raw)
        if text in ERRORS:
            return Cell(None, (Problem("CELL_ERROR", header, text),))
        if text in around.blank and text not in column.field.codes:
            text = ""
        if not text:
            return Cell(None, problems)
        found = read(text, column, around)
        return Cell(found.value, problems + found.problems) if problems else found

    return cell


def _text(text: str, column: Column, _around: Surroundings) -> Cell:
    if len(text) > column.field.length:
        return _flaw("TEXT_TOO_LONG", column, text, extra=str(column.field.length))
    return Cell(text)


def _name(text: str, column: Column, around: Surroundings) -> Cell:
    """Read a person's name; spaces between its characters are only layout."""
    return _text(text if text.isascii() else text.replace(" ", ""), column, around)


def _words(text: str, column: Column, around: Surroundings) -> Cell:
    if len(text) > column.field.length:
        return _text(text, column, around)
    return Cell(list(dict.fromkeys(word for word in SEPARATORS.split(text) if word)))


def _id(text: str, column: Column, _around: Surroundings) -> Cell:
    typed = text.replace(" ", "").lstrip("'`").upper()
    if len(typed) > 40:
        return _flaw("ID_LENGTH", column, text)
    number = typed[:18] if len(typed) == 20 else typed
    if "*" in typed:
        return Cell(typed, (Problem("ID_MASKED", column.headers[0], text),))
    if not _ID.fullmatch(number):
        return Cell(typed, (Problem("ID_LENGTH", column.headers[0], text),))
    if identity.check_digit(number[:17]) != number[17] or not identity.is_date(number[6:14]):
        return Cell(typed, (Problem("ID_CHECKSUM", column.headers[0], text),))
    return Cell(typed)


def _phone(text: str, column: Column, _around: Surroundings) -> Cell:
    digits = re.sub(r"[\s()+-]", "", text)
    if len(digits) == 13 and digits.startswith("86"):
        digits = digits[2:]
    if _MOBILE.fullmatch(digits) or _LINE.fullmatch(digits):
        return Cell(digits)
    return _flaw("PHONE_INVALID", column, text)


def date_of(text: str) -> date | None:
    """Return the date a text states in one of the usual orders; None if there is no such day."""
    found = _DATE.fullmatch(text) or _SOLID.fullmatch(text)
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def _date(text: str, column: Column, around: Surroundings) -> Cell:
    day = date_of(text[:40])
    if day is None or not 1900 <= day.year <= 2100:
        return _flaw("DATE_IMPOSSIBLE", column, text)
    if day > around.today and not column.may_be_future:
        if column.name == "birth_on":
            return _flaw("DATE_FUTURE", column, text)
        # A clock that runs ahead at the sender's must not keep a child out.
        return Cell(day.isoformat(), (Problem("DATE_AHEAD", column.headers[0], text),))
    today = around.today
    age = today.year - day.year - ((today.month, today.day) < (day.month, day.day))
    if column.name == "birth_on" and age >= CENTURY:
        meant = day.isoformat().replace(str(day.year), str(day.year + 100), 1)
        return _flaw("BIRTH_CENTURY", column, text, extra=meant)
    if column.age is not None and not column.age[0] <= age <= column.age[1]:
        problem = Problem("AGE_IMPLAUSIBLE", column.headers[0], text, str(age))
        return Cell(day.isoformat(), (problem,))
    return Cell(day.isoformat())


def _code(text: str, column: Column, _around: Surroundings) -> Cell:
    code = code_of(text, column)
    if code is None:
        rule = "SEX_UNKNOWN" if column.field.kind == "sex" else "CODE_UNKNOWN"
        return _flaw(rule, column, text, extra=known_words(column))
    return Cell(int(code) if column.name in NUMERIC_CODES else code)


def code_of(word: str, column: Column) -> str | None:
    """Return the canonical code of a word; a code itself is a word too."""
    codes = column.field.codes
    found = codes.get(word) or codes.get(word.upper())
    return word if found is None and word in codes.values() else found


def _flag(text: str, column: Column, around: Surroundings) -> Cell:
    found = _code(text, column, around)
    return found if found.value is None else Cell(found.value == "1")


def _codes(text: str, column: Column, _around: Surroundings) -> Cell:
    rule = "CATEGORY_UNKNOWN" if column.name == "categories" else "CODE_UNKNOWN"
    codes, problems = [], []
    for word in SEPARATORS.split(text[: column.field.length]):
        if not word:
            continue
        code = code_of(word, column)
        if code is None:
            problems.append(Problem(rule, column.headers[0], word, known_words(column)))
        elif code not in codes:
            codes.append(code)
    return Cell(codes or None, tuple(problems))


def _number(text: str, column: Column, _around: Surroundings) -> Cell:
    typed = text.replace(",", "")
    if not _NUMBER.fullmatch(typed):
        return _flaw("NUMBER_INVALID", column, text)
    number = float(typed)
    low, high = column.field.low, column.field.high
    if (low is not None and number < low) or (high is not None and number > high):
        return _flaw("NUMBER_RANGE", column, text, extra=f"{low:g}..{high:g}")
    return Cell(int(number) if number.is_integer() else number)


def _int(text: str, column: Column, around: Surroundings) -> Cell:
    found = _number(text, column, around)
    if isinstance(found.value, float):
        return _flaw("NUMBER_INVALID", column, text)
    return found


def _area(text: str, column: Column, around: Surroundings) -> Cell:
    code = text.replace(" ", "")
    if not (code.isascii() and code.isdigit() and len(code) in (6, 9, 12)):
        return _flaw("AREA_UNKNOWN", column, text)
    code = code.ljust(12, "0")
    if column.must_be_known and not is_known(code, around):
        return _flaw("AREA_UNKNOWN", column, text)
    if column.name == "area_code" and not around.low <= code <= around.high:
        return Cell(code, (Problem("AREA_OTHER_COUNTY", column.headers[0], text),))
    return Cell(code)


def is_known(code: str, around: Surroundings) -> bool:
    """Tell whether an area exists; a village of a town whose villages are not loaded does."""
    if code in around.areas:
        return True
    town = code[:9] + "000"
    return town in around.areas and town not in around.detailed


def known_words(column: Column) -> str:
    """Return the words a column may hold, the first spelling of each code, for a message."""
    first: dict[str, str] = {}
    for word, code in column.field.codes.items():
        first.setdefault(code, word)
    words = list(first.values())
    return "、".join(words[:SHOWN]) + ("…" if len(words) > SHOWN else "")


def _flaw(rule: str, column: Column, value: str, *, extra: str = "") -> Cell:
    return Cell(None, (Problem(rule, column.headers[0], value, extra),))


READERS: Final[dict[str, Callable[[str, Column, Surroundings], Cell]]] = {
    "text": _text,
    "name": _name,
    "words": _words,
    "id": _id,
    "phone": _phone,
    "date": _date,
    "sex": _code,
    "code": _code,
    "codes": _codes,
    "flag": _flag,
    "int": _int,
    "number": _number,
    "area": _area,
}
