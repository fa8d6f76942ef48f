"""What may be said in a message that leaves the house: where to look, never about whom."""

import re
from typing import Final

PLACEHOLDER: Final = re.compile(r"%\((\w+)\)[sd]")
# A text message passes networks and lies on a lock screen that others see. These words tell a
# stranger nothing about a child: who writes, until when, how many, and the address to open.
MAY_LEAVE: Final = frozenset(
    {"office", "phone", "until", "day", "time", "count", "days", "link", "code"}
)


def too_much(sentence: str) -> set[str]:
    """Return the placeholders of a sentence that must not leave the house."""
    return set(PLACEHOLDER.findall(sentence)) - MAY_LEAVE


def missing(sentence: str, given: set[str]) -> set[str]:
    """Return the placeholders that nobody has filled."""
    return set(PLACEHOLDER.findall(sentence)) - given
