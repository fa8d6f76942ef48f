"""The process of bench.overdue: fill an installation, ask its pages, and run its jobs."""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench.lists_run import CITY, COUNTY, fill, measured
from qianshou.accounts import permissions
from qianshou.accounts.models import Grant, User
from qianshou.areas.models import Area
from qianshou.areas.queries import areas_inside
from qianshou.care.actions import clocks, escalating
from qianshou.care.models import Clock
from qianshou.common import rowsecurity
from qianshou.config import database
from qianshou.config.commands import operate
from qianshou.config.postgres import launcher
from qianshou.notices import queries as times

PAGES = (("list", "/care/overdue/"), ("figures", "/care/silence/"), ("home", "/"))
# A year of weekly contacts. One pairing in ten is silent, for one day to a month longer than was
# agreed: so every day some of them come to one of the steps, as in a city that runs for years.
CONTACTS = """
INSERT INTO care_contact (id, pairing_id, mother_id, area_code, kind, at, minutes, topics, note,
  follow_up, client_id, said_at, received_at, skewed, by_id)
SELECT (lpad(to_hex(p.n), 12, '0') || right(gen_random_uuid()::text, 23))::uuid, p.id,
  p.mother_id, p.area_code, 'CALL', moment, 10, '[]', ''::bytea,
  false, gen_random_uuid(), moment, moment, false, p.by_id
FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM pairing_pairing) p
CROSS JOIN generate_series(0, 51) AS week
CROSS JOIN LATERAL (SELECT now() - make_interval(
  days => (week * 7 + CASE WHEN p.n %% 10 = 0 THEN 8 + (p.n / 10) %% 30 ELSE p.n %% 6 END)::int)
  AS moment) t
WHERE NOT EXISTS (SELECT 1 FROM care_contact c WHERE c.pairing_id = p.id)
ORDER BY p.id, week
"""
# What stands on the contacts and would be asked or written with every row; and how it is built
# anew. The keys come from the rows they lead to, so these are not looked up once more.
STANDS = (
    """SELECT format('ALTER TABLE care_contact DROP CONSTRAINT %I', conname),
      format('ALTER TABLE care_contact ADD CONSTRAINT %I %s %s', conname, pg_get_constraintdef(oid),
        CASE contype WHEN 'f' THEN 'NOT VALID' END)
    FROM pg_constraint WHERE conrelid = 'care_contact'::regclass AND contype IN ('f', 'u')""",
    """SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
    FROM pg_index i WHERE indrelid = 'care_contact'::regclass AND NOT EXISTS (
      SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)""",
)
# Two in a hundred children red, eight orange, thirty yellow, forty green, the others not graded.
GRADES = """
INSERT INTO assessment_assessment (id, child_id, area_code, instrument_id, score, computed_grade,
  grade, tier, needs, evidence, triggers, is_current, computed_at, reason)
SELECT gen_random_uuid(), k.id, k.area_code, i.id, 0, g.grade, g.grade,
  array_position(ARRAY['RED', 'ORANGE', 'YELLOW', 'GREEN'], g.grade) - 1, '[]', '[]', '[]', true,
  now(), ''
FROM (SELECT *, row_number() OVER (ORDER BY id) * 7 %% 100 AS n FROM registry_child) k
CROSS JOIN (SELECT id FROM assessment_instrument LIMIT 1) i
CROSS JOIN LATERAL (SELECT CASE WHEN k.n < 2 THEN 'RED' WHEN k.n < 10 THEN 'ORANGE'
  WHEN k.n < 40 THEN 'YELLOW' ELSE 'GREEN' END AS grade) g
WHERE k.n < 80 AND NOT EXISTS (SELECT 1 FROM assessment_assessment a WHERE a.child_id = k.id)
"""
NEWEST = "SELECT pairing_id, max(at) FROM care_contact GROUP BY pairing_id"
COUNTED = """SELECT left(area_code, 9), count(*) FILTER (WHERE due_on < %s), count(*)
FROM care_clock GROUP BY 1"""
# The rows that a job has just written, once more as plain statements: the least that they cost.
WRITTEN = (
    """INSERT INTO care_reminder (id, pairing_id, area_code, heard_on, act, days_late, note, at)
    SELECT gen_random_uuid(), pairing_id, area_code, heard_on - 9999, act, days_late, note, at
    FROM care_reminder WHERE at >= %s""",
    """INSERT INTO notices_notice SELECT (jsonb_populate_record(n, jsonb_build_object(
    'id', gen_random_uuid(), 'once', 'again/' || n.once))).* FROM notices_notice n
    WHERE created_at >= %s""",
)


@dataclass(frozen=True)
class Spent:
    """What an act took: milliseconds by the clock, and of the processors of it and its backend."""

    ms: float
    cpu_ms: float


def once(act: Callable[[], Any]) -> Spent:
    """Run an act and return what it took; other work on the machine is not in `cpu_ms`."""
    connection.ensure_connection()
    begun, used = time.perf_counter(), _used()
    act()
    return Spent((time.perf_counter() - begun) * 1000, _used() - used)


def _used() -> float:
    """Return the processor time of this process and of its backend, in milliseconds."""
    backend = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text()
    ticks = sum(map(int, backend.rpartition(")")[2].split()[11:13]))
    return (time.process_time() + ticks / os.sysconf("SC_CLK_TCK")) * 1000


def bare(sql: str, *given: Any) -> float:
    """Return how many milliseconds a bare statement takes when its rows are warm."""

    def ask() -> None:
        with rowsecurity.acting(rowsecurity.SYSTEM), connection.cursor() as cursor:
            cursor.execute(sql, given)
            cursor.fetchall()

    ask()
    return min(once(ask).ms for _ in range(3))


def written_since(moment: datetime) -> tuple[int, float]:
    """Return how many reminders and notices were written since, and the time of writing them."""
    count = 0
    with rowsecurity.acting(rowsecurity.SYSTEM), connection.cursor() as cursor:
        begun = time.perf_counter()
        for sql in WRITTEN:
            cursor.execute(sql, [moment])
            count += cursor.rowcount
        took = (time.perf_counter() - begun) * 1000
        transaction.set_rollback(True)
    return count, took


def people() -> dict[str, User]:
    """Return one who asks for a town, a county and the city; every town has its worker."""
    towns = [
        town.code for county in areas_inside(CITY, "COUNTY")
        for town in areas_inside(county.code, "TOWN")[:10]
    ]  # fmt: skip
    for code in towns:
        a_person(f"town-{code}", "fed_town", code)
    first = areas_inside(COUNTY, "TOWN")[0].code
    return {
        "town": a_person(f"town-{first}", "fed_town", first),
        "county": a_person("bench-county", "fed_county", COUNTY),
        "city": a_person("bench-city", "fed_county", CITY),
    }


def a_person(name: str, role: str, area: str) -> User:
    """Return a member of staff of a place."""
    user, _ = User.objects.get_or_create(username=name, defaults={"password": "!"})
    Grant.objects.get_or_create(
        user=user, role=role, area=Area.objects.get(code=area),
        defaults={"valid_from": date(2026, 1, 1)},
    )  # fmt: skip
    return user


def forget() -> None:
    """Let nobody have been told of anything, as on the first day of all."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE care_reminder, care_clock, notices_notice")


def working_days(today: date) -> tuple[date, date]:
    """Return the first working day from today on, and the next one after it."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        calendar = times.calendar_for(CITY)
    days = (today + timedelta(days=each) for each in range(30))
    first, second = list(filter(calendar.is_working, days))[:2]
    return first, second


def jobs(first: date, second: date) -> Iterator[dict[str, Any]]:
    """Run the night's work of the city on its first day and on the ordinary day after it."""
    forget()
    yield _job("clocks, first day", lambda: clocks.reckon(CITY), NEWEST)
    connection.cursor().execute("ANALYZE care_clock")
    yield _job("steps, first day", lambda: escalating.escalate(CITY, today=first), COUNTED, first)
    yield _job("clocks, next day", lambda: clocks.reckon(CITY), NEWEST)
    yield _job("steps, next day", lambda: escalating.escalate(CITY, today=second), COUNTED, first)
    yield _job("digests", lambda: escalating.digest_week(CITY, today=second), COUNTED, first)
    yield _job("digests again", lambda: escalating.digest_week(CITY, today=second), COUNTED, first)


def _job(what: str, act: Callable[[], Any], scan: str, *given: Any) -> dict[str, Any]:
    begun = timezone.now()
    with CaptureQueriesContext(connection) as caught:
        spent = once(act)
    rows, writing = written_since(begun)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = rows or Clock.objects.count() * what.startswith("clocks, first")
    scanning = bare(scan, *given)
    return {
        "what": what, "asker": "worker", "rows": rows, "queries": len(caught), "ms": spent.ms,
        "cpu_ms": spent.cpu_ms, "sql_ms": scanning, "ratio": spent.ms / scanning,
        "write_ms": writing, "floor": spent.ms / (scanning + writing),
    }  # fmt: skip


def pages(askers: dict[str, User], today: date) -> Iterator[dict[str, Any]]:
    """Ask each page as each person."""
    for asker, user in askers.items():
        for page, path in PAGES:
            queries, ms, sql_ms = measured(user, path)
            with rowsecurity.acting(permissions.scope_of(user)):
                seen = Clock.objects.late_on(today).count()
            yield {
                "what": page, "asker": asker, "rows": seen, "queries": queries, "ms": ms,
                "sql_ms": sql_ms, "ratio": ms / sql_ms,
            }  # fmt: skip


def grow(size: int, by: User) -> None:
    """Add pairings up to a number, with their contacts and grades."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        fill(size, size, by=by)
    with bare_contacts():
        for sql in (CONTACTS, GRADES):
            with rowsecurity.acting(rowsecurity.SYSTEM), connection.cursor() as cursor:
                cursor.execute(sql.replace("%%", "%"))
    connections["owner"].cursor().execute("VACUUM ANALYZE")


@contextmanager
def bare_contacts() -> Iterator[None]:
    """Take indexes and keys off the contacts while a year of them is written, and build them anew.

    Millions of rows that go into eight indexes one by one take most of the time of a run, and
    nothing of what is measured.
    """
    with connections["owner"].cursor() as cursor:
        stands: list[tuple[str, str]] = []
        for sql in STANDS:
            cursor.execute(sql)
            stands += cursor.fetchall()
        for drop, _build in stands:
            cursor.execute(drop)
        yield
        for _drop, build in stands:
            cursor.execute(build)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure at a quarter, at half and at the full size, and print the rows as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairings", type=int, default=50_000)
    wanted = parser.parse_args(argv)
    settings.ALLOWED_HOSTS = ["testserver"]
    operate.prepare()
    today, results = timezone.localdate(), []
    first, second = working_days(today)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        askers = people()
    for share in (4, 2, 1):
        size = wanted.pairings // share
        grow(size, askers["county"])
        stands = {"pairings": size, "contacts": size * 52}
        for found in (*jobs(first, second), *pages(askers, today)):
            results.append({**found, **stands})
            print(json.dumps(results[-1]), file=sys.stderr, flush=True)
    for each in connections.all():
        each.close()
    launcher.stop(database.data_dir())
    print(json.dumps(results))


if __name__ == "__main__":
    main()
