"""How much a doubtful link is worth a person's time."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

_GRAVE_FLAGS: Final = ("self_harm", "violence_clue", "lives_alone", "bullied", "dropped_out")
_GRAVE_CATEGORIES: Final = frozenset({"DE_FACTO_UNATTENDED", "ORPHAN_SCATTERED", "SAFETY_HARDSHIP"})


def gravity(facts: Mapping[str, Any]) -> int:
    """Count what makes a child's file urgent, as far as the registry knows."""
    flags = sum(bool(facts.get(flag)) for flag in _GRAVE_FLAGS)
    grave = len(_GRAVE_CATEGORIES.intersection(facts.get("categories", ())))
    return flags + grave + (facts.get("psych") == "SERIOUS")


def value(wrong: float, facts: Iterable[Mapping[str, Any]], *, urgency: float = 0.0) -> float:
    """Return the order of questions, higher first: those about children at risk lead.

    `wrong` is how likely the answer changes a file. `urgency` is what the rooms above say about
    the two children. It is larger than anything that is said here, so that every question about
    a red child stands before all others.
    """
    grave = max((gravity(each) for each in facts), default=0)
    return round(urgency + (0.2 + wrong) * (1 + grave), 4)
