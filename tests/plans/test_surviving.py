"""The daily work survives its worker: killed in the middle, it goes on and opens nothing twice."""

import os
import subprocess
import sys

from django.db import connection

from qianshou.common import rowsecurity
from qianshou.plans.actions import opening, sets
from qianshou.plans.models import Plan, Slot
from tests import make, make_care
from tests.make_plans import TODAY

WORKER = """
import sys
from datetime import date
import django
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
from qianshou.plans.actions import opening
opening.AT_ONCE = 1
lot = opening.begin
calls = []
def in_the_middle(*given, **more):
    if calls:
        lot(*given, **more)
        print("in the middle", flush=True)
        sys.stdin.read()
    calls.append(1)
    return lot(*given, **more)
opening.begin = in_the_middle
opening.sweep(sys.argv[2], today=date.fromisoformat(sys.argv[3]))
"""


def killed_in_the_middle() -> None:
    """Let a worker of its own open the periods of one pairing, and kill it during the second."""
    name = connection.settings_dict["NAME"]
    command = [sys.executable, "-c", WORKER, name, make.COUNTY, TODAY.isoformat()]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "in the middle\n"
        worker.kill()


def counted() -> tuple[int, int]:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return Plan.objects.count(), Slot.objects.count()


def test_a_killed_sweep_is_done_by_the_next_one_and_nothing_twice(committed):
    with rowsecurity.acting(rowsecurity.SYSTEM):
        sets.load_sets()
        for _ in range(3):
            make_care.a_pairing(make_care.a_carer()[1])

    killed_in_the_middle()
    halfway = counted()
    opening.sweep(make.COUNTY, today=TODAY)
    first = counted()
    opening.sweep(make.COUNTY, today=TODAY)

    assert halfway[0] == 1
    assert first == (3, 3 * halfway[1])
    assert counted() == first
