"""A person's day in one town as numbers for the solver: villages, minutes, doors.

A home is as far away as the middle of its village; no address is read. A child whose place is
hidden stands outside the order: how far its home is would say where it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.engines.touring.day import Day
from qianshou.pairing.queries.instance import positions_of
from qianshou.visits.models import Visit
from qianshou.visits.queries import books
from qianshou.visits.rules import book as rules
from qianshou.visits.rules import places, states


@dataclass(frozen=True)
class Way:
    """The visits that can be put in order, those that cannot, and the day they make."""

    visits: tuple[Visit, ...]
    aside: tuple[Visit, ...]
    day: Day


def visits_of(town: str, day: date, lead: User) -> list[Visit]:
    """Return the planned visits of one person's day in a town, in their order so far."""
    rows = Visit.objects.filter(
        lead=lead, planned_on=day, state=states.PLANNED, area_code__range=area_rules.subtree(town)
    )
    rows = rows.select_related("child", "book", "mother").prefetch_related("goers")
    return sorted(rows, key=lambda each: (each.stop or 999, each.opens, str(each.pk)))


def way_of(town: str, visits: Sequence[Visit]) -> Way:
    """Return a day for the solver; what has no known place is put aside."""
    book = books.book_for(area_rules.county_code(town))
    known = positions_of({town, *(each.area_code for each in visits)})
    shown = [each for each in visits if not each.child.hidden_location and each.area_code in known]
    shown = shown[: book.route.most_stops]
    aside = tuple(each for each in visits if each not in shown)
    if town not in known:
        return Way((), tuple(visits), _day([], np.zeros((1, 1)), book.route))
    spots = [known[town], *(known[each.area_code] for each in shown)]
    homes: list[Any] = [None, *(each.child.household_id or each.child_id for each in shown)]
    return Way(tuple(shown), aside, _day(shown, _travel(spots, homes, book.route), book.route))


def _travel(spots: list[places.Place], homes: list[Any], route: rules.Route) -> Any:
    n = len(spots)
    made = np.zeros((n, n), np.int64)
    for i in range(n):
        for j in range(n):
            if i != j and homes[i] != homes[j]:
                km = places.kilometres(spots[i], spots[j]) * route.factor_percent / 100
                made[i, j] = route.same_place_minutes + round(km / route.speed_kmh * 60)
    return made


def _day(visits: Sequence[Visit], travel: Any, route: rules.Route) -> Day:
    return Day(
        np.asarray(travel, np.int64),
        np.array([0, *(each.minutes for each in visits)], np.int64),
        np.array([route.starts, *(each.opens for each in visits)], np.int64),
        np.array([route.ends, *(each.closes for each in visits)], np.int64),
    )
