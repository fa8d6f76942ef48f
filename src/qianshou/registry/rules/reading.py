"""Reading single values quickly: what is well formed takes a short way, the rest the engine's."""

import unicodedata
from functools import lru_cache
from operator import mul
from typing import Final

from qianshou.engines.linkage import identity, normalise

# Weights and check characters of ISO 7064 MOD 11-2 as GB 11643 uses them.
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK: Final = "10X98765432"
_CACHED: Final = 1 << 16


def id_number(raw: str) -> tuple[str, bool]:
    """Return the canonical ID number (the raw text if there is none) and whether it holds."""
    if len(raw) == 18 and raw[:17].isdecimal() and raw.isascii():
        total = sum(map(mul, map(int, raw[:17]), _WEIGHTS))
        if raw[17] == _CHECK[total % 11] and identity.is_date(raw[6:14]):
            return raw, True
    number, valid, _ = normalise.id_number(raw)
    return number or raw, valid


@lru_cache(maxsize=_CACHED)
def person_name(raw: str) -> str:
    """Return the canonical name, or nothing for a text that names nobody."""
    return normalise.person_name(raw) or ""


@lru_cache(maxsize=_CACHED)
def spelled(name: str) -> str:
    """Return a name as the department wrote it, without stray spaces and full-width letters."""
    words = unicodedata.normalize("NFKC", name).split()
    return (" " if all(word.isascii() for word in words) else "").join(words)


def phone(raw: str) -> str:
    """Return the digits of a telephone number, or nothing."""
    if len(raw) == 11 and raw[0] == "1" and raw.isascii() and raw.isdecimal() and len(set(raw)) > 2:
        return raw
    return normalise.phone(raw) or ""


def adult_number(raw: str) -> str:
    """Return an adult's ID number in capital letters, or nothing unless it has 18 characters.

    It only recognises the same adult again, so the check digit does not matter here.
    """
    typed = raw.strip().upper()
    return typed if len(typed) == 18 and typed[:17].isdecimal() and typed.isascii() else ""
