"""The order of a day's visits: exact for a small day, else searched, with what is known of it."""

from dataclasses import dataclass

from qianshou.engines.touring.day import Day, Timed, follow
from qianshou.engines.touring.exact import MOST_EXACT, best_order
from qianshou.engines.touring.search import bound_of, good_order


@dataclass(frozen=True)
class Tour:
    """An order with its times, a cost that no order can be below, and whether it is the best."""

    timed: Timed
    bound: int
    proven: bool

    @property
    def gap(self) -> float:
        """Return by how much of its cost the order may miss the best, 0..1."""
        return 0.0 if self.proven else 1 - self.bound / max(self.timed.cost, 1)


def plan(day: Day, *, seed: int = 1) -> Tour:
    """Return the best order of a day of up to 13 visits, and a very good one of more."""
    if day.stops <= MOST_EXACT:
        timed = follow(day, best_order(day))
        return Tour(timed, timed.cost, proven=True)
    timed = follow(day, good_order(day, seed=seed))
    bound = min(bound_of(day), timed.cost)
    return Tour(timed, bound, proven=bound == timed.cost)
