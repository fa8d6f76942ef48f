"""Grades and their order, and which of two grades counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

RED, ORANGE, YELLOW, GREEN = "RED", "ORANGE", "YELLOW", "GREEN"
# The place in this order is the tier that the matcher reads: 0 is the most urgent.
ORDER: Final = (RED, ORANGE, YELLOW, GREEN)
TIERS: Final = {grade: tier for tier, grade in enumerate(ORDER)}


@dataclass(frozen=True)
class Confirmed:
    """What a person last said of a child, and what the rule said at that time.

    `same_scale` is false when the rule spoke with another version of the instrument than today's.
    """

    grade: str
    score: int
    triggers: tuple[str, ...]
    computed: str = RED
    same_scale: bool = True


def more_urgent(first: str, second: str) -> str:
    """Return the more urgent of two grades."""
    return min(first, second, key=TIERS.__getitem__)


def is_raised(before: str | None, after: str) -> bool:
    """Tell whether a grade became more urgent; a first grade counts as raised only if red."""
    return after == RED if before is None else TIERS[after] < TIERS[before]


def speaks_anew(
    computed: str, *, score: int, triggers: Sequence[str], confirmed: Confirmed
) -> bool:
    """Tell whether something has come up since a person decided: more points or a new trigger.

    Points of two versions of an instrument cannot be compared; then the grades are.
    """
    if set(triggers) - set(confirmed.triggers):
        return True
    if confirmed.same_scale:
        return score > confirmed.score
    return is_raised(confirmed.computed, computed)


def counting(computed: str, *, score: int, triggers: Sequence[str], said: Confirmed | None) -> str:
    """Return the grade that counts: what a person said holds until something new speaks up.

    A feed never lowers a confirmed grade. It raises one only with more points or a further
    trigger than the person had before her, so that a decision with reasons is not undone by the
    same facts arriving again.
    """
    if said is None:
        return computed
    if speaks_anew(computed, score=score, triggers=triggers, confirmed=said):
        return more_urgent(computed, said.grade)
    return said.grade
