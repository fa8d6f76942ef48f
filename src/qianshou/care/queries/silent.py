"""The pairs that were not in touch as agreed: the list of a place, and the figures of a city."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Substr
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.care.models import Clock, Reminder
from qianshou.care.rules import silence
from qianshou.common.days import months_after
from qianshou.mothers.queries import caring
from qianshou.pairing.rules import life

URGENT: Final = "URGENT"
OPEN: Final = "OPEN"
BY_STAFF: Final = (Reminder.Act.BY_HAND, Reminder.Act.CALLED)
TOP: Final = 5
WHY: Final = {
    silence.RED: gettext_noop("in danger; while nobody hears of it, nobody can help"),
    "ORANGE": gettext_noop("at high risk; silence is often the first sign of trouble"),
    "YELLOW": gettext_noop("needs somebody regularly; pairs that fall silent end early"),
    "GREEN": gettext_noop("a pair that falls silent often ends early; one call keeps it"),
    silence.NONE: gettext_noop("not graded yet, so nobody knows how urgent it is"),
}


@dataclass(frozen=True)
class Wanted:
    """What the list is narrowed to."""

    grade: str = ""
    told: str = ""
    seen: str = ""
    place: str = ""


@dataclass(frozen=True)
class Row:
    """One silent pair: who, for how long, why that matters, and what was done."""

    clock: Clock
    place: str
    days: int
    late: int
    why: str
    told: str
    strain: tuple[str, str] | None
    acts: list[Reminder]
    tries: list[Reminder]


def late_in(user: User, area_code: str, today: date) -> QuerySet[Clock]:
    """Return the silent pairs of an area that the person follows."""
    powers.require(user, Power.FOLLOW_CARE, area_code)
    return Clock.objects.late_on(today).filter(area_code__range=area_rules.subtree(area_code))


def overdue_for(user: User, area_code: str, wanted: Wanted, *, today: date) -> QuerySet[Clock]:
    """Return the silent pairs of an area, the most urgent grade first, then the longest late."""
    rows = late_in(user, area_code, today)
    if area_rules.is_code(wanted.place):
        rows = rows.filter(area_code__range=area_rules.subtree(wanted.place))
    if wanted.grade == URGENT:
        rows = rows.filter(tier__lte=1)
    elif wanted.grade in silence.GRADES:
        rows = rows.filter(tier=silence.TIERS[wanted.grade])
    if wanted.told in silence.STAFF:
        rows = rows.filter(told__gt=silence.TELLS.index(wanted.told))
    if wanted.seen == OPEN:
        rows = rows.filter(~Exists(_by_staff(OuterRef("pk"), OuterRef("heard_on"))))
    return rows.select_related("pairing__child", "pairing__mother").order_by("tier", "due_on", "pk")


def _by_staff(pairing: Any, heard_on: Any) -> QuerySet[Reminder]:
    return Reminder.objects.filter(pairing=pairing, heard_on=heard_on, act__in=BY_STAFF)


def rows_of(user: User, clocks: Sequence[Clock], *, area_code: str, today: date) -> list[Row]:
    """Return silent pairs in words."""
    names = areas.full_names_of({each.area_code for each in clocks}, within=area_code)
    levels = caring.levels_of(user, [each.pairing.mother for each in clocks], today)
    acts, tries = _acts_of(clocks, BY_STAFF), _acts_of(clocks, (Reminder.Act.TRIED,))
    return [
        Row(
            each, names.get(each.area_code, each.area_code), (today - each.heard_on).days,
            (today - each.due_on).days if each.due_on else 0, _(WHY[each.grade]),
            told_words(each), levels.get(each.pairing.mother_id), acts.get(each.pk, []),
            tries.get(each.pk, []),
        )
        for each in clocks
    ]  # fmt: skip


def told_words(clock: Clock) -> str:
    """Return who has heard of a silence, the last one."""
    return str(Reminder.Act(silence.TELLS[clock.told - 1]).label) if clock.told else ""


def _acts_of(clocks: Sequence[Clock], kinds: Sequence[str]) -> dict[UUID, list[Reminder]]:
    since = {each.pk: each.heard_on for each in clocks}
    rows = Reminder.objects.filter(pairing_id__in=since, act__in=kinds).select_related("by")
    found: dict[UUID, list[Reminder]] = {}
    for each in rows.order_by("-at"):
        if each.heard_on == since[each.pairing_id]:
            found.setdefault(each.pairing_id, []).append(each)
    return found


def counts_for(user: User, area_code: str, *, today: date) -> dict[str, int]:
    """Count the silent pairs of an area by grade, in one query."""
    rows = late_in(user, area_code, today).values_list("tier").annotate(count=Count("pk"))
    by_tier = dict(rows)
    counts = {grade: by_tier.get(tier, 0) for grade, tier in silence.TIERS.items()}
    return {**counts, URGENT: counts[silence.RED] + counts["ORANGE"], "": sum(by_tier.values())}


def top_for(user: User, area_code: str, *, today: date) -> dict[str, Any] | None:
    """Return the few silent pairs that matter most, for the home of whoever follows care there."""
    if not powers.may(user, Power.FOLLOW_CARE, area_code):
        return None
    counts = counts_for(user, area_code, today=today)
    if not counts[""]:
        return None
    found = list(overdue_for(user, area_code, Wanted(), today=today)[:TOP])
    words = ngettext(
        "%(count)d pair was not in touch as agreed", "%(count)d pairs were not in touch as agreed",
        counts[""],
    )  # fmt: skip
    return {
        "title": words % {"count": counts[""]},
        "rows": rows_of(user, found, area_code=area_code, today=today),
        "more": counts[""] > TOP,
        "urgent": counts[URGENT],
    }


# -- the figures of a city ------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """How many pairs of a place run, and how many of them are silent, and how long."""

    code: str
    name: str
    running: int
    late: int
    urgent: int
    longest: int

    @property
    def share(self) -> float:
        """Return which part of the running pairs is silent."""
        return self.late / self.running if self.running else 0.0


_BELOW: Final = {area_rules.CITY: 6, area_rules.COUNTY: 9}


def figures_for(user: User, area_code: str, *, today: date) -> list[Place]:
    """Return how many pairs are silent in each county of a city, or each town of a county."""
    powers.require(user, Power.VIEW_FIGURES, area_code)
    width = _BELOW.get(area_rules.level_of(area_code), 12)
    late = Q(due_on__lt=today)
    rows = (
        Clock.objects.filter(
            due_on__isnull=False, area_code__range=area_rules.subtree(area_code)
        )
        .values(part=Substr("area_code", 1, width))
        .annotate(
            running=Count("pk"),
            late=Count("pk", filter=late),
            urgent=Count("pk", filter=late & Q(tier__lte=1)),
            longest=Count("pk", filter=late & Q(told=len(silence.TELLS))),
        )
    )  # fmt: skip
    codes = {row["part"]: row["part"].ljust(12, "0") for row in rows}
    names = areas.names_of(set(codes.values()))
    places = [
        Place(code, names.get(code, code), *(row[each] for each in
              ("running", "late", "urgent", "longest")))
        for row in rows for code in [codes[row["part"]]]
    ]  # fmt: skip
    return sorted(places, key=lambda each: (-each.share, each.code))


def total_of(places: Sequence[Place]) -> Place:
    """Return all places as one."""

    def added(name: str) -> int:
        return sum(getattr(each, name) for each in places)

    return Place("", "", added("running"), added("late"), added("urgent"), added("longest"))


# -- indicator 6 ----------------------------------------------------------------------------------

_RATE: Final = """
WITH weeks AS (
  SELECT d::date AS monday, (d + interval '6 days')::date AS sunday
  FROM generate_series(date_trunc('week', %(first)s::timestamp), %(last)s::timestamp,
                       interval '7 days') d
  WHERE (d + interval '6 days')::date BETWEEN %(first)s AND %(last)s
), rests AS (
  SELECT s.pairing_id, (s.at AT TIME ZONE %(zone)s)::date AS begins,
         (lead(s.at) OVER (PARTITION BY s.pairing_id ORDER BY s.at) AT TIME ZONE %(zone)s)::date
           AS ends, s.target
  FROM pairing_steptaken s
), running AS (
  SELECT p.id, left(p.area_code, %(width)s) AS part, w.monday, w.sunday
  FROM pairing_pairing p CROSS JOIN weeks w
  WHERE p.area_code BETWEEN %(low)s AND %(high)s AND p.active_on <= w.monday
    AND (p.ended_on IS NULL OR p.ended_on > w.sunday) AND NOT p.state = ANY(%(never)s)
    AND NOT EXISTS (
      SELECT 1 FROM rests r WHERE r.pairing_id = p.id AND r.target = %(rests)s
        AND r.begins <= w.sunday AND (r.ends IS NULL OR r.ends > w.monday))
), met AS (
  SELECT DISTINCT c.pairing_id,
         date_trunc('week', c.at AT TIME ZONE %(zone)s)::date AS monday
  FROM care_contact c
  WHERE c.area_code BETWEEN %(low)s AND %(high)s
    AND c.at >= (%(first)s::timestamp - interval '7 days') AT TIME ZONE %(zone)s
    AND c.at < (%(last)s::timestamp + interval '1 day') AT TIME ZONE %(zone)s
)
SELECT r.part, count(*), count(m.pairing_id)
FROM running r LEFT JOIN met m ON m.pairing_id = r.id AND m.monday = r.monday
GROUP BY r.part ORDER BY r.part
"""


@dataclass(frozen=True)
class Rate:
    """Indicator 6 of one place and month: weeks of pairs, and those with a contact."""

    code: str
    weeks: int
    met: int

    @property
    def share(self) -> float | None:
        """Return the weekly-contact rate; None where no pair ran a whole week."""
        return self.met / self.weeks if self.weeks else None


def weekly_rates(area_code: str, month: date, *, width: int = 9) -> list[Rate]:
    """Return the weekly-contact rate of each town (or county: `width` 6) in a month.

    A week counts in the month in which its Sunday lies, and for a pair only if it ran the whole
    week and did not rest in it. Called by rooms above, which say who may see it.
    """
    first = month.replace(day=1)
    low, high = area_rules.subtree(area_code)
    with connection.cursor() as cursor:
        cursor.execute(
            _RATE,
            {
                "first": first, "last": months_after(first, 1) - timedelta(days=1), "low": low,
                "high": high, "width": width, "zone": settings.TIME_ZONE, "rests": life.PAUSED,
                "never": [*life.BEFORE_CARE, *life.NEVER_BEGAN],
            },
        )  # fmt: skip
        return [Rate(part.ljust(12, "0"), weeks, met) for part, weeks, met in cursor.fetchall()]
