"""The daily work survives its worker: killed in the middle, it goes on and does nothing twice."""

import os
import subprocess
import sys

from django.db import connection

from qianshou.audit.models import Entry
from qianshou.common import rowsecurity
from qianshou.notices.models import Notice
from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life
from qianshou.support.actions import sweeping
from qianshou.support.models import Digest, Duty, Followup
from tests import make
from tests.make_support import a_pairing

WORKER = """
import sys
from datetime import date
import django
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
from qianshou.support.actions import sweeping
once = sweeping._once
calls = []
def in_the_middle(*given, **more):
    if calls:
        print("in the middle", flush=True)
        sys.stdin.read()
    calls.append(1)
    return once(*given, **more)
sweeping._once = in_the_middle
sweeping.sweep(sys.argv[2], today=date.fromisoformat(sys.argv[3]))
"""


def killed_in_the_middle() -> None:
    """Let a worker of its own begin the daily work, and kill it after its first duty."""
    name = connection.settings_dict["NAME"]
    command = [sys.executable, "-c", WORKER, name, make.COUNTY, make.TODAY.isoformat()]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "in the middle\n"
        worker.kill()


def counted() -> dict[str, int]:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return {
            "duties": Duty.objects.count(),
            "at risk": Pairing.objects.filter(state=life.AT_RISK).count(),
            "settled": Entry.objects.filter(act="pairing.step.settle").count(),
            "worries": Entry.objects.filter(act="support.pairing.at_risk").count(),
        }


def test_a_killed_sweep_is_done_by_the_next_one_and_nothing_twice(committed):
    year_ago = make.TODAY.replace(year=make.TODAY.year - 1)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        for _ in range(3):
            a_pairing(active_on=year_ago)
        a_pairing(state=life.ACTIVE_INITIAL, active_on=make.TODAY.replace(month=10))

    killed_in_the_middle()
    assert counted()["duties"] == 1
    sweeping.sweep(make.COUNTY, today=make.TODAY)
    first = counted()
    sweeping.sweep(make.COUNTY, today=make.TODAY)

    assert first == {"duties": 3, "at risk": 4, "settled": 1, "worries": 4}
    assert counted() == first


def test_digests_are_written_once_however_often_the_job_runs(committed):
    with rowsecurity.acting(rowsecurity.SYSTEM):
        by = make.a_worker()
        for _ in range(2):
            Followup.objects.filter(pairing=a_pairing()).update(owner=by)

    for _ in range(2):
        sweeping.digest_week(today=make.TODAY)

    with rowsecurity.acting(rowsecurity.SYSTEM):
        assert Digest.objects.count() == 1
        assert Notice.objects.filter(to_id=by.pk).count() == 1
