"""How many children a mother may have today: her own number, or fewer while she asks for less.

What she asks for herself counts from the day on which she asks, without anybody's leave. The
database has the same rule as `mothers_effective_capacity`, and `MotherQuerySet.with_effective`
says it in a query; a property test holds the three together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

LONGEST_REST: Final = timedelta(days=366)


@dataclass(frozen=True)
class Pause:
    """A time in which she wants at most `places` children; `ended_on` is the first day after it."""

    places: int
    from_on: date
    until_on: date
    ended_on: date | None = None

    def holds_on(self, day: date) -> bool:
        """Tell whether the pause holds on a day."""
        ended = self.ended_on is not None and day >= self.ended_on
        return self.from_on <= day <= self.until_on and not ended


def effective_capacity(
    capacity: int, *, pauses: Iterable[Pause] = (), asked: Iterable[int] = (), day: date
) -> int:
    """Return her places on a day: `asked` are lower numbers that she has asked for, still open."""
    return min([capacity, *(each.places for each in pauses if each.holds_on(day)), *asked])
