"""`qianshou doctor`: what is wrong with this installation, in plain words, and how to mend it."""

import argparse
import shutil
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import OperationalError, connection

from qianshou.areas.models import Area
from qianshou.audit import queries as trail
from qianshou.care.models import Arrival
from qianshou.common import rowsecurity
from qianshou.config.commands import serve
from qianshou.config.unscoped import UNSCOPED_TABLES
from qianshou.protection.actions import escalating, spooling

TABLES = """
SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,
       (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid)
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
"""
ROLE = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
STUCK = (
    "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'"
    " AND coalesce(scheduled_at, now()) < now() - interval '15 minutes'"
)


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is well, and if not, how to mend it."""

    what: str
    well: bool
    mend: str = ""


def doctor(argv: Sequence[str]) -> int:
    """Look at everything an installation needs; exits 1 when something is wrong."""
    argparse.ArgumentParser(prog="qianshou doctor", description=doctor.__doc__).parse_args(argv)
    try:
        connection.ensure_connection()
    except OperationalError as problem:
        print(f"✗ The database cannot be reached: {problem}")
        print("  Mend: check DATABASE_URL, or unset it to use the private database.")
        return 1
    findings = [*_python(), *_server(), *_migrations()]
    if all(finding.well for finding in findings):
        findings += [finding for look in LOOKS for finding in look()]
    for finding in findings:
        print(f"{'✓' if finding.well else '✗'} {finding.what}")
        if not finding.well:
            print(f"  Mend: {finding.mend}")
    return 0 if all(finding.well for finding in findings) else 1


def _python() -> Iterator[Finding]:
    yield Finding(
        f"Python {sys.version.split()[0]}", sys.version_info >= (3, 11), "install Python 3.11"
    )


def _server() -> Iterator[Finding]:
    version = connection.cursor().connection.info.server_version
    yield Finding(f"PostgreSQL {version // 10000}", version >= 150000, "use version 15 or later")
    with connection.cursor() as cursor:
        cursor.execute(ROLE)
        above = cursor.fetchone()
    yield Finding(
        f"The application signs in as {settings.DATABASES['default']['USER'] or 'app'},"
        " a role that row security binds",
        above == (False,),
        "let DATABASE_URL name a role without SUPERUSER and BYPASSRLS (deploy/postgresql.md)",
    )


def _migrations() -> Iterator[Finding]:
    count = serve.waiting_migrations()
    yield Finding(f"Migrations waiting: {count}", count == 0, "run `qianshou setup`")


def _row_security() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        rows = cursor.fetchall()
    open_tables = [
        name
        for name, forced, policies in rows
        if name not in UNSCOPED_TABLES and not (forced and policies)
    ]
    yield Finding(
        f"Row security on {len(rows) - len(open_tables) - len(UNSCOPED_TABLES)} tables of people",
        not open_tables,
        f"these tables are open: {', '.join(open_tables)}; run `qianshou setup`",
    )


def _scope_key() -> Iterator[Finding]:
    with rowsecurity.acting(rowsecurity.SYSTEM), connection.cursor() as cursor:
        cursor.execute("SELECT scope_kind()")
        kind = cursor.fetchone()
    yield Finding(
        "The database accepts our scope tokens",
        kind == ("SYSTEM",),
        "SCOPE_KEY is not the one stored in the database; run `qianshou setup`",
    )


def _reference_data() -> Iterator[Finding]:
    count = Area.objects.count()
    yield Finding(f"Areas loaded: {count}", count > 0, "run `qianshou setup`")


def _jobs() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(STUCK)
        waiting = cursor.fetchone()
    yield Finding(
        "No background job waits longer than a quarter of an hour",
        waiting == (0,),
        "start the worker: `qianshou serve` or `qianshou worker`",
    )


def _arrivals() -> Iterator[Finding]:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        failed = Arrival.objects.filter(failed__gt=0).count()
    yield Finding(
        "Clocks and checklists have heard of every contact that phones handed in",
        failed == 0,
        f"{failed} could not be taken in; the worker tries again and writes why into its log",
    )


def _trail() -> Iterator[Finding]:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        flaws = trail.flaws(settings.VAR / "anchors.jsonl")
    yield Finding(
        "The trail proves itself",
        not flaws,
        f"{len(flaws)} flaws; see `qianshou audit verify` and tell the audit administrator",
    )


def _files() -> Iterator[Finding]:
    free = shutil.disk_usage(settings.VAR).free >> 30
    yield Finding(f"Free disk space: {free} GiB", free >= 2, "free some space under var/")
    loose = [
        file.name
        for file in (settings.VAR / "secrets").glob("*")
        if stat.S_IMODE(file.stat().st_mode) & 0o077
    ]
    yield Finding("Secrets are readable by their owner only", not loose, f"chmod 600 {loose}")


def _spool() -> Iterator[Finding]:
    waiting, unreadable = spooling.standing()
    yield Finding(
        f"Sealed entries that wait for the database: {waiting}",
        waiting == 0,
        "the worker takes them in within a minute; start it: `qianshou worker`",
    )
    yield Finding(
        "No sealed entry of the spool is unreadable",
        unreadable == 0,
        "FIELD_KEY is another one than when they were kept; see var/spool/*.bad",
    )
    unseen = escalating.unseen()
    yield Finding(
        "Whatever was handed in confidentially has somebody who may open it",
        unseen == 0,
        "give the roles safeguarding_lead and safeguarding_deputy in each county and in the city",
    )


# What makes sense only on a database that is up to date.
LOOKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _row_security,
    _scope_key,
    _reference_data,
    _jobs,
    _arrivals,
    _trail,
    _files,
    _spool,
)
