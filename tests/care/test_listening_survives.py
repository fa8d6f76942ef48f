"""The nightly work of care survives its worker: killed in the middle, nobody is told twice."""

import os
import subprocess
import sys
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from qianshou.care.actions import clocks, contacts, escalating, hearing
from qianshou.care.models import Clock, Reminder
from qianshou.common import rowsecurity
from qianshou.notices.models import Notice
from qianshou.plans.actions import sets
from tests import forking, make, make_care
from tests.care.test_hearing import HURT, Hers, waiting
from tests.care.test_hearing import counted as heard_of

WORKER = """
import sys
from datetime import date
import django
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
from qianshou.care.actions import escalating
escalating.AT_ONCE = 1
tell = escalating.notices.send_all
calls = []
def in_the_middle(*given, **more):
    tell(*given, **more)
    calls.append(1)
    if len(calls) == 2:
        print("in the middle", flush=True)
        sys.stdin.read()
escalating.notices.send_all = in_the_middle
escalating.escalate(sys.argv[2], today=date.fromisoformat(sys.argv[3]))
"""


def killed_in_the_middle(today):
    """Let a worker tell one mother, and kill it while it tells the second."""
    name = connection.settings_dict["NAME"]
    command = [sys.executable, "-c", WORKER, name, make.COUNTY, today.isoformat()]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "in the middle\n"
        worker.kill()


def counted():
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return (
            Reminder.objects.filter(act="MOTHER").count(),
            Notice.objects.filter(kind="care.silent").count(),
            Clock.objects.filter(told__gte=1).count(),
        )


def test_a_killed_worker_has_told_whole_portions_and_the_next_one_tells_the_rest(committed):
    today = timezone.localdate()
    with rowsecurity.acting(rowsecurity.SYSTEM):
        for _ in range(3):
            begun = today - timedelta(days=9)
            make_care.a_pairing(make_care.a_carer()[1], active_on=begun, started_on=begun)
    clocks.reckon(make.COUNTY)

    killed_in_the_middle(today)
    assert counted() == (1, 1, 1)
    escalating.escalate(make.COUNTY, today=today)
    assert counted() == (3, 3, 3)

    # Negative control: a run that forgets what it has told still tells nobody twice.
    with rowsecurity.acting(rowsecurity.SYSTEM):
        Clock.objects.update(told=0)
    escalating.escalate(make.COUNTY, today=today)
    assert counted() == (3, 3, 3)


def test_a_pairing_that_somebody_moves_is_left_to_the_next_run(committed):
    today = timezone.localdate()
    begun = today - timedelta(days=9)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        moved, free = (
            make_care.a_pairing(make_care.a_carer()[1], active_on=begun, started_on=begun)
            for _ in range(2)
        )
    clocks.reckon(make.COUNTY)

    with committed.transaction():
        system = rowsecurity.token(rowsecurity.SYSTEM)
        committed.execute("SELECT set_config(%s, %s, true)", [rowsecurity.SETTING, system])
        held = committed.execute(
            "SELECT id FROM pairing_pairing WHERE id = %s FOR UPDATE", [moved.pk]
        )
        assert held.fetchall() == [(moved.pk,)]
        escalating.escalate(make.COUNTY, today=today)
        assert told() == {free.pk}
    escalating.escalate(make.COUNTY, today=today)
    assert told() == {free.pk, moved.pk}


def told():
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return set(Reminder.objects.values_list("pairing_id", flat=True))


def test_a_worker_killed_in_the_middle_is_heard_of_by_the_next_one(committed, monkeypatch):
    with rowsecurity.acting(rowsecurity.SYSTEM):
        sets.load_sets()
        made = [Hers(), Hers()]
    clocks.reckon(make.COUNTY)
    for each in made:
        each.hand_in("很开心", HURT)
    monkeypatch.setattr(hearing, "AT_ONCE", 2)

    def work():
        while hearing.hear_of_due(timezone.now()):
            pass

    forking.killed_at_the_second(work, inside=contacts, at="announce")
    assert (waiting(), heard_of()) == (2, (2, 1, 1)), "the first portion stands, the second is back"
    work()
    assert (waiting(), heard_of()) == (0, (4, 2, 2))
