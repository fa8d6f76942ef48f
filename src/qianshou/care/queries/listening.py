"""Who is to hear of silence where, and what stands in the digest of the week about it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.db.models import Count, Q
from django.db.models.functions import Substr
from django.utils.translation import gettext_noop

from qianshou.accounts.models import Grant, User
from qianshou.accounts.rules import POWERS, Power
from qianshou.areas import rules as area_rules
from qianshou.care.models import Clock
from qianshou.care.rules import silence
from qianshou.notices import queries as times
from qianshou.notices.actions import DIGEST_KIND, Line
from qianshou.notices.models import Notice

SUBJECT: Final = gettext_noop("Your week")
ROOM: Final = "care"
_LATE: Final = gettext_noop("%(count)d pairs were not in touch as agreed; silence comes first")
_URGENT: Final = gettext_noop("%(count)d of them with a red or orange child: call these first")
_TO_TOWN: Final = gettext_noop("%(count)d silent so long that the town looks into it")
_TO_COUNTY: Final = gettext_noop("%(count)d silent so long that the county looks into it")
_TO_CITY: Final = gettext_noop("%(count)d silent so long that the city counts them")
LIST: Final = "/care/overdue/"
MOST_TOLD: Final = 50


def city_code(area_code: str) -> str:
    """Return the code of the city (or municipality) in which an area lies."""
    above = [area_code, *area_rules.ancestors(area_code)]
    cities = [each for each in above if area_rules.level_of(each) == area_rules.CITY]
    return cities[0] if cities else above[-1]


def late_counties(area_code: str, *, today: date) -> list[str]:
    """Return the counties of an area in which somebody is silent."""
    late = Clock.objects.late_on(today).filter(area_code__range=area_rules.subtree(area_code))
    stems = late.values_list(Substr("area_code", 1, 6), flat=True).distinct()
    return sorted(area_rules.county_code(stem) for stem in stems)


def followers_in(areas: Iterable[str], *, today: date) -> dict[str, list[UUID]]:
    """Return who follows care exactly in each of many areas, in one query."""
    roles = [role for role, powers in POWERS.items() if Power.FOLLOW_CARE in powers]
    rows = (
        Grant.objects.in_force(today)
        .filter(area__code__in=set(areas), role__in=roles, user__is_active=True)
        .order_by("area__code", "user_id")
        .values_list("area__code", "user_id")
        .distinct()
    )
    found: dict[str, list[UUID]] = {}
    for code, user_id in rows:
        if len(told := found.setdefault(code, [])) < MOST_TOLD:
            told.append(user_id)
    return found


@dataclass(frozen=True)
class Told:
    """What one person reads this week about silence in an area."""

    user: User
    area_code: str
    lines: list[Line]


def digests_of(area_code: str, *, today: date) -> list[Told]:
    """Return the digests of the staff of an area's counties and towns, from one count of clocks.

    A county whose week has not begun yet, by its own days off, is left out.
    """
    counts = _counted(area_code, today=today)
    calendars = times.calendars_for({area_rules.county_code(town) for town in counts})
    begun = {code for code, each in calendars.items() if today >= each.first_of_week(today)}
    whole: dict[str, Counter[str]] = {}
    for town, counted in counts.items():
        whole.setdefault(area_rules.county_code(town), Counter()).update(counted)
    roles = [role for role, powers in POWERS.items() if Power.FOLLOW_CARE in powers]
    grants = (
        Grant.objects.in_force(today)
        .filter(area__code__range=area_rules.subtree(area_code), role__in=roles)
        .filter(user__is_active=True)
        .select_related("user", "area")
        .order_by("area__code")
    )
    found: dict[object, Told] = {}
    for each in grants:
        code = each.area.code
        if area_rules.county_code(code) not in begun:
            continue
        lines = _lines(whole[code] if code in whole else counts.get(code[:9], Counter()))
        if lines:
            found.setdefault(each.user_id, Told(each.user, code, lines))
    return list(found.values())


def _counted(area_code: str, *, today: date) -> dict[str, Counter[str]]:
    """Count the silent pairings of each town of an area by how far they have come."""
    rows = (
        Clock.objects.late_on(today)
        .filter(area_code__range=area_rules.subtree(area_code))
        .values(town=Substr("area_code", 1, 9))
        .annotate(
            late=Count("pk"),
            urgent=Count("pk", filter=Q(tier__lte=1)),
            **{each: Count("pk", filter=Q(told__gt=silence.TELLS.index(each)))
               for each in silence.STAFF},
        )
    )  # fmt: skip
    return {
        row["town"]: Counter({name: value for name, value in row.items() if name != "town"})
        for row in rows
    }


def _lines(counted: Counter[str]) -> list[Line]:
    wanted = (
        ("late", _LATE, LIST), ("urgent", _URGENT, f"{LIST}?grade=URGENT"),
        (silence.TOWN, _TO_TOWN, f"{LIST}?told=TOWN"),
        (silence.COUNTY, _TO_COUNTY, f"{LIST}?told=COUNTY"),
        (silence.CITY, _TO_CITY, f"{LIST}?told=CITY"),
    )  # fmt: skip
    return [
        Line(words, {"count": counted[name]}, link) for name, words, link in wanted if counted[name]
    ]


def with_digest(users: Iterable[User], *, today: date) -> set[object]:
    """Return who of some people has been told of silence this week, in one query."""
    year, week, _ = today.isocalendar()
    wanted = [f"digest/{each.pk}/{year}-{week:02}" for each in users]
    rows = Notice.objects.filter(kind=DIGEST_KIND, once__in=wanted, parts__has_key=ROOM)
    return set(rows.values_list("to_id", flat=True))
