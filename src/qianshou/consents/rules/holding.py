"""Whether a consent holds on a day: the one rule that everybody asks, here for one child.

`queries.holding.condition` says the same in SQL for many; a property test keeps them equal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

ASSENT_AGE: Final = 8
PROGRAMME: Final = "PROGRAMME"
SHARING: Final = "SHARING"
# What the child's own word can stop: all but the sharing that keeps it safe.
ASKS_THE_CHILD: Final = frozenset({"PROGRAMME", "MATCHING", "PHOTOS", "PUBLICATION"})


class Verdict(StrEnum):
    """Why a consent holds or does not."""

    HOLDS = "HOLDS"
    NOT_ASKED = "NOT_ASKED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    RUN_OUT = "RUN_OUT"
    TEXT_CHANGED = "TEXT_CHANGED"
    OTHER_PARTY = "OTHER_PARTY"
    OUT_OF_PROGRAMME = "OUT_OF_PROGRAMME"
    CHILD_REFUSES = "CHILD_REFUSES"
    ASSENT_MISSING = "ASSENT_MISSING"


@dataclass(frozen=True)
class Answer:
    """One answer of a guardian, as far as the rule needs it."""

    given: bool
    given_on: date
    noted_at: datetime
    text_version: int | None = None
    valid_until: date | None = None
    parties: tuple[str, ...] = ()


@dataclass(frozen=True)
class Word:
    """One answer of the child about the programme."""

    given: bool
    asked_on: date
    noted_at: datetime


@dataclass(frozen=True)
class Renewal:
    """The newest text in force that asks everybody again."""

    version: int
    since: date

    def voids(self, answer: Answer) -> bool:
        """Tell whether an answer was given to what this text has replaced."""
        if answer.text_version is None:
            return answer.given_on < self.since
        return answer.text_version < self.version


@dataclass(frozen=True)
class Ground:
    """What stands on file about one child for one purpose."""

    answers: Sequence[Answer]
    programme: Sequence[Answer] = ()
    words: Sequence[Word] = ()
    born_on: date | None = None


def verdict(
    ground: Ground,
    purpose: str,
    *,
    on: date,
    party: str | None = None,
    renewal: Renewal | None = None,
    assent_first: bool = False,
) -> Verdict:
    """Say whether the consent holds, and if not, the first reason why."""
    about_answer = _of_the_guardian(ground, on, party=party, renewal=renewal)
    if about_answer is not Verdict.HOLDS:
        return about_answer
    programme = newest_answer(ground.programme, on)
    if purpose != PROGRAMME and programme is not None and not programme.given:
        return Verdict.OUT_OF_PROGRAMME
    if purpose in ASKS_THE_CHILD:
        return _of_the_child(ground, on, assent_first=assent_first)
    return Verdict.HOLDS


def _of_the_guardian(
    ground: Ground, on: date, *, party: str | None, renewal: Renewal | None
) -> Verdict:
    newest = newest_answer(ground.answers, on)
    if newest is None:
        return Verdict.NOT_ASKED
    if not newest.given:
        earlier = any(each.given and each.given_on <= on for each in ground.answers)
        return Verdict.WITHDRAWN if earlier else Verdict.REFUSED
    if newest.valid_until is not None and newest.valid_until < on:
        return Verdict.RUN_OUT
    if renewal is not None and renewal.voids(newest):
        return Verdict.TEXT_CHANGED
    if party is not None and party not in newest.parties:
        return Verdict.OTHER_PARTY
    return Verdict.HOLDS


def _of_the_child(ground: Ground, on: date, *, assent_first: bool) -> Verdict:
    said = [each for each in ground.words if each.asked_on <= on]
    if said:
        newest = max(said, key=lambda each: (each.asked_on, each.noted_at))
        return Verdict.HOLDS if newest.given else Verdict.CHILD_REFUSES
    if assent_first and is_old_enough(ground.born_on, on):
        return Verdict.ASSENT_MISSING
    return Verdict.HOLDS


def newest_answer(answers: Sequence[Answer], on: date) -> Answer | None:
    """Return the answer that counts on a day."""
    known = [each for each in answers if each.given_on <= on]
    return max(known, key=lambda each: (each.given_on, each.noted_at), default=None)


def eighth_birthday_before(day: date) -> date:
    """Return the latest day of birth of those who are eight years old on a day."""
    try:
        return day.replace(year=day.year - ASSENT_AGE)
    except ValueError:  # 29 February: who was born on it turns eight on 1 March at the latest
        return day.replace(year=day.year - ASSENT_AGE, day=28)


def is_old_enough(born_on: date | None, on: date) -> bool:
    """Tell whether the child is to be asked itself."""
    return born_on is not None and born_on <= eighth_birthday_before(on)
