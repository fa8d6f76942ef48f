"""What can be wished in a mother besides a person: her language, her age, her experience."""

from collections.abc import Iterable
from typing import Final

LANGUAGE: Final = "LANGUAGE:"
YOUNGER_THAN: Final = 40
OLDER_THAN: Final = 50
EXPERIENCED: Final = "EXPERIENCED"
YOUNGER: Final = "YOUNGER"
OLDER: Final = "OLDER"
BITS: Final = 32
PERSONS: Final = 4


def traits_of(
    *, age: int, languages: Iterable[str], load: int, kept: int
) -> frozenset[str]:  # fmt: skip
    """Return everything that can be wished in a mother and is so of this one.

    Who has or had children in the programme is experienced; nobody's age is guessed.
    """
    found = {f"{LANGUAGE}{each}" for each in languages}
    if load + kept > 0:
        found.add(EXPERIENCED)
    if 0 < age < YOUNGER_THAN:
        found.add(YOUNGER)
    if age >= OLDER_THAN:
        found.add(OLDER)
    return frozenset(found)
