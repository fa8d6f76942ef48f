"""Periods of a checklist: weeks, months, school terms, and the days of festivals as data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from qianshou.plans.rules.checklist import (
    BIRTHDAY,
    HALF_MONTH,
    HALF_YEAR,
    MONTH,
    QUARTER,
    TERM,
    TERM_START,
    WEEK,
)

ONE_DAY: Final = timedelta(days=1)
Terms = Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Period:
    """A stretch of time with a name that sorts: 2026-W48, 2026-11, 2026-AUTUMN."""

    key: str
    first_on: date
    last_on: date


@dataclass(frozen=True)
class Calendar:
    """When occasions fall, and how many days before and after one counts.

    A festival of the moon has a day for each year of the list; a year that the list does not
    hold has none, and the page of the checklist says so.
    """

    days: Mapping[str, Mapping[int, date]]
    fixed: Mapping[str, str]
    windows: Mapping[str, tuple[int, int]]

    def known_until(self, occasion: str) -> int | None:
        """Return the last year for which a festival's day is known; None if it needs no list."""
        years = self.days.get(occasion)
        return max(years) if years else None


def calendar_from(body: Mapping[str, Any]) -> Calendar:
    """Return the calendar that the shipped file says."""
    days = {
        name: {each.year: each for each in map(date.fromisoformat, listed)}
        for name, listed in body["days"].items()
    }
    windows = {name: (int(pair[0]), int(pair[1])) for name, pair in body["windows"].items()}
    return Calendar(days, dict(body["fixed"]), windows)


def _on(year: int, month_day: str) -> date:
    month, day = (int(each) for each in month_day.split("-"))
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            day -= 1


def birthday_in(birth_on: date, year: int) -> date:
    """Return a child's birthday in a year; who was born on 29 February has it on the 28th."""
    return _on(year, f"{birth_on:%m-%d}")


def terms_of(year: int, terms: Terms) -> list[Period]:
    """Return the school terms that begin in a year, in order."""
    found = []
    for name, (first, last) in terms.items():
        begin = _on(year, first)
        end = _on(year if last >= first else year + 1, last)
        found.append(Period(f"{year}-{name.upper()}", begin, end))
    return sorted(found, key=lambda each: each.first_on)


def period_at(cadence: str, day: date, terms: Terms) -> Period | None:
    """Return the period in which a day lies; None in the holidays between two terms."""
    if cadence == TERM:
        near = [*terms_of(day.year - 1, terms), *terms_of(day.year, terms)]
        return next((each for each in near if each.first_on <= day <= each.last_on), None)
    if cadence == WEEK:
        monday = day - timedelta(days=day.weekday())
        year, week, _weekday = day.isocalendar()
        return Period(f"{year}-W{week:02}", monday, monday + timedelta(days=6))
    if cadence == HALF_MONTH:
        middle = day.replace(day=15)
        if day <= middle:
            return Period(f"{day:%Y-%m}-1", day.replace(day=1), middle)
        return Period(f"{day:%Y-%m}-2", middle + ONE_DAY, _month_end(day))
    return _months(day, {MONTH: 1, QUARTER: 3, HALF_YEAR: 6}.get(cadence, 12))


def _months(day: date, length: int) -> Period:
    place = (day.month - 1) // length
    first = date(day.year, place * length + 1, 1)
    last = _month_end(date(day.year, place * length + length, 1))
    names = {
        1: f"{day:%Y-%m}", 3: f"{day.year}-Q{place + 1}", 6: f"{day.year}-H{place + 1}",
        12: f"{day.year}",
    }  # fmt: skip
    return Period(names[length], first, last)


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - ONE_DAY


def periods_between(cadence: str, begin: date, until: date, *, terms: Terms) -> Iterator[Period]:
    """Yield the periods that touch a stretch of time, in order."""
    day = begin
    while day <= until:
        found = period_at(cadence, day, terms)
        if found is not None:
            yield found
        day = found.last_on + ONE_DAY if found is not None else day + ONE_DAY


def term_around(day: date, terms: Terms) -> Period:
    """Return the school term of a day; in the holidays the one that has just ended."""
    while (found := period_at(TERM, day, terms)) is None:
        day -= ONE_DAY
    return found


@dataclass(frozen=True)
class Occasion:
    """One occasion: its name, its year, the day itself, and from when until when it counts."""

    code: str
    key: str
    on: date
    first_on: date
    last_on: date


def occasions_between(
    code: str, begin: date, until: date, *, terms: Terms, calendar: Calendar, birth_on: date | None
) -> Iterator[Occasion]:
    """Yield when an occasion counts within a stretch of time."""
    before, after = calendar.windows.get(code, (7, 7))
    for year in range(begin.year - 1, until.year + 2):
        for key, on in _days_of(code, year, terms=terms, calendar=calendar, birth_on=birth_on):
            first, last = on - timedelta(days=before), on + timedelta(days=after)
            if first <= until and last >= begin:
                yield Occasion(code, key, on, first, last)


def _days_of(
    code: str, year: int, *, terms: Terms, calendar: Calendar, birth_on: date | None
) -> list[tuple[str, date]]:
    if code == BIRTHDAY:
        return [(str(year), birthday_in(birth_on, year))] if birth_on else []
    if code == TERM_START:
        return [(each.key, each.first_on) for each in terms_of(year, terms)]
    if code in calendar.fixed:
        return [(str(year), _on(year, calendar.fixed[code]))]
    found = calendar.days.get(code, {}).get(year)
    return [(str(year), found)] if found else []
