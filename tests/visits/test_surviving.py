"""Nightly work of visits and wishes survives its worker: killed in the middle, nothing twice."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from qianshou.common import rowsecurity
from qianshou.notices.models import Notice
from qianshou.visits import tasks as visit_tasks
from qianshou.visits.models import VisitTask
from qianshou.wishes import tasks as wish_tasks
from qianshou.wishes.models import PublicWish, Wish
from tests import make, make_visits, make_wishes

# The work as the scheduler starts it; its second step hangs after it has written.
WORKER = """
import sys
import django
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
from importlib import import_module
room, acts, step, task = sys.argv[2:]
module = import_module(f"qianshou.{room}.actions.{acts}")
real, calls = getattr(module, step), []
def in_the_middle(*given, **more):
    done = real(*given, **more)
    calls.append(1)
    if len(calls) == 2:
        print("in the middle", flush=True)
        sys.stdin.read()
    return done
setattr(module, step, in_the_middle)
getattr(import_module(f"qianshou.{room}.tasks"), task)(timestamp=0)
"""


def killed_in_the_middle(*which):
    """Let a worker do one step, and kill it during the second."""
    command = [sys.executable, "-c", WORKER, connection.settings_dict["NAME"], *which]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "in the middle\n"
        worker.kill()


def late_tasks():
    worker, long_ago = make.a_worker(), timezone.localdate() - timedelta(days=30)
    for _ in range(3):
        visit = make_visits.a_visit(by=worker)
        make_visits.write_up(visit, by=worker, answers={"mood": "low"})
    VisitTask.objects.update(due_on=long_ago)


def raised():
    told = Notice.objects.filter(kind="visits.task.late").count()
    return VisitTask.objects.exclude(escalated_at=None).count(), told


def old_wishes():
    for _ in range(3):
        make_wishes.published()
    Wish.objects.update(lapses_on=timezone.localdate() - timedelta(days=1))


def lapsed():
    return Wish.objects.filter(state="LAPSED").count(), 3 - PublicWish.objects.count()


@pytest.mark.parametrize(("begin", "counted", "work", "which"), [
    (late_tasks, raised, visit_tasks.escalate, ("visits", "duties", "_raise", "escalate")),
    (old_wishes, lapsed, wish_tasks.sweep, ("wishes", "claiming", "_lapse", "sweep")),
])  # fmt: skip
def test_a_killed_night_is_done_by_the_next_one(committed, begin, counted, work, which):
    def now():
        with rowsecurity.acting(rowsecurity.SYSTEM):
            return counted()

    with rowsecurity.acting(rowsecurity.SYSTEM):
        begin()

    killed_in_the_middle(*which)
    halfway = now()
    work(timestamp=0)
    first = now()
    work(timestamp=0)

    assert halfway == (1, 1), "the first is whole, the second is gone as one"
    assert first == (3, 3)
    assert now() == first
