"""One door to the cleaning of every kind of field; each function takes raw text, none raises."""

import datetime as dt
import math
import re
from functools import lru_cache

from qianshou.engines.linkage import calendar, identity, names, sounds, text

_MALE = frozenset(("m", "male", "boy", "男", "男性", "男孩", "1", "01", "man"))
_FEMALE = frozenset(("f", "female", "girl", "女", "女性", "女孩", "2", "02", "woman"))
_AREA = re.compile(r"\d{6,12}")
# Live, a row is read once for its keys and again with each of its neighbours; what few rows hold
# or many share is kept.


def person_name(raw: object) -> str | None:
    """Give the canonical name, None if nothing was typed or the text names nobody."""
    return names.person_name(raw)


def pinyin(name: str) -> tuple[str, str]:
    """Give toneless pinyin and initials: 曾国强 is ("zengguoqiang", "zgq"); for searching."""
    canonical = names.spelling(name)
    if not text.has_han(canonical):
        return canonical.replace(" ", ""), "".join(word[0] for word in canonical.split())
    syllables = sounds.syllables(canonical)
    return sounds.pinyin(canonical), "".join(syllable[0] for syllable in syllables)


def id_number(raw: object) -> tuple[str | None, bool, str]:
    """Give (18 characters or None, whether the check digit and date hold, problem code).

    Codes: EMPTY LENGTH LETTERS DUMMY CHECK_DIGIT DATE TRUNCATED (by a spreadsheet) MASKED.
    """
    found = identity.read(raw)
    return found.canonical, found.valid, found.problem


@lru_cache(maxsize=1 << 14)
def phone(raw: object) -> str | None:
    """Give the digits of a telephone number without country code, None if there is no number."""
    typed = text.flat(raw)[:40]
    if typed.isascii() and typed.isdigit():
        digits = typed
    else:
        digits = "".join(char for char in typed if char.isascii() and char.isdigit())
    for prefix in ("0086", "86"):
        if digits.startswith(prefix) and len(digits) - len(prefix) == 11:
            digits = digits[len(prefix) :]
    if len(digits) == 12 and digits[:2] == "01":
        digits = digits[1:]
    if not 6 <= len(digits) <= 15 or len(set(digits)) <= 2:
        # 00000000000 and 13333333333-like fillers carry nothing.
        return None
    return digits


def date_of(raw: object) -> dt.date | None:
    """Give the calendar date meant by any usual spelling, None if incomplete or impossible."""
    return calendar.date_of(raw)


@lru_cache(maxsize=1 << 14)
def date_digits(raw: object) -> str | None:
    """Give YYYYMMDD as typed, impossible dates included, 00 for an unknown month or day."""
    return calendar.digits_of(raw)


@lru_cache(maxsize=64, typed=True)
def sex(raw: object) -> str | None:
    """Give "M", "F" or None."""
    typed = text.flat(raw).lower()
    if typed in _MALE:
        return "M"
    return "F" if typed in _FEMALE else None


@lru_cache(maxsize=1 << 14)
def area_code(raw: object) -> str | None:
    """Give a 12-digit area code padded with noughts, None if there are not at least six digits."""
    typed = text.flat(raw)[:20].replace(" ", "")
    if not _AREA.fullmatch(typed) or not typed.isascii():
        return None
    return typed.ljust(12, "0")


def code(raw: object) -> str | None:
    """Give letters and digits of a reference number in lower case, None if there are none."""
    return text.bare(raw) or None


def words(raw: object) -> str | None:
    """Give lower-case words of free text, None if there are none."""
    return text.words(raw) or None


def email(raw: object) -> str | None:
    """Give the mail address in lower case without spaces, None if it has no @."""
    typed = text.flat(raw).lower().replace(" ", "")
    return typed if "@" in typed else None


@lru_cache(maxsize=1 << 14)
def address(raw: object) -> str | None:
    """Give an address as comparable text; Chinese addresses lose their gaps and punctuation."""
    flat = text.simplified(text.flat(raw))
    return (text.bare(flat) if text.has_han(flat) else text.words(flat)) or None


def number(raw: object) -> str | None:
    """Give a number as plain decimal text, None if it is not one."""
    typed = text.flat(raw)[:40].replace(",", "")
    try:
        found = float(typed)
    except ValueError:
        return None
    return format(found, ".10g") if math.isfinite(found) else None
