"""The number of a volunteer service certificate: county, year, running number, and a seal.

`AX-500236-2026-000041-7KQ2M9WXTB`: the last ten letters (50 bits) are a keyed digest of the
others, so that nobody can guess a number that exists, nor change one without being found out.
"""

import hmac
import re
from typing import Final

# Crockford's letters: none of them is mistaken for another when read out.
LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SEAL: Final = 10
_STEM: Final = re.compile(r"AX-\d{6}-\d{4}-\d{6}")
_MISREAD: Final = str.maketrans("OIL", "011")


def stem(county: str, year: int, serial: int) -> str:
    """Return the number without its seal."""
    return f"AX-{county[:6]}-{year:04d}-{serial:06d}"


def seal_of(digest: bytes) -> str:
    """Return the letters of a keyed digest of the stem."""
    bits = int.from_bytes(digest[:7], "big") >> 6
    return "".join(LETTERS[(bits >> 5 * (SEAL - 1 - place)) & 31] for place in range(SEAL))


def read(typed: str) -> tuple[str, str] | None:
    """Return stem and seal of a number as somebody typed it, or None if it cannot be one."""
    number = typed.strip().upper().replace(" ", "").replace("—", "-").replace("－", "-")
    head, _, seal = number.rpartition("-")
    if not _STEM.fullmatch(head) or len(seal) != SEAL:
        return None
    return head, seal.translate(_MISREAD)


def is_sealed(seal: str, digest: bytes) -> bool:
    """Tell whether the seal belongs to the digest, in constant time."""
    return hmac.compare_digest(seal.encode(), seal_of(digest).encode())
