"""Which days are worked and which are not, year by year, as an office was told.

A year that nobody has described is taken for plain weeks, and said to be unknown; nothing fails.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

ANNOUNCED: Final = "announced"
ASSUMED: Final = "assumed"
STANDINGS: Final = (ANNOUNCED, ASSUMED)
SATURDAY: Final = 5
LONGEST: Final = timedelta(days=40)
MOST: Final = 60
YEARS: Final = (2000, 2100)


class BadCalendarError(ValueError):
    """A calendar that cannot be used; the text says where and how to mend it."""


@dataclass(frozen=True, order=True)
class Span:
    """Days with a name, the first and the last included."""

    first: date
    last: date
    name: str

    def days(self) -> Iterable[date]:
        """Yield every day of the span."""
        for back in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=back)


@dataclass(frozen=True)
class Year:
    """One year: days off, working days at weekends, school holidays, and where that is from."""

    year: int
    standing: str
    source: str
    off: tuple[Span, ...] = ()
    work: tuple[Span, ...] = ()
    vacations: tuple[Span, ...] = ()
    school_standing: str = ASSUMED
    school_source: str = ""

    @property
    def is_announced(self) -> bool:
        """Tell whether the days off were announced, not assumed."""
        return self.standing == ANNOUNCED


@dataclass(frozen=True)
class Calendar:
    """The years that hold for one area."""

    years: Mapping[int, Year] = field(default_factory=dict)

    def name_of(self, day: date) -> str:
        """Return the name of the holiday on a day, empty if there is none."""
        year = self.years.get(day.year)
        spans = year.off if year else ()
        return next((each.name for each in spans if each.first <= day <= each.last), "")

    def is_working(self, day: date) -> bool:
        """Tell whether offices are open on a day."""
        if self.name_of(day):
            return False
        year = self.years.get(day.year)
        if year and any(each.first <= day <= each.last for each in year.work):
            return True
        return day.weekday() < SATURDAY

    def working_day(self, day: date) -> date:
        """Return the first working day from a day on."""
        return next(
            (moved for moved in _from(day, LONGEST) if self.is_working(moved)), day
        )  # fmt: skip

    def first_of_week(self, day: date) -> date:
        """Return the first working day of the week in which a day lies, else its Monday."""
        monday = day - timedelta(days=day.weekday())
        return next(
            (each for each in _from(monday, timedelta(days=6)) if self.is_working(each)), monday
        )  # fmt: skip

    def moved(self, first: date, last: date) -> list[tuple[date, date]]:
        """Return each day off between two days with the working day after it."""
        return [
            (day, self.working_day(day))
            for day in _from(first, last - first)
            if not self.is_working(day)
        ]

    def is_vacation(self, day: date) -> bool:
        """Tell whether schools are closed for their long holidays on a day."""
        year = self.years.get(day.year)
        return bool(year) and any(
            each.first <= day <= each.last for each in (year.vacations if year else ())
        )

    def unknown(self, *days: date) -> list[int]:
        """Return the years of some days that nobody has described."""
        return sorted({day.year for day in days} - set(self.years))


def _from(day: date, length: timedelta) -> Iterable[date]:
    return (day + timedelta(days=ahead) for ahead in range(length.days + 1))


# -- reading and writing a year -------------------------------------------------------------------


def year_from(body: Mapping[str, Any]) -> Year:
    """Return the year that a TOML file says; raises `BadCalendarError` with what is wrong."""
    number = body.get("year")
    if not isinstance(number, int) or not YEARS[0] <= number <= YEARS[1]:
        raise BadCalendarError("year: a number such as 2027 is needed")
    school = body.get("school", {})
    made = Year(
        number, _standing(body, "standing"), _words(body, "source", "at the top", longest=300),
        off=_spans(body, "off", number), work=_spans(body, "work", number),
        vacations=_spans(body, "vacation", number),
        school_standing=_standing(school, "standing") if school else ASSUMED,
        school_source=_words(school, "source", "school", longest=300) if school else "",
    )  # fmt: skip
    both = {day for span in made.off for day in span.days()} & {
        day for span in made.work for day in span.days()
    }
    if both:
        raise BadCalendarError(f"{min(both)} stands under off and under work")
    return made


def _standing(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if value not in STANDINGS:
        raise BadCalendarError(f"{name}: one of {', '.join(STANDINGS)} is needed")
    return str(value)


def _words(body: Mapping[str, Any], name: str, where: str, *, longest: int = 40) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        raise BadCalendarError(f"{where}: {name} needs words, at most {longest} characters")
    if '"' in value or "\\" in value or not value.isprintable():
        raise BadCalendarError(f"{where}: {name} may hold no straight quotes, lines or slashes")
    return value.strip()


def _spans(body: Mapping[str, Any], name: str, year: int) -> tuple[Span, ...]:
    rows = body.get(name, [])
    if not isinstance(rows, list) or len(rows) > MOST:
        raise BadCalendarError(f"{name}: at most {MOST} entries [[{name}]]")
    return tuple(sorted(_span(row, f"{name} {place}", year) for place, row in _counted(rows)))


def _counted(rows: Iterable[Any]) -> Iterable[tuple[int, Any]]:
    return enumerate(rows, start=1)


def _span(row: Any, where: str, year: int) -> Span:
    if not isinstance(row, Mapping):
        raise BadCalendarError(f"{where}: a table with name and days is needed")
    first = row.get("from", row.get("day"))
    last = row.get("to", first)
    for day in (first, last):
        if type(day) is not date or day.year != year:
            raise BadCalendarError(f"{where}: a day of {year} such as {year}-05-01 is needed")
    assert isinstance(first, date)
    assert isinstance(last, date)
    if last < first:
        raise BadCalendarError(f"{where}: {last} is before {first}")
    return Span(first, last, _words(row, "name", where))


def written(year: Year) -> str:
    """Return a year as the TOML text that `year_from` reads."""
    lines = [f"year = {year.year}", f'standing = "{year.standing}"', f'source = "{year.source}"']
    for name, spans in (("off", year.off), ("work", year.work), ("vacation", year.vacations)):
        for span in spans:
            lines += ["", f"[[{name}]]", f'name = "{span.name}"']
            lines += [f"from = {span.first}", f"to = {span.last}"]
    if year.school_source:
        lines += ["", "[school]", f'standing = "{year.school_standing}"']
        lines += [f'source = "{year.school_source}"']
    return "\n".join(lines) + "\n"
