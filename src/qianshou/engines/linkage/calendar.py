"""Birth dates in the forms departments type them, and the lunar calendar they may mean."""

import datetime as dt
import functools
import re

from qianshou.engines.linkage import identity, text

_HAN_DIGITS = {
    ord(han): digit for han, digit in zip("〇零一二三四五六七八九", "00123456789", strict=True)
}
_PARTS = re.compile(r"\d{1,8}")
_MONTH_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES.split(), 1)}
_MONTH_WORD = re.compile(r"[a-z]{3,9}")
# Two-digit years up to this one are of this century: children's data.
_PIVOT = 30


def digits_of(raw: object) -> str | None:
    """Give eight digits YYYYMMDD, with 00 for an unknown month or day; None if unreadable.

    Impossible dates (month 13, day 31 in June) are kept as typed, and of a date with a digit too
    many or too few all digits: they still resemble the real one. A day above 12 in the middle is
    read as day and month exchanged.
    """
    if isinstance(raw, dt.date):
        return f"{raw.year:04d}{raw.month:02d}{raw.day:02d}"
    typed = text.flat(raw)[:60].lower()
    if not typed:
        return None
    return _read(typed) or _damaged(typed)


def _read(typed: str) -> str | None:
    if typed.isascii() and typed.isdigit():
        return _solid(typed)
    if len(typed) >= 10 and typed[4] == "-" and typed[7] == "-" and typed[:4].isdigit():
        return _ordered(typed[:4], typed[5:7], typed[8:10])
    return _loose(typed)


def _damaged(typed: str) -> str | None:
    """Keep the digits of a date with a slip in it (211-08-08): they still resemble the real one."""
    parts = re.findall(r"[0-9]{1,8}", typed)
    if len(parts) == 3:
        # The year is the longest part; it goes in front as in whole dates.
        year_last = len(parts[2]) > len(parts[0])
        year, day = (parts[2], parts[0]) if year_last else (parts[0], parts[2])
        parts = [year, parts[1].zfill(2), day.zfill(2)]
    digits = "".join(parts)
    return digits if 6 <= len(digits) <= 9 else None


def _loose(typed: str) -> str | None:
    """Read a date with words or separators in it."""
    if not typed.isascii():
        typed = _han_numbers(typed)
    month = next((_MONTHS[w[:3]] for w in _MONTH_WORD.findall(typed) if w[:3] in _MONTHS), None)
    # The time of day after a date is not part of it.
    head = re.split(r"[t ]\d{1,2}:\d", typed, maxsplit=1)[0]
    parts = _PARTS.findall(head)
    if month is not None:
        return _worded(parts, month)
    return _numbers(parts) if parts else None


def _numbers(parts: list[str]) -> str | None:
    """Put the numbers of a date into their order by their lengths."""
    first = parts[0]
    if len(first) >= 6:
        return _solid(first)
    if len(first) == 4:
        return _ordered(first, *(parts[1:3] or ["0"]))
    if len(parts) < 3:
        return None
    if len(parts[2]) == 4:
        return _ordered(parts[2], parts[1], first)
    return _ordered(_century(first), parts[1], parts[2])


def _worded(parts: list[str], month: int) -> str | None:
    year = next((part for part in parts if len(part) == 4), None)
    day = next((part for part in parts if len(part) <= 2), "0")
    if year is None:
        return None
    return _ordered(year, str(month), day)


def _han_numbers(typed: str) -> str:
    """Turn 二〇一四年十月二十三日 into digits."""
    typed = re.sub(r"二十([一-九])", lambda m: "2" + m[1], typed)
    typed = re.sub(r"三十一", "31", typed)
    typed = re.sub(r"十([一-九])", lambda m: "1" + m[1], typed)
    typed = typed.replace("二十", "20").replace("三十", "30").replace("十", "10")
    return typed.translate(_HAN_DIGITS)


def _century(two: str) -> str:
    number = int(two)
    return str(number + (2000 if number <= _PIVOT else 1900)) if len(two) <= 2 else two


def _solid(typed: str) -> str | None:
    """Read a date typed as digits only."""
    size, full_year = len(typed), typed[:2] in ("19", "20")
    if size in (8, 12, 14):
        return _ordered(typed[:4], typed[4:6], typed[6:8])
    if size in (4, 6) and full_year:
        return _ordered(typed[:4], typed[4:] or "0", "0")
    if size == 6:
        return _ordered(_century(typed[:2]), typed[2:4], typed[4:])
    if size == 5:
        # The day number of a spreadsheet, counted from 1899-12-30.
        return f"{dt.date(1899, 12, 30) + dt.timedelta(days=int(typed)):%Y%m%d}"
    return None


def _ordered(year: str, month: str = "0", day: str = "0") -> str | None:
    if len(year) != 4 or len(month) > 2 or len(day) > 2:
        return None
    typed = year + month + day
    if not typed.isascii() or not typed.isdigit():
        return None
    month, day = month.zfill(2), day.zfill(2)
    if month > "12" and identity.is_date(year + day + month):
        return year + day + month
    found = year + month + day
    return None if found == "00000000" else found


def date_of(raw: object) -> dt.date | None:
    """Give the calendar date that was meant, None if it is incomplete or impossible."""
    digits = digits_of(raw)
    if digits is None or not identity.is_date(digits):
        return None
    return dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))


# One number per lunar year from 1900: low four bits the leap month, then from bit 15 down
# whether months 1 to 12 have 30 days, bit 16 whether the leap month has. Astronomical facts as
# every almanac prints them.
_LUNAR_YEARS = (
    "04bd8 04ae0 0a570 054d5 0d260 0d950 16554 056a0 09ad0 055d2 04ae0 0a5b6 0a4d0 0d250 1d255 "
    "0b540 0d6a0 0ada2 095b0 14977 04970 0a4b0 0b4b5 06a50 06d40 1ab54 02b60 09570 052f2 04970 "
    "06566 0d4a0 0ea50 06e95 05ad0 02b60 186e3 092e0 1c8d7 0c950 0d4a0 1d8a6 0b550 056a0 1a5b4 "
    "025d0 092d0 0d2b2 0a950 0b557 06ca0 0b550 15355 04da0 0a5b0 14573 052b0 0a9a8 0e950 06aa0 "
    "0aea6 0ab50 04b60 0aae4 0a570 05260 0f263 0d950 05b57 056a0 096d0 04dd5 04ad0 0a4d0 0d4d4 "
    "0d250 0d558 0b540 0b6a0 195a6 095b0 049b0 0a974 0a4b0 0b27a 06a50 06d40 0af46 0ab60 09570 "
    "04af5 04970 064b0 074a3 0ea50 06b58 055c0 0ab60 096d5 092e0 0c960 0d954 0d4a0 0da50 07552 "
    "056a0 0abb7 025d0 092d0 0cab5 0a950 0b4a0 0baa4 0ad50 055d9 04ba0 0a5b0 15176 052b0 0a930 "
    "07954 06aa0 0ad50 05b52 04b60 0a6e6 0a4e0 0d260 0ea65 0d530 05aa0 076a3 096d0 04afb 04ad0 "
    "0a4d0 1d0b6 0d250 0d520 0dd45 0b5a0 056d0 055b2 049b0 0a577 0a4b0 0aa50 1b255 06d20 0ada0"
)
_FIRST_LUNAR_DAY = dt.date(1900, 1, 31)


@functools.cache
def _lunar_starts() -> dict[tuple[int, int], dt.date]:
    """Map (lunar year, ordinary month) to the solar date of its first day."""
    starts: dict[tuple[int, int], dt.date] = {}
    day = _FIRST_LUNAR_DAY
    for offset, code in enumerate(_LUNAR_YEARS.split()):
        year, bits = 1900 + offset, int(code, 16)
        for month in range(1, 13):
            starts[year, month] = day
            day += dt.timedelta(days=30 if bits >> (16 - month) & 1 else 29)
            if bits & 0xF == month:
                day += dt.timedelta(days=30 if bits >> 16 & 1 else 29)
    return starts


@functools.lru_cache(maxsize=1 << 14)
def solar_of_lunar(digits: str) -> str | None:
    """Give the solar date YYYYMMDD if the eight digits were a lunar date; None if impossible."""
    if not (digits.isdigit() and len(digits) == 8):
        return None
    day = int(digits[6:])
    start = _lunar_starts().get((int(digits[:4]), int(digits[4:6])))
    if start is None or not 1 <= day <= 30:
        return None
    return f"{start + dt.timedelta(days=day - 1):%Y%m%d}"
