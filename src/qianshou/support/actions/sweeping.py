"""The daily and weekly work: whose turn it is, what is at risk, birthdays, years, digests.

Each part looks at what is, not at what it did before, and writes in small transactions: killed in
the middle and started again, it goes on and nothing happens twice.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.common import portions, rowsecurity
from qianshou.common.machines import SYSTEM
from qianshou.notices import actions as notices
from qianshou.notices import queries as times
from qianshou.pairing.actions import moving
from qianshou.pairing.actions.moving import Actor
from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life
from qianshou.support.actions import duties, following, watching
from qianshou.support.models import Digest, Duty, Followup
from qianshou.support.queries import digests, schedules
from qianshou.support.rules import risk, states

AHEAD: Final = 14
YEAR_AHEAD: Final = 30
AGES: Final = ((8, Duty.Kind.AGE_8), (14, Duty.Kind.AGE_14), (16, Duty.Kind.AGE_16),
               (18, Duty.Kind.AGE_18))  # fmt: skip
_COUNTIES: Final = """
SELECT DISTINCT left(area_code, 6) || '000000' FROM pairing_pairing
WHERE ended_on IS NULL AND state = ANY(%s)
UNION SELECT DISTINCT left(area_code, 6) || '000000' FROM support_followup ORDER BY 1
"""
# A birthday that comes within the fortnight, or came in the last month, of a child in care; an age
# that it had already when care began was seen to by the road to the first meeting.
_AGES: Final = """
SELECT p.id, (c.birth_on + make_interval(years => %(age)s))::date
FROM pairing_pairing p JOIN registry_child c ON c.id = p.child_id
WHERE p.ended_on IS NULL AND p.state = ANY(%(states)s)
  AND p.area_code BETWEEN %(low)s AND %(high)s
  AND (c.birth_on + make_interval(years => %(age)s))::date
      BETWEEN %(today)s::date - 30 AND %(today)s::date + %(ahead)s
  AND (c.birth_on + make_interval(years => %(age)s))::date > p.active_on
ORDER BY p.id
"""
_YEARS: Final = """
SELECT p.id, n, (p.active_on + make_interval(months => n * %(months)s))::date
FROM pairing_pairing p CROSS JOIN generate_series(1, 18) AS n
WHERE p.ended_on IS NULL AND p.state = ANY(%(states)s)
  AND p.area_code BETWEEN %(low)s AND %(high)s
  AND (p.active_on + make_interval(months => n * %(months)s))::date
      BETWEEN %(today)s::date - 30 AND %(today)s::date + %(ahead)s
ORDER BY p.id
"""


def counties() -> list[str]:
    """Return the counties in which pairings are followed."""
    with rowsecurity.acting(rowsecurity.SYSTEM), connection.cursor() as cursor:
        cursor.execute(_COUNTIES, [list(states.FOLLOWED)])
        return [code for (code,) in cursor.fetchall()]


def sweep(county: str, *, today: date) -> dict[str, int]:
    """Do a county's daily work; return what was done.

    What goes wrong with one pairing or in one part keeps no other from being done.
    """
    with rowsecurity.acting(rowsecurity.SYSTEM):
        following.reckon(county, today=today)
    parts = {"settled": _settle, "worried": _worry, "birthdays": _birthdays, "years": _years}
    counts = dict.fromkeys(parts, 0)

    def count(part: str) -> None:
        counts[part] = parts[part](county, today=today)

    portions.all_of(*(partial(count, part) for part in parts))
    return counts


def _settle(county: str, *, today: date) -> int:
    """Let pairings leave their first month."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        days = schedules.schedule_for(county).settle_after_days
        rows = _inside(county).filter(
            state=life.ACTIVE_INITIAL, active_on__lte=today - timedelta(days=days)
        )
        ready = list(rows.order_by("pk"))
    return portions.each(ready, lambda pairing: _settle_one(pairing, today))


def _settle_one(pairing: Pairing, today: date) -> int:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        moving.move(pairing.pk, "settle", actor=Actor(None, SYSTEM), today=today)
    return 1


def _worry(county: str, *, today: date) -> int:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        plan = schedules.schedule_for(county)
        rows = Followup.objects.filter(area_code__range=area_rules.subtree(county))
        rows = rows.exclude(pairing__state=life.PAUSED).select_related("pairing")
        found = [
            (each.pairing, code)
            for each in rows.iterator(chunk_size=2000)
            for code in _wrong(each, today=today, days=(plan.silent_days, plan.overdue_days))
        ]
        moved = rows.exclude(mother_area=F("pairing__mother__area_code")).filter(
            pairing__mother__isnull=False
        )
        found += [(each.pairing, risk.MOVES) for each in moved if risk.MOVES not in each.risks]
    return portions.each(found, lambda each: _worry_about(*each, today=today))


def _worry_about(pairing: Pairing, code: str, *, today: date) -> int:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return watching.worry(pairing, code, today=today)


def _wrong(followup: Followup, *, today: date, days: tuple[int, int]) -> Iterator[str]:
    """Yield what the calendar alone says is wrong; a reassurance buys its time anew."""
    calm = followup.calm_since
    if risk.SILENT in followup.risks or (calm and today - calm <= timedelta(days=days[0])):
        return
    if risk.is_silent(
        today=today, seen_on=followup.seen_on, due_on=followup.turn_on, silent_days=days[0],
        overdue_days=days[1],
    ):  # fmt: skip
        yield risk.SILENT


def _birthdays(county: str, *, today: date) -> int:
    found = [
        (pairing, kind, f"age:{age}:{pairing}", day)
        for age, kind in AGES
        for pairing, day in _rows(_AGES, county, today=today, age=age, ahead=AHEAD)
    ]
    return portions.each(found, _once)


def _years(county: str, *, today: date) -> int:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        months = schedules.schedule_for(county).term_months
    found = [
        (pairing, Duty.Kind.ANNIVERSARY, f"year:{number}:{pairing}", day)
        for pairing, number, day in _rows(
            _YEARS, county, today=today, months=months, ahead=YEAR_AHEAD
        )
    ]
    return portions.each(found, _once)


def _rows(sql: str, county: str, **given: Any) -> list[tuple[Any, ...]]:
    low, high = area_rules.subtree(county)
    with rowsecurity.acting(rowsecurity.SYSTEM), connection.cursor() as cursor:
        cursor.execute(sql, {"states": list(states.FOLLOWED), "low": low, "high": high, **given})
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _once(work: tuple[UUID, str, str, date]) -> int:
    pairing_id, kind, once, day = work
    with rowsecurity.acting(rowsecurity.SYSTEM):
        if Duty.objects.filter(once=once).exists():
            return 0
        pairing = Pairing.objects.get(pk=pairing_id)
        # Staff do it on a working day; what is about safety is opened elsewhere and never waits.
        works = times.calendar_for(area_rules.county_code(pairing.area_code)).working_day(day)
        if_late = timezone.make_aware(datetime.combine(works, time(18)))
        return int(duties.open_duty(pairing, kind, once=once, due_at=if_late) is not None)


def _inside(county: str) -> Any:
    return Pairing.objects.open().filter(area_code__range=area_rules.subtree(county))


# -- the weekly digest ----------------------------------------------------------------------------


def digest_week(*, today: date) -> int:
    """Write each member of staff the digest of the week, once; return how many are new."""
    monday = today - timedelta(days=today.weekday())
    with rowsecurity.acting(rowsecurity.SYSTEM):
        if today < times.calendar_for(times.EVERYWHERE).first_of_week(today):
            return 0
        rows = Followup.objects.exclude(owner=None).order_by()
        owners = list(User.objects.filter(pk__in=rows.values("owner"), is_active=True))
    return portions.each(owners, lambda owner: _digest(owner, monday, today=today))


@transaction.atomic
def _digest(owner: User, week: date, *, today: date) -> int:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        if Digest.objects.filter(user=owner, week=week).exists():
            return 0
        rows = Followup.objects.filter(owner=owner, turn_on__lte=today + timedelta(days=7))
        rows = (rows | Followup.objects.filter(owner=owner).at_risk()).order_by("turn_on", "pk")
        cases = [
            {
                "pairing": str(each.pk),
                "turn_on": each.turn_on.isoformat(),
                "why": [*sorted(each.risks), *(["OVERDUE"] if each.turn_on < today else ["DUE"])],
            }
            for each in rows
        ]
        if not cases:
            return 0
        area = rows[0].area_code
        made = Digest(user=owner, area_code=area_rules.county_code(area), week=week, cases=cases)
        Digest.objects.bulk_create([made], ignore_conflicts=True)
        _tell(owner, week, cases, area_code=made.area_code)
        return int(Digest.objects.filter(pk=made.pk).exists())


def _tell(owner: User, week: date, cases: list[dict[str, Any]], *, area_code: str) -> None:
    """Put the reasons with their numbers into the person's one digest of the week."""
    counted = Counter(code for each in cases for code in each["why"])
    there = reverse("support:digest")
    lines = [
        notices.Line(text, {"count": counted[code]}, there)
        for code, text in digests.LINES.items()
        if counted[code]
    ]
    notices.digest(
        owner, week=week, room="support", lines=lines, area_code=area_code,
        subject=digests.SUBJECT,
    )  # fmt: skip
