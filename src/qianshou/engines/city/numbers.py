"""Numbers that look real and belong to nobody: resident IDs, telephones, certificates.

Telephones use only prefixes which, to our knowledge, no Chinese operator has been given.
"""

from collections.abc import Iterable
from datetime import date
from operator import mul

import numpy as np
from numpy.typing import NDArray

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
UNASSIGNED_PREFIXES = ("154", "160", "161", "163", "164", "168", "169", "179")

EPOCH = date(1970, 1, 1)
Days = NDArray[np.int64]


def check_character(seventeen: str) -> str:
    """Return the last character of a resident ID (GB 11643, ISO 7064 MOD 11-2)."""
    return _CHECKS[sum(map(mul, _WEIGHTS, map(int, seventeen))) % 11]


def is_valid_id(number: str) -> bool:
    """Tell whether 18 characters form a resident ID with the right check character."""
    return (
        len(number) == 18
        and number[:17].isascii()
        and number[:17].isdigit()
        and check_character(number[:17]) == number[17]
    )


def with_checks(stems: Iterable[str]) -> list[str]:
    """Complete many 17-digit stems at once."""
    stems = list(stems)
    if not stems:
        return []
    digits = np.frombuffer("".join(stems).encode("ascii"), dtype=np.uint8).reshape(-1, 17) - 48
    sums = digits.astype(np.int64) @ np.array(_WEIGHTS, dtype=np.int64)
    return [stem + _CHECKS[rest] for stem, rest in zip(stems, (sums % 11).tolist(), strict=True)]


def compact_dates(days: Days) -> list[str]:
    """Write days since 1970 as YYYYMMDD."""
    stamps = np.asarray(days, dtype="datetime64[D]")
    return [text.replace("-", "") for text in np.datetime_as_string(stamps).tolist()]


def resident_ids(
    regions: list[str], born: Days, *, sex: NDArray[np.int64], sequence: NDArray[np.int64]
) -> list[str]:
    """Form IDs: region at registration, birth, sequence of the right parity, check character.

    `sequence` is 0..499; the register gives odd numbers to males and even ones to females.
    No two people here share an ID: sequences are moved on until all stems differ.
    """
    births = compact_dates(born)
    taken: set[str] = set()
    stems = []
    for region, birth, code, step in zip(
        regions, births, sex.tolist(), sequence.tolist(), strict=True
    ):
        stem = _stem(region + birth, code, step)
        while stem in taken:
            step = (step + 1) % 499  # noqa: PLW2901 -- the next free number of that day
            stem = _stem(region + birth, code, step)
        taken.add(stem)
        stems.append(stem)
    return with_checks(stems)


def _stem(prefix: str, sex: int, step: int) -> str:
    return f"{prefix}{2 * step + (1 if sex == 1 else 2):03d}"


def phones(rng: np.random.Generator, count: int) -> list[str]:
    """Draw 11-digit mobile numbers that cannot ring at anybody's."""
    prefix = rng.integers(0, len(UNASSIGNED_PREFIXES), count).tolist()
    rest = rng.integers(0, 100_000_000, count).tolist()
    return [f"{UNASSIGNED_PREFIXES[p]}{r:08d}" for p, r in zip(prefix, rest, strict=True)]


def days(day: date) -> int:
    """Count the days from 1970 to a date."""
    return (day - EPOCH).days
