"""The numbers and words by which wishes are kept, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

NUMBERS: Final = (
    "assent_from_age", "most_yuan", "published_days", "claimed_days", "code_minutes",
    "code_tries", "asks_an_hour", "open_claims", "fewest_children",
)  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """Everything that is set about wishes."""

    assent_from_age: int
    most_yuan: int
    published_days: int
    claimed_days: int
    code_minutes: int
    code_tries: int
    asks_an_hour: int
    open_claims: int
    fewest_children: int
    rare: tuple[str, ...]
    pity: tuple[str, ...]


def limits_from(body: Mapping[str, Any]) -> Limits:
    """Return the limits that a TOML file says; raises `ValueError` with what is wrong."""
    for name in NUMBERS:
        if not isinstance(body.get(name), int) or not 1 <= body[name] <= 10_000:
            raise ValueError(f"{name}: a whole number from 1 to 10000 is needed")
    words: dict[str, Any] = {
        name: tuple(str(each) for each in body.get(name, []) if str(each).strip())
        for name in ("rare", "pity")
    }
    return Limits(**{name: body[name] for name in NUMBERS}, **words)
