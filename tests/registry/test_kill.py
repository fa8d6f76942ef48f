"""kill -9 of the worker in the middle of a delivery: nothing lost, nothing doubled (T40)."""

import asyncio
import io
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from procrastinate import testing
from procrastinate.contrib.django import app as jobs

from qianshou.common import rowsecurity
from qianshou.exchange import tasks
from qianshou.exchange.actions import processing, receiving
from qianshou.exchange.models import ImportRun, Record
from qianshou.registry.models import Child, Link
from tests import make
from tests import make_exchange as making

ROOT = Path(__file__).resolve().parents[2]
ROWS = 12
# The worker dies by its own hand at a step of the run, as surely as by another's.
WORKER = """
import os, signal, sys, uuid
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
settings.MEDIA_ROOT = sys.argv[4]
django.setup()
from qianshou.exchange.connectors import progress
tell = progress.Teller.tell
def until(self, state, *args, **options):
    tell(self, state, *args, **options)
    if state == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)
progress.Teller.tell = until
from qianshou.exchange.actions import processing
processing.process_run(uuid.UUID(sys.argv[2]))
"""


def a_run() -> ImportRun:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        source = making.a_source()
        content = making.a_csv([making.a_row() for _row in range(ROWS)])
        return receiving.receive_file(
            source, by=None, file=io.BytesIO(content), name="list.csv", area_code=make.COUNTY,
            own=True,
        )  # fmt: skip


def killed_at(run: ImportRun, state: str) -> None:
    """Let a worker of its own take the run and die when it has told this state."""
    done = subprocess.run(
        [sys.executable, "-c", WORKER, connection.settings_dict["NAME"], str(run.pk), state,
         str(settings.MEDIA_ROOT)],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "qianshou.config.settings",
             "PYTHONPATH": str(ROOT / "src")},
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-600:]


def figures() -> tuple[int, int, int]:
    """How many current rows, how many links that stand, how many files there are."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        links = Link.objects.exclude(state="ENDED").values("record").distinct().count()
        return Record.objects.current().count(), links, Child.objects.count()


@pytest.mark.usefixtures("committed")
def test_worker_killed_twice_loses_nothing_and_doubles_nothing():
    run = a_run()
    for state in ("APPLYING", "LINKING"):
        killed_at(run, state)
        # The control: until somebody starts it again, its rows are missing.
        assert figures() == (0, 0, 0)

    free = processing.resume_runs(older_than=make.timezone.timedelta(0))
    processing.process_run(run.pk)
    processing.process_run(run.pk)

    assert free == [run.pk]
    assert figures() == (ROWS, ROWS, ROWS)


def test_job_of_a_dead_worker_is_handed_out_again_and_a_living_one_keeps_its_own():
    connector = testing.InMemoryConnector()

    async def scene(*, silent: bool) -> list[Any]:
        with jobs.replace_connector(connector) as app:
            connector.reset()
            await tasks.process_run.defer_async(run_id="0")
            worker = await app.job_manager.register_worker()
            await app.job_manager.fetch_job(queues=None, worker_id=worker)
            if silent:
                await app.job_manager.unregister_worker(worker)
            await tasks.revive.func(SimpleNamespace(app=app), 0)
            return [job["status"] for job in connector.jobs.values()]

    assert asyncio.run(scene(silent=True)) == ["todo"]
    assert asyncio.run(scene(silent=False)) == ["doing"]
