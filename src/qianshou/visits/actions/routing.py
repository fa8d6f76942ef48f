"""The order of a day: found by the solver, or changed by hand, with the times that follow."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common import rowsecurity
from qianshou.common.errors import NotAllowed, Refused
from qianshou.engines.touring import tour
from qianshou.engines.touring.day import Timed, follow
from qianshou.visits import permissions
from qianshou.visits.models import DayRoute, Visit
from qianshou.visits.queries import way
from qianshou.visits.queries.way import Way


class NothingToOrder(Refused):
    """There is no planned visit on this day whose place is known."""


class OrderUnclear(Refused):
    """Give each visit its own number, from one upwards."""


@transaction.atomic
def find(town: str, day: date, *, lead: User, by: User) -> DayRoute:
    """Find the best order of a person's day in a town, and write the times to the visits."""
    found = _way(town, day, lead=lead, by=by)
    best = tour.plan(found.day)
    said = {"proven": best.proven, "gap_percent": round(100 * best.gap), "by_hand": False}
    _set(found, best.timed)
    return _keep(town, day, timed=best.timed, lead=lead, by=by, said=said)


@transaction.atomic
def arrange(town: str, day: date, *, lead: User, by: User, numbers: Mapping[UUID, int]) -> DayRoute:
    """Put a day in the order that a person chose; the times follow."""
    found = _way(town, day, lead=lead, by=by)
    given = [numbers.get(each.pk, 0) for each in found.visits]
    if min(given) < 1 or len(set(given)) < len(given):
        raise OrderUnclear
    order = tuple(sorted(range(1, len(given) + 1), key=lambda stop: given[stop - 1]))
    timed = follow(found.day, order)
    said = {"proven": False, "gap_percent": 0, "by_hand": True}
    _set(found, timed)
    return _keep(town, day, timed=timed, lead=lead, by=by, said=said)


def _way(town: str, day: date, *, lead: User, by: User) -> Way:
    if not permissions.can_order(by, town):
        raise NotAllowed
    found = way.way_of(town, way.visits_of(town, day, lead))
    if not found.visits:
        raise NothingToOrder
    return found


def _set(found: Way, timed: Timed) -> None:
    """Write order and times to the visits; what stands outside the order has neither."""
    for place, (stop, begins) in enumerate(zip(timed.order, timed.begins, strict=True), start=1):
        visit = found.visits[stop - 1]
        visit.stop, visit.comes_at = place, min(begins, 1440)
    for visit in found.aside:
        visit.stop, visit.comes_at = None, None
    Visit.objects.bulk_update([*found.visits, *found.aside], ["stop", "comes_at"])


def _keep(
    town: str, day: date, *, timed: Timed, lead: User, by: User, said: dict[str, Any]
) -> DayRoute:
    # The row stands with the town, also for whoever works in a village of it.
    with rowsecurity.acting(rowsecurity.SYSTEM):
        route, _made = DayRoute.objects.update_or_create(
            area_code=town, day=day, lead=lead,
            defaults={
                "travel_minutes": min(timed.travel, 9999), "back_at": min(timed.back_at, 9999),
                "late_minutes": sum(timed.late) + timed.back_late, "by": by,
                "at": timezone.now(), **said,
            },
        )  # fmt: skip
        audit.record(
            "visits.route.set", by=by, subject_kind="route", subject_id=route.pk,
            area_code=town, travel=route.travel_minutes, by_hand=route.by_hand,
        )  # fmt: skip
    return route
