"""The part of bench.storing that runs inside Django: an installation of its own, and its rows.

`python -m bench.storing_rows CITY ROUNDS` with QIANSHOU_VAR naming an empty folder; prints JSON.
"""

# ruff: noqa: E402 - models can be imported only once Django knows its settings

import io
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import django
import psycopg
from psycopg import sql

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qianshou.config.settings")
django.setup()

from django.db import connection, connections
from django.utils import timezone

from qianshou.areas import actions as areas
from qianshou.common import rowsecurity
from qianshou.config import database, setup
from qianshou.config.postgres import launcher
from qianshou.exchange import queries
from qianshou.exchange.actions import receiving, sources
from qianshou.exchange.connectors import files, intake, storing
from qianshou.exchange.models import ImportRun
from qianshou.exchange.rules import profile as profiles

TABLES = ("exchange_record", "exchange_quarantinedrow")
Seconds = dict[str, float]


class Cost:
    """Seconds of the clock, and of the processors: this process and its database session."""

    def __init__(self, session: int) -> None:
        self._session = session
        self.clock, self.processor = -time.perf_counter(), -self._processors()

    def _processors(self) -> float:
        words = Path(f"/proc/{self._session}/stat").read_text(encoding="ascii").split(")")[1]
        ticks = sum(map(int, words.split()[11:13]))
        return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")

    def ended(self, name: str) -> Seconds:
        """Return what was used since the beginning, under a name."""
        return {
            name: self.clock + time.perf_counter(),
            f"{name}_processor": self.processor + self._processors(),
        }


def prepare() -> str:
    """Set up the installation and return the address of its database's superuser."""
    setup.prepare_database()
    with rowsecurity.acting(rowsecurity.SYSTEM):
        for file in areas.shipped_lists():
            with file.open(encoding="utf-8") as handle:
                areas.load_areas([handle])
        sources.load_sources()
    return launcher.start(database.data_dir()).url("postgres")


def deliveries(city: Path) -> Iterator[tuple[str, Path, str]]:
    """Yield profile, file and area of every first delivery of a synthetic city."""
    manifest = json.loads((city / "manifest.json").read_text("utf-8"))
    for each in manifest["files"]:
        if each["delivery"] == "first":
            yield each["profile"], city / each["path"], each["area"]


def received(code: str, file: Path, area: str) -> ImportRun:
    """Receive a file as an operator would send it."""
    with rowsecurity.acting(rowsecurity.SYSTEM), file.open("rb") as handle:
        source = queries.source_by_code(code)
        return receiving.receive_file(source, by=None, file=handle, name=file.name, area_code=area)


def through_the_hub(code: str, file: Path, area: str) -> Seconds:
    """Read, check, compare and store one file as a run does, without the rooms above."""
    begun = time.perf_counter()
    run, today = received(code, file, area), timezone.localdate()
    profile = profiles.parse(run.source.profile, code)
    delivery = intake.take_in(
        files.folder() / run.file_path, profile, name=run.file_name, area_code=area, today=today,
        told=lambda _done, _counts: None,
    )  # fmt: skip
    taken = time.perf_counter() - begun
    cost = Cost(connection.connection.info.backend_pid)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        difference = storing.compare(run, delivery, profile, today=today)
        bad = [*delivery.bad, *difference.outdated]
        storing.end_versions(run, difference)
        storing.store(run, difference.arriving, now=timezone.now())
        storing.quarantine(run, bad, delivery.area_code)
        storing.close_mended(run, delivery, difference)
    stored = len(difference.arriving) + len(bad)
    return {"rows": delivery.read, "stored": stored, "take_in": taken, **cost.ended("storing")}


def bare_copy(url: str) -> Seconds:
    """Take the stored rows out, empty the tables, and time COPY filling them again.

    It runs as the superuser, so row security and the application cost it nothing; indexes,
    constraints and foreign keys of the tables stand.
    """
    total: Seconds = {"megabytes": 0}
    with psycopg.connect(url, autocommit=True) as own:
        for table in TABLES:
            name, kept = sql.Identifier(table), io.BytesIO()
            with own.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(name)) as copy:
                for block in copy:
                    kept.write(block)
            own.execute(sql.SQL("TRUNCATE {} CASCADE").format(name))
            cost = Cost(own.info.backend_pid)
            with own.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(name)) as copy:
                copy.write(kept.getvalue())
            add(total, cost.ended("copy"))
            total["megabytes"] += kept.tell() / (1 << 20)
    return total


def add(total: Seconds, more: Seconds) -> None:
    """Add figures to a total, name by name."""
    for name, value in more.items():
        total[name] = total.get(name, 0) + value


def one_round(url: str, city: Path) -> Seconds:
    """Store a whole city in empty tables, then copy the very same rows bare."""
    total: Seconds = {}
    for delivery in deliveries(city):
        add(total, through_the_hub(*delivery))
    total |= bare_copy(url)
    with psycopg.connect(url, autocommit=True) as own:
        own.execute("TRUNCATE exchange_importrun CASCADE")
    return total


def main(argv: Sequence[str]) -> int:
    """Measure some rounds on one city and print them."""
    try:
        url = prepare()
        rounds = [one_round(url, Path(argv[0])) for _ in range(int(argv[1]))]
    finally:
        connections.close_all()
        launcher.stop(database.data_dir())
    sys.stdout.write(json.dumps(rounds))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
