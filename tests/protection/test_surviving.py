"""A worker that is killed while it raises a report leaves it due, and the next raises it once."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from qianshou.common import rowsecurity
from qianshou.protection.actions import escalating
from qianshou.protection.models import Report, Step
from tests import make_protection

WORKER = """
import sys
import django
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
from django.utils import timezone
from datetime import timedelta
from qianshou.protection.actions import escalating, telling
note = telling.note
def in_the_middle(*values, **more):
    note(*values, **more)
    print("in the middle", flush=True)
    sys.stdin.read()
telling.note = in_the_middle
escalating.escalate_due(now=timezone.now() + timedelta(hours=1))
"""


@pytest.fixture
def report(committed):
    with rowsecurity.acting(rowsecurity.SYSTEM):
        make_protection.a_circle()
        return make_protection.a_report(now=True)


def levels():
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return list(Step.objects.filter(kind="ESCALATED").values_list("level", flat=True))


def test_a_killed_worker_neither_loses_nor_doubles_a_step(report):
    later = timezone.now() + timedelta(hours=1)
    command = [sys.executable, "-c", WORKER, connection.settings_dict["NAME"]]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as worker:
        assert worker.stdout.readline() == "in the middle\n"
        # It holds the report, so nobody else raises it meanwhile.
        assert escalating.escalate_due(now=later) == 0
        worker.kill()

    assert levels() == []
    assert [escalating.escalate_due(now=later) for _ in range(2)] == [1, 0]
    assert levels() == ["DEPUTY"]
    with rowsecurity.acting(rowsecurity.SYSTEM):
        assert Report.objects.get().level == "DEPUTY"
