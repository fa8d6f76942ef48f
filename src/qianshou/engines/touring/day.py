"""A day of visits as numbers: how long, when each door is open, and what an order of them costs.

Place 0 is the office, where the day starts and ends. Everything is in whole minutes. An order
costs its travel, the length of the day, and `LATE` for each minute after a door has closed: so an
order exists for every day, and one that is late is never better than one that is not.
"""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qianshou.engines.kernels import compiled

LATE: Final = 10_000
MOST_STOPS: Final = 60
LONGEST: Final = 100_000

Minutes = NDArray[np.int64]


class BadDayError(ValueError):
    """A day that cannot be planned; the text says what is wrong."""


class Arrays(NamedTuple):
    """The day as the compiled code reads it."""

    travel: Minutes
    service: Minutes
    opens: Minutes
    closes: Minutes


@dataclass(frozen=True)
class Day:
    """Travel between places, and for each place how long one stays and when one may come.

    `opens[0]` is when the day starts, `closes[0]` when everybody should be back; `service[0]` is 0.
    A visit begins between `opens` and `closes`; who comes before waits.
    """

    travel: Minutes
    service: Minutes
    opens: Minutes
    closes: Minutes

    def __post_init__(self) -> None:
        """Refuse numbers that are no day."""
        n = len(self.service)
        if self.travel.shape != (n, n) or not (len(self.opens) == len(self.closes) == n >= 1):
            raise BadDayError("travel, service, opens and closes do not fit together")
        if n - 1 > MOST_STOPS:
            raise BadDayError(f"more than {MOST_STOPS} visits on one day")
        every = (self.travel, self.service, self.opens, self.closes)
        if any(each.min() < 0 or each.max() > LONGEST for each in every):
            raise BadDayError(f"minutes must lie between 0 and {LONGEST}")
        if self.service[0] != 0 or np.any(self.opens > self.closes):
            raise BadDayError("a door closes before it opens, or the office takes time")

    @property
    def stops(self) -> int:
        """Return how many visits there are."""
        return len(self.service) - 1

    @property
    def arrays(self) -> Arrays:
        """Return the day for compiled code."""
        every = (self.travel, self.service, self.opens, self.closes)
        return Arrays(*(np.ascontiguousarray(each, dtype=np.int64) for each in every))


@dataclass(frozen=True)
class Timed:
    """An order with its times: when each visit is reached and begins, and how late that is."""

    order: tuple[int, ...]
    reached: tuple[int, ...]
    begins: tuple[int, ...]
    late: tuple[int, ...]
    back_at: int
    back_late: int
    travel: int
    cost: int

    @property
    def is_in_time(self) -> bool:
        """Tell whether every door is open and the day ends in time."""
        return not any(self.late) and not self.back_late


def follow(day: Day, order: tuple[int, ...]) -> Timed:
    """Return the times of an order of all visits, as a person or the solver chose it."""
    if sorted(order) != list(range(1, day.stops + 1)):
        raise BadDayError("the order must name each visit once")
    clock, here, travel = int(day.opens[0]), 0, 0
    reached, begins, late = [], [], []
    for stop in order:
        way = int(day.travel[here, stop])
        travel += way
        clock += way
        reached.append(clock)
        clock = max(clock, int(day.opens[stop]))
        begins.append(clock)
        late.append(max(clock - int(day.closes[stop]), 0))
        clock += int(day.service[stop])
        here = stop
    way = int(day.travel[here, 0])
    back = clock + way
    back_late = max(back - int(day.closes[0]), 0)
    travel += way
    cost = travel + back - int(day.opens[0]) + LATE * (sum(late) + back_late)
    return Timed(order, tuple(reached), tuple(begins), tuple(late), back, back_late, travel, cost)


@compiled
def price(a: Arrays, order: Minutes, most: int) -> Any:
    """Return what an order costs, or any number above `most` once it is beyond it."""
    clock, here, spent = a.opens[0], 0, 0
    for stop in order:
        way = a.travel[here, stop]
        spent += way
        clock = max(clock + way, a.opens[stop])
        if clock > a.closes[stop]:
            spent += LATE * (clock - a.closes[stop])
        if spent > most:
            return most + 1
        clock += a.service[stop]
        here = stop
    way = a.travel[here, 0]
    back = clock + way
    if back > a.closes[0]:
        spent += LATE * (back - a.closes[0])
    return spent + way + back - a.opens[0]
