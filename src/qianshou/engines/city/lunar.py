"""The traditional calendar for the years in which today's children were born.

Families remember the lunar birthday, and clerks write it down as if it were a solar one.
"""

from datetime import date, timedelta

# One number per year since 2007: bits 15..4 tell whether month 1..12 has 30 days, the last hex
# digit names the leap month (0: none), bit 16 tells whether the leap month has 30 days.
_FIRST_YEAR = 2007
_YEARS = (
    *(0x025D0, 0x092D0, 0x0CAB5, 0x0A950, 0x0B4A0, 0x0BAA4, 0x0AD50, 0x055D9, 0x04BA0, 0x0A5B0),
    *(0x15176, 0x052B0, 0x0A930, 0x07954, 0x06AA0, 0x0AD50, 0x05B52, 0x04B60, 0x0A6E6, 0x0A4E0),
)
_FIRST_DAY = date(2007, 2, 18)


def _months(bits: int) -> list[tuple[int, int]]:
    """List (month, days) of a year in order; a leap month repeats the number before it."""
    months = []
    for month in range(1, 13):
        months.append((month, 30 if bits & (0x10000 >> month) else 29))
        if month == bits & 0xF:
            months.append((month, 30 if bits & 0x10000 else 29))
    return months


def lunar_date(day: date) -> tuple[int, int, int] | None:
    """Give year, month and day of the traditional calendar, or None outside 2007-2026."""
    rest = (day - _FIRST_DAY).days
    if rest < 0:
        return None
    for offset, bits in enumerate(_YEARS):
        for month, length in _months(bits):
            if rest < length:
                return _FIRST_YEAR + offset, month, rest + 1
            rest -= length
    return None


def lunar_as_solar(day: date) -> date | None:
    """Read the lunar birthday as a solar date, as a clerk would; None when there is no such day."""
    lunar = lunar_date(day)
    if lunar is None:
        return None
    year, month, number = lunar
    following = date(year + month // 12, month % 12 + 1, 1)
    last = (following - timedelta(days=1)).day
    return date(year, month, number) if number <= last else None
