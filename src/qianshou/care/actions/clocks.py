"""When the next contact of each running pairing is due: computed for many in one statement.

A clock is set anew when a contact is logged, when its pairing moves (begins, rests, goes on,
ends), when the child's grade rises, and every morning, whatever was missed. All of it is the
system's own work: a mother's log moves her clock, though she may not write there herself.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.db.models.functions import Substr

from qianshou.areas import rules as area_rules
from qianshou.care.models import Clock
from qianshou.care.queries import cadence, listening
from qianshou.care.queries.cadence import Graded
from qianshou.care.rules import silence
from qianshou.common import portions, rowsecurity
from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life

AT_ONCE: Final = 2000
_STANDING: Final = """
WITH given AS (
  SELECT * FROM unnest(%(ids)s::uuid[], %(grades)s::text[], %(tiers)s::int[], %(every)s::int[])
    AS g(id, grade, tier, every)
), standing AS (
  SELECT p.id, p.area_code, g.grade, g.tier, g.every, p.state <> %(rests)s AS runs, last.last_on,
         greatest(coalesce(p.active_on, p.started_on), last.last_on, again.on_day) AS heard_on
  FROM given g
  -- One by one (OFFSET 0): joined, every portion would read the pairings of the whole city.
  CROSS JOIN LATERAL (SELECT * FROM pairing_pairing WHERE id = g.id OFFSET 0) p
  CROSS JOIN LATERAL (
    SELECT max(c.at AT TIME ZONE %(zone)s)::date AS last_on FROM (
      SELECT at FROM care_contact WHERE pairing_id = p.id ORDER BY at DESC LIMIT 1) c) last
  CROSS JOIN LATERAL (
    SELECT max(s.at AT TIME ZONE %(zone)s)::date AS on_day FROM pairing_steptaken s
    WHERE s.pairing_id = p.id AND s.act = 'resume') again
  WHERE p.ended_on IS NULL AND p.state = ANY(%(states)s)
)
"""
# Most clocks stand as they should, and are not touched: a night writes what has changed.
_CHANGED: Final = f"""{_STANDING}
SELECT s.id FROM standing s
LEFT JOIN LATERAL (SELECT * FROM care_clock WHERE pairing_id = s.id OFFSET 0) f ON true
WHERE (s.area_code, s.grade, s.tier, s.every, s.last_on, s.heard_on,
       CASE WHEN s.runs THEN s.heard_on + s.every END)
  IS DISTINCT FROM (f.area_code::text, f.grade::text, f.tier::int, f.every::int, f.last_on,
       f.heard_on, f.due_on)
"""  # noqa: S608
# Locked in the order of their names: whoever sets several clocks never waits in a circle. Locked
# before the contacts are looked at: one that is being logged meanwhile is seen, or comes after.
_HOLD: Final = """
SELECT 1 FROM care_clock WHERE pairing_id = ANY(%(ids)s::uuid[]) ORDER BY pairing_id FOR UPDATE
"""
_SET: Final = f"""{_STANDING}
INSERT INTO care_clock AS f
  (pairing_id, area_code, grade, tier, every, last_on, heard_on, due_on, told)
SELECT id, area_code, grade, tier, every, last_on, heard_on,
       CASE WHEN runs THEN heard_on + every END, 0
FROM standing ORDER BY id
ON CONFLICT (pairing_id) DO UPDATE SET
  area_code = excluded.area_code, grade = excluded.grade, tier = excluded.tier,
  every = excluded.every, last_on = excluded.last_on, heard_on = excluded.heard_on,
  due_on = excluded.due_on,
  told = CASE WHEN f.heard_on = excluded.heard_on THEN f.told ELSE 0 END
"""  # noqa: S608
_STOP: Final = """
DELETE FROM care_clock c USING pairing_pairing p
WHERE p.id = c.pairing_id AND (p.ended_on IS NOT NULL OR NOT p.state = ANY(%(states)s))
  AND {which}
"""
_HEARD: Final = """
WITH new AS (SELECT * FROM unnest(%(ids)s::uuid[], %(days)s::date[]) AS n(id, day)),
held AS (
  SELECT c.pairing_id FROM care_clock c JOIN new n ON n.id = c.pairing_id
  ORDER BY c.pairing_id FOR UPDATE OF c
)
UPDATE care_clock c SET
  last_on = greatest(c.last_on, n.day), heard_on = greatest(c.heard_on, n.day),
  due_on = CASE WHEN c.due_on IS NOT NULL THEN greatest(c.heard_on, n.day) + c.every END,
  told = CASE WHEN n.day > c.heard_on THEN 0 ELSE c.told END
FROM new n JOIN held h ON h.pairing_id = n.id WHERE c.pairing_id = n.id
RETURNING c.pairing_id
"""


def heard(days: Mapping[UUID, date]) -> None:
    """Set the clocks of pairings that were in touch; those without a clock get one."""
    with rowsecurity.acting(rowsecurity.SYSTEM, savepoint=False):
        with connection.cursor() as cursor:
            cursor.execute(_HEARD, {"ids": list(days), "days": list(days.values())})
            found = {pairing for (pairing,) in cursor.fetchall()}
        if missing := set(days) - found:
            _set(_rows(missing))


def reckon_some(pairing_ids: Iterable[UUID]) -> None:
    """Set the clocks of some pairings anew, and stop those of the ended ones."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        wanted = list(pairing_ids)
        _set(_rows(wanted))
        _stop("p.id = ANY(%(ids)s)", ids=wanted)


def reckon_children(child_ids: Sequence[UUID]) -> None:
    """Set the clocks of some children's pairings anew, as after a change of their grade."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        for part in portions.of(child_ids, AT_ONCE):
            _set(cadence.graded(Pairing.objects.caring().filter(child_id__in=part)))


def reckon(area_code: str) -> None:
    """Set every clock of an area anew, in portions; only one of them is ever in memory."""
    inside = area_rules.subtree(area_code)
    after: tuple[str, UUID] = (inside[0], UUID(int=0))
    full = True
    while full:
        with rowsecurity.acting(rowsecurity.SYSTEM):
            rows = _next_rows(after, until=inside[1])
            _set(rows)
        full = len(rows) == AT_ONCE
        if full:
            after = (rows[-1].area_code, rows[-1].pairing_id)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        _stop("c.area_code BETWEEN %(low)s AND %(high)s", low=inside[0], high=inside[1])


def _next_rows(after: tuple[str, UUID], *, until: str) -> list[Graded]:
    """Return the next pairings by place, in the order of the index of places."""
    place, last = after
    rows = Pairing.objects.caring().filter(area_code__range=(place, until))
    rows = rows.filter(Q(area_code__gt=place) | Q(pk__gt=last)).order_by("area_code", "pk")
    return cadence.graded(rows, most=AT_ONCE)


def _rows(pairing_ids: Iterable[UUID]) -> list[Graded]:
    return cadence.graded(Pairing.objects.caring().filter(pk__in=pairing_ids))


def _set(rows: Sequence[Graded]) -> None:
    """Set the clocks of a portion, whatever counties it comes from."""
    if not rows:
        return
    given = cadence.cadences_of(rows)
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, _as_given(given))
        changed = {pairing: given[pairing] for (pairing,) in cursor.fetchall()}
        if changed:
            cursor.execute(_HOLD, {"ids": list(changed)})
            cursor.execute(_SET, _as_given(changed))


def _as_given(found: Mapping[UUID, cadence.Cadence]) -> dict[str, Any]:
    return {
        "ids": list(found), "grades": [each.grade for each in found.values()],
        "tiers": [silence.TIERS[each.grade] for each in found.values()],
        "every": [each.every for each in found.values()],
        "rests": life.PAUSED, "states": list(life.CARING), "zone": settings.TIME_ZONE,
    }  # fmt: skip


def _stop(which: str, **given: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_STOP.format(which=which), {"states": list(life.CARING), **given})


def counties() -> list[str]:
    """Return the counties in which a clock runs or should run."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        found: set[str] = set()
        for rows in (Pairing.objects.caring(), Clock.objects.all()):
            found.update(rows.values_list(Substr("area_code", 1, 6), flat=True).distinct())
    return sorted(stem.ljust(12, "0") for stem in found)


def cities() -> list[str]:
    """Return the cities in which a clock runs or should run."""
    return sorted({listening.city_code(each) for each in counties()})
