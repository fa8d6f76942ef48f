"""How fast a task team answers, how often it is reviewed, and when a closed one comes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

GRADES: Final = ("RED", "ORANGE", "YELLOW", "GREEN")
# domain.md 1.8: answer within a day; red is reviewed monthly, then by quarter, half-year, year.
DEFAULT: Final[Mapping[str, Any]] = {
    "answer_hours": 24,
    "second_hours": 24,
    "late_days": 3,
    "reopen_days": 180,
    "review_days": {"RED": 30, "ORANGE": 90, "YELLOW": 182, "GREEN": 365},
}
# The number, its least and its greatest value: what a county may set.
BOUNDS: Final[Mapping[str, tuple[int, int]]] = {
    "answer_hours": (1, 72),
    "second_hours": (1, 168),
    "late_days": (0, 30),
    "reopen_days": (0, 730),
}
REVIEW_BOUNDS: Final = (7, 730)


class BadRhythm(ValueError):  # noqa: N818 - named after the fact
    """A number is missing, out of its bounds, or a milder grade is reviewed more often."""


@dataclass(frozen=True)
class Rhythm:
    """The clocks of an area, version 0 being the shipped ones."""

    version: int
    answer_hours: int
    second_hours: int
    late_days: int
    reopen_days: int
    review_days: Mapping[str, int]

    def answer_by(self, opened_at: datetime) -> datetime:
        """Return until when somebody has to have answered."""
        return opened_at + timedelta(hours=self.answer_hours)

    def review_on(self, grade: str, today: date) -> date:
        """Return the day of the next review for a grade."""
        return today + timedelta(days=self.review_days[grade])

    def comes_back(self, closed_on: date, today: date) -> bool:
        """Tell whether a team that closed then is opened again rather than a new one made."""
        return today - closed_on <= timedelta(days=self.reopen_days)


def read(body: Mapping[str, Any], version: int = 0) -> Rhythm:
    """Check the numbers of a rhythm; raises `BadRhythm` that names the number and its bounds."""
    for name, (least, most) in BOUNDS.items():
        _check(body.get(name), name, least=least, most=most)
    days = body.get("review_days")
    if not isinstance(days, Mapping) or set(days) != set(GRADES):
        raise BadRhythm(f"review_days: give the days for each of {', '.join(GRADES)}.")
    for grade in GRADES:
        least, most = REVIEW_BOUNDS
        _check(days[grade], f"review_days.{grade}", least=least, most=most)
    for severe, mild in pairwise(GRADES):
        if days[severe] > days[mild]:
            raise BadRhythm(f"review_days.{mild}: not more often than {severe}.")
    return Rhythm(version, **{name: body[name] for name in BOUNDS}, review_days=dict(days))


def _check(value: Any, name: str, *, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadRhythm(f"{name}: a whole number from {least} to {most}, not {value!r}.")
