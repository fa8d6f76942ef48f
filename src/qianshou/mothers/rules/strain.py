"""The strain pulse: three questions a month, each version of them a file in `data/`.

A pulse keeps the version it answered, so that old answers keep their meaning when the questions
change. It is a question to somebody who gives, never a test: nothing is taken away for an answer,
and a missed month is shown and not held against her.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Final

CURRENT: Final = 1
# A pulse speaks for its month and the two after it; later nothing is known of her strain.
SPEAKS_MONTHS: Final = 3
CALM: Final = "CALM"
SOME: Final = "SOME"
HIGH: Final = "HIGH"


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


LEVELS: Final[Mapping[str, str]] = {
    CALM: _("carries it well"),
    SOME: _("feels some strain"),
    HIGH: _("feels much strain"),
}


@dataclass(frozen=True)
class Questions:
    """One version of the questionnaire: texts by language, and from which share a level begins."""

    version: int
    questions: tuple[Mapping[str, str], ...]
    answers: tuple[Mapping[str, str], ...]
    some: int
    high: int

    def percent(self, answers: Sequence[int]) -> int:
        """Return the strain 0..100 of three answers, each counted from 0."""
        if len(answers) != len(self.questions):
            raise ValueError("Every question has one answer.")
        if any(not 0 <= each < len(self.answers) for each in answers):
            raise ValueError("An answer is none of those offered.")
        most = (len(self.answers) - 1) * len(self.questions)
        return round(100 * sum(answers) / most)

    def level(self, percent: int) -> str:
        """Return the level of a strain."""
        return HIGH if percent >= self.high else SOME if percent >= self.some else CALM


@cache
def questions(version: int = CURRENT) -> Questions:
    """Return a version of the questionnaire."""
    file = resources.files("qianshou.mothers") / "data" / f"strain-{version}.json"
    read = json.loads(file.read_text("utf-8"))
    return Questions(
        version, tuple(read["questions"]), tuple(read["answers"]), read["some"], read["high"]
    )


def month_of(day: date) -> date:
    """Return the first day of a month: a pulse belongs to a month."""
    return day.replace(day=1)


def months_back(day: date, count: int) -> list[date]:
    """Return the last months, the present one first."""
    first = day.year * 12 + day.month - 1
    return [_month(first - back) for back in range(count)]


def _month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def since(day: date) -> date:
    """Return the oldest month whose pulse still speaks on a day."""
    return months_back(day, SPEAKS_MONTHS)[-1]


def missed(months: Iterable[date], *, day: date, from_on: date | None) -> list[date]:
    """Return which of the last six months before the present one she was asked and did not say."""
    answered = set(months)
    begun = month_of(from_on) if from_on else month_of(day)
    return [each for each in months_back(day, 7)[1:] if each >= begun and each not in answered]
