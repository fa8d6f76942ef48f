"""Where rooms above say what else stands on a mother's day: visits know on which she goes along.

Visits stand above care; they register here when the program starts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from qianshou.accounts.models import User


@dataclass(frozen=True)
class Going:
    """A home visit on which she goes along: to whom, when, what for, with whom; no address."""

    name: str
    on: date
    window: str
    purpose: str
    people: tuple[str, ...]
    url: str


Goings = Callable[[User, date], list[Going]]
_providers: list[Goings] = []


def register_goings(provider: Goings) -> None:
    """Let a room above tell on which visits a mother goes along from a day on."""
    if provider not in _providers:
        _providers.append(provider)


def goings_of(user: User, today: date) -> list[Going]:
    """Return the visits that a mother has before her, the next first."""
    found = [each for provider in _providers for each in provider(user, today)]
    return sorted(found, key=lambda each: (each.on, each.window, each.url))
