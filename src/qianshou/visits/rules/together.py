"""Who may go to a family: the first visits need two people, one of them of the staff."""

from collections.abc import Sequence
from typing import Final

STAFF, DIRECTOR, MOTHER, PARTNER = "STAFF", "DIRECTOR", "MOTHER", "PARTNER"
# Whose office answers for the visit.
OFFICIAL: Final = (STAFF, DIRECTOR)
ALONE, NOBODY_OF_STAFF, NOBODY = "ALONE", "NOBODY_OF_STAFF", "NOBODY"


def needs_two(made: int, first: int) -> bool:
    """Tell whether a family that was visited `made` times still needs two people."""
    return made < first


def problem_of(kinds: Sequence[str], *, made: int, first: int) -> str:
    """Return what forbids these people to go, or nothing."""
    if not kinds:
        return NOBODY
    if not needs_two(made, first):
        return ""
    if len(kinds) < 2:
        return ALONE
    return "" if any(kind in OFFICIAL for kind in kinds) else NOBODY_OF_STAFF
