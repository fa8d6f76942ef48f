"""Whose turn it is: computed for many pairings in one statement, from their contacts."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from qianshou.areas import rules as area_rules
from qianshou.common import rowsecurity
from qianshou.notices import queries as times
from qianshou.pairing.models import Pairing
from qianshou.support.models import Followup
from qianshou.support.queries import schedules
from qianshou.support.rules import risk, states
from qianshou.support.rules.schedule import Cadence, next_due_sql

# Contacts are due at most a quarter ahead; what was due earlier is overdue, off day or not.
YEARS: Final = timedelta(days=366)
_RECKON: Final = """
WITH held AS (
  SELECT p.id, p.area_code, p.mother_id, p.active_on, s.side,
         count(c.id)::int AS held, max(c.held_on) AS last_on
  FROM pairing_pairing p
  CROSS JOIN (VALUES ('MOTHER'), ('CHILD'), ('GUARDIAN')) AS s(side)
  LEFT JOIN support_contact c ON c.pairing_id = p.id AND c.side = s.side
    AND c.outcome = 'REACHED' AND c.held_on >= p.active_on
  WHERE p.ended_on IS NULL AND p.state = ANY(%(states)s) AND {which}
  GROUP BY p.id, s.side
), due AS (
  SELECT id, area_code, mother_id, side, last_on, {due} AS due_on FROM held
), wide AS (
  SELECT id, area_code, mother_id, max(last_on) AS last_on, min(due_on) AS due_on,
         min(due_on) FILTER (WHERE side = 'MOTHER') AS mother_due_on,
         min(due_on) FILTER (WHERE side = 'CHILD') AS child_due_on,
         min(due_on) FILTER (WHERE side = 'GUARDIAN') AS guardian_due_on
  FROM due GROUP BY id, area_code, mother_id
)
INSERT INTO support_followup AS f (pairing_id, area_code, mother_due_on, child_due_on,
  guardian_due_on, due_on, turn_on, last_on, postponed_for, risks, mother_area, checked_on)
SELECT w.id, w.area_code, w.mother_due_on, w.child_due_on, w.guardian_due_on, w.due_on,
       coalesce(o.works, w.due_on), w.last_on, '', '{{}}', coalesce(m.area_code, w.area_code),
       %(today)s
FROM wide w LEFT JOIN mothers_mother m ON m.id = w.mother_id
LEFT JOIN unnest(%(off)s::date[], %(works)s::date[]) AS o(day, works) ON o.day = w.due_on
ORDER BY w.id
ON CONFLICT (pairing_id) DO UPDATE SET
  area_code = excluded.area_code, mother_due_on = excluded.mother_due_on,
  child_due_on = excluded.child_due_on, guardian_due_on = excluded.guardian_due_on,
  due_on = excluded.due_on, last_on = excluded.last_on, checked_on = excluded.checked_on,
  turn_on = greatest(excluded.turn_on, coalesce(f.postponed_until, excluded.turn_on))
"""
_FORGET: Final = """
DELETE FROM support_followup f USING pairing_pairing p
WHERE p.id = f.pairing_id AND (p.ended_on IS NOT NULL OR NOT p.state = ANY(%(states)s)) AND {which}
"""
# Locked in the order of their names: two phones that send at once never wait for each other.
_SEEN: Final = """
UPDATE support_followup f SET seen_on = s.day
FROM (SELECT l.pairing_id, s.day FROM unnest(%s::uuid[], %s::date[]) AS s(id, day)
      JOIN support_followup l ON l.pairing_id = s.id
      WHERE l.seen_on IS NULL OR l.seen_on < s.day
      ORDER BY l.pairing_id FOR UPDATE OF l) s
WHERE f.pairing_id = s.pairing_id
"""


def reckon(area_code: str, *, today: date) -> None:
    """Compute whose turn it is in a county (or a part of it), and forget the pairings that ended.

    A county has one schedule at most; who has none follows the one above.
    """
    low, high = area_rules.subtree(area_code)
    _run(
        "p.area_code BETWEEN %(low)s AND %(high)s",
        area_code,
        {"low": low, "high": high},
        today=today,
    )


def reckon_some(pairings: Iterable[Pairing], *, today: date) -> None:
    """Compute whose turn it is for a few pairings, after something happened to them."""
    by_county: dict[str, list[UUID]] = {}
    for each in pairings:
        by_county.setdefault(area_rules.county_code(each.area_code), []).append(each.pk)
    for county, ids in by_county.items():
        _run("p.id = ANY(%(ids)s)", county, {"ids": ids}, today=today)


@transaction.atomic
def _run(which: str, county: str, chosen: Mapping[str, Any], *, today: date) -> None:
    cadence = schedules.schedule_for(county).cadence
    moved = times.calendar_for(county).moved(today - YEARS, today + YEARS)
    given = {
        **chosen, "states": list(states.FOLLOWED), "today": today,
        "off": [day for day, _ in moved], "works": [works for _, works in moved],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_RECKON.format(which=which, due=_due(cadence)), given)
        cursor.execute(_FORGET.format(which=which), given)


def _due(cadence: Cadence) -> str:
    return next_due_sql(cadence, active_on="active_on", held="held", last_on="last_on")


def note_seen(seen: Mapping[UUID, date]) -> None:
    """Fill in the day of the mother's last entry in the log of daily care, by pairing."""
    as_system = rowsecurity.acting(rowsecurity.SYSTEM, savepoint=False)
    with as_system, connection.cursor() as cursor:
        cursor.execute(_SEEN, [list(seen), list(seen.values())])


def add_risk(followup: Followup, code: str, *, today: date) -> bool:
    """Put a reason to worry on a pairing; tell whether it is a new one."""
    if code not in risk.WORDS:
        raise KeyError(code)
    if code in followup.risks:
        return False
    followup.risks = {**followup.risks, code: today.isoformat()}
    followup.save(update_fields=["risks"])
    return True
