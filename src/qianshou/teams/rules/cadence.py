"""How often a mother is in touch where no model says so (domain.md 1.8)."""

from collections.abc import Mapping
from typing import Final

from qianshou.teams.rules.model import CONTACT, MOTHER, Model

# What a child counts as whose grade nobody has computed yet.
UNGRADED: Final = "YELLOW"


def days_for(grade: str, model: Model | None, default: Mapping[str, int]) -> int:
    """Return every how many days the mother of a child is in touch with it."""
    grade = grade if grade in default else UNGRADED
    slot = model.slot(MOTHER) if model else None
    own = slot.days(CONTACT, grade) if slot else None
    return own or default[grade]
