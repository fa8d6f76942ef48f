"""Codes that people copy by hand: no letter that looks like a digit, and enough of them."""

import secrets
from typing import Final

ALPHABET: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
LENGTH: Final = 16  # 31 ** 16 is 79 bits: nobody finds one by trying
GROUP: Final = 4
SHORT: Final = 8


def new_code() -> str:
    """Return a code in groups of four, as it is shown and written down."""
    return shown("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)))


def new_slug() -> str:
    """Return the short word of a campaign's address; it is public and only has to be one."""
    return "".join(secrets.choice(ALPHABET) for _ in range(SHORT)).lower()


def shown(code: str) -> str:
    """Return a code in groups of four."""
    return "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))


def typed(text: str) -> str:
    """Return a code as it was made from what somebody typed: case, blanks and dashes do not count.

    Raises nothing: what is no code gives the empty text.
    """
    plain = "".join(char for char in text.upper() if char.isascii() and char.isalnum())
    good = len(plain) == LENGTH and set(plain) <= set(ALPHABET)
    return plain if good else ""
