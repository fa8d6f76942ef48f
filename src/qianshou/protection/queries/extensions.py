"""Where rooms above say what protection cannot know: how often pairs were in touch.

Care knows contacts and stands above; it registers here when the program starts.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True)
class Touch:
    """One day on which a pair was, or was not, in touch; the mood is 1 (very sad) to 5."""

    on: date
    mood: int | None
    reached: bool = True


@dataclass(frozen=True)
class History:
    """What is known of the last weeks of a pair in which care is running."""

    pairing_id: UUID
    child_id: UUID
    touches: tuple[Touch, ...]


Histories = Callable[[str, date], Iterable[History]]
_providers: list[Histories] = []


def register_histories(provider: Histories) -> None:
    """Let a room above tell, for a county and from a day on, how pairs were in touch."""
    if provider not in _providers:
        _providers.append(provider)


def histories(county: str, since: date) -> Iterable[History]:
    """Yield what the rooms above know of a county's pairs."""
    for provider in _providers:
        yield from provider(county, since)
