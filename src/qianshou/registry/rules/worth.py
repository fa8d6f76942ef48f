"""How much a doubtful link is worth a person's time."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

_GRAVE_FLAGS: Final = ("self_harm", "violence_clue", "lives_alone", "bullied", "dropped_out")
_GRAVE_CATEGORIES: Final = frozenset({"DE_FACTO_UNATTENDED", "ORPHAN_SCATTERED", "SAFETY_HARDSHIP"})
# A twin question looks alike for every pair of twins, so it comes after the open ones.
_BY_REASON: Final = {
    "ID_CONFLICT": 1.2,
    "MARGIN": 1.1,
    "NIGHT": 1.1,
    "BAND": 1.0,
    "PLACEHOLDER": 0.6,
    "TWIN": 0.4,
}


def uncertainty(probability: float) -> float:
    """Return the entropy of a yes-or-no question in bits, 0 to 1."""
    if not 0 < probability < 1:
        return 0.0
    rest = 1 - probability
    return -probability * math.log2(probability) - rest * math.log2(rest)


def gravity(facts: Mapping[str, Any]) -> int:
    """Count what makes a child's file urgent, as far as the registry knows."""
    flags = sum(bool(facts.get(flag)) for flag in _GRAVE_FLAGS)
    grave = len(_GRAVE_CATEGORIES.intersection(facts.get("categories", ())))
    return flags + grave + (facts.get("psych") == "SERIOUS")


def value(
    probability: float, reason: str, facts: Iterable[Mapping[str, Any]], *, urgency: float = 0.0
) -> float:
    """Return the order of questions, higher first: open ones about children at risk lead.

    `urgency` is what the rooms above say about the two children. It is larger than anything that
    is said here, so that every question about a red child stands before all others.
    """
    grave = max((gravity(each) for each in facts), default=0)
    open_share = 0.2 + uncertainty(probability)
    return round(urgency + open_share * _BY_REASON.get(reason, 1.0) * (1 + grave), 4)
