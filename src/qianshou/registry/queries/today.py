"""What changed: the news of an area by day, the visits that are due, the pulse of open pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.registry.models import LinkCheck, Notice, Pulse
from qianshou.registry.queries import children, words
from qianshou.registry.rules import news

DAYS_BACK: Final = 14
CALLS: Final[dict[str, str | Promise]] = {
    news.ASSESS: _("assessed anew"),
    news.MATCH: _("awaits a mother"),
}
_DUE: Final = Notice.Visit.DUE
_AWAITING: Final = [kind for kind, calls in news.CALLS.items() if news.MATCH in calls]


@dataclass
class Item:
    """One piece of news with its child, as the page shows it."""

    notice: Notice
    line: children.Line
    what: str
    calls: list[str | Promise]
    due: bool


def notices_for(
    user: User, *, area_code: str, chosen: Mapping[str, str], today: date
) -> QuerySet[Notice]:
    """Return the news of an area, newest first; without a day chosen those of today.

    Visits that are due are asked for without a day: one of last week is due as well.
    """
    if not accounts.may(user, Power.VIEW_CHILDREN, area_code):
        raise NotFound
    rows = _inside(_town_in(area_code, chosen.get("town", "")))
    if chosen.get("kind") in Notice.Kind.values:
        rows = rows.filter(kind=chosen["kind"])
    if chosen.get("visit") in (_DUE, Notice.Visit.DONE):
        rows = rows.filter(visit=chosen["visit"])
    day = _day(chosen.get("day", ""))
    if day or chosen.get("visit") != _DUE:
        rows = rows.filter(_on(day or today))
    return rows.select_related("child").order_by("-at", "-id")


def _inside(area_code: str) -> QuerySet[Notice]:
    # What stayed with a file that was taken in is asked for by the file that took it in.
    inside = Notice.objects.filter(area_code__range=area_rules.subtree(area_code))
    return inside.filter(child__merged_into=None)


def _town_in(area_code: str, town: str) -> str:
    low, high = area_rules.subtree(area_code)
    return town if area_rules.is_code(town) and low <= town <= high else area_code


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _on(day: date) -> Q:
    begin = timezone.make_aware(datetime.combine(day, time()))
    return Q(at__gte=begin, at__lt=begin + timedelta(days=1))


def items_of(notices: Sequence[Notice], *, viewer: User, today: date, within: str) -> list[Item]:
    """Return what the page shows of some news, in a fixed number of queries."""
    lines = children.lines_of(
        [each.child for each in notices], viewer=viewer, today=today, within=within
    )
    return [_item(notice, line) for notice, line in zip(notices, lines, strict=True)]


def _item(notice: Notice, line: children.Line) -> Item:
    facts, told = notice.child.facts, []
    for name in notice.fields:
        # Where a child moved to stands in its file, for those who may know.
        value = facts.get(name) if name != "area_code" else None
        shown = words.value_of(name, value) if value not in (None, "", []) else ""
        if name != "area_code":
            label = words.label_of(name)
            told.append(f"{label}: {shown}" if shown else label)
    calls = [CALLS[call] for call in news.CALLS[notice.kind] if call in CALLS]
    return Item(notice, line, gettext("; ").join(told), calls, notice.visit == _DUE)


def notice_for(user: User, notice_id: UUID) -> Notice:
    """Return news that the person may see; raises `NotFound`."""
    found = Notice.objects.select_related("child").filter(pk=notice_id).first()
    if found is None or not accounts.may(user, Power.VIEW_CHILDREN, found.area_code):
        raise NotFound
    return found


def choices(area_code: str, today: date) -> list[dict[str, Any]]:
    """Return the filter chips: what, where, which day, and the visits."""
    days = [today - timedelta(days=back) for back in range(1, DAYS_BACK)]
    towns = areas.areas_below(area_code) if area_code else []
    return [
        {"name": "kind", "label": _("What happened"), "choices": list(Notice.Kind.choices)},
        {"name": "town", "label": _("Where"),
         "choices": [(each.code, each.name) for each in towns]},
        {"name": "day", "label": _("Another day"),
         "choices": [(day.isoformat(), day.isoformat()) for day in days]},
        {"name": "visit", "label": _("Visit"),
         "choices": [(_DUE.value, _DUE.label), ("DONE", Notice.Visit.DONE.label)]},
    ]  # fmt: skip


FILTERS: Final = ("kind", "town", "day", "visit")


def visits_due(inside: Mapping[str, Any]) -> int:
    """Return how many visits are due in a range of areas."""
    return Notice.objects.filter(visit=_DUE, child__merged_into=None, **inside).count()


def awaiting(inside: Mapping[str, Any], since: datetime | None) -> int:
    """Return how many children became such that a mother is wanted, since a moment."""
    rows = Notice.objects.filter(kind__in=_AWAITING, child__merged_into=None, **inside)
    if since is not None:
        rows = rows.filter(at__gt=since)
    return rows.values("child").distinct().count()


def pulse_of(area_code: str) -> str:
    """Return a mark that changes whenever a file of the area does; one cheap look-up."""
    if not area_rules.is_code(area_code):
        return ""
    inside = Pulse.objects.filter(area_code__range=area_rules.subtree(area_code))
    newest: datetime | None = inside.aggregate(newest=Max("at"))["newest"]
    return f"{newest.timestamp():.6f}" if newest else "0"


def last_check(area_code: str) -> LinkCheck | None:
    """Return the newest nightly comparison of live linkage with a batch, of the area's county."""
    county = area_rules.county_code(area_code) if area_code else ""
    return LinkCheck.objects.filter(area_code=county).order_by("-at").first()
