"""A run survives its worker: killed in the middle, it is picked up once and ends the same."""

import os
import subprocess
import sys
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection

from qianshou.common import holding, rowsecurity
from qianshou.pairing import tasks
from qianshou.pairing.actions import matching
from qianshou.pairing.models import MatchRun, Proposal
from tests import make, make_pairing

WORKER = """
import sys
import django
django.setup()
from uuid import UUID
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
from qianshou.pairing.actions import matching
solve = matching._prove
def in_the_middle(run, plan):
    print("in the middle", flush=True)
    sys.stdin.read()
    return solve(run, plan)
matching._prove = in_the_middle
matching.compute(UUID(sys.argv[2]))
"""


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR = tmp_path


@pytest.fixture
def run(committed, monkeypatch):
    """A run that waits for a worker, in a county with four children and three mothers."""
    monkeypatch.setattr(matching, "_prove", _written)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        for _ in range(4):
            make_pairing.a_child()
        for _ in range(3):
            make_pairing.a_mother()
        matching.load_policies()
        policy = matching.policy_for_area(make.COUNTY)
        return MatchRun.objects.create(area_code=make.COUNTY, policy=policy)


def _written(run, plan):
    """Write the files as the run does, without the verifier's own process."""
    run.folder = f"runs/{run.pk}"
    matching.write_plan(plan, settings.VAR / run.folder)
    return True


def pairs_of(run):
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return sorted(run.proposals.values_list("child_id", "mother_id", "score"))


def state_of(run):
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return MatchRun.objects.get(pk=run.pk)


def killed_in_the_middle(run):
    """Let a worker of its own begin the run, and kill it before it has written anything."""
    command = [sys.executable, "-c", WORKER, connection.settings_dict["NAME"], str(run.pk)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as worker:
        assert worker.stdout.readline() == "in the middle\n"
        assert matching.resume_runs() == []  # it is at work, so nobody else begins
        worker.kill()


def test_killed_run_is_picked_up_once_with_the_same_plan(run):
    killed_in_the_middle(run)
    assert state_of(run).state == "RUNNING"
    assert pairs_of(run) == []

    tasks.resume_runs(timestamp=0)
    first = pairs_of(run)
    tasks.resume_runs(timestamp=0)
    matching.compute(run.pk)

    assert state_of(run).state == "DONE"
    assert len(first) == 3
    assert pairs_of(run) == first
    with rowsecurity.acting(rowsecurity.SYSTEM):
        assert Proposal.objects.count() == 3
    # The same plan as one that nobody disturbed.
    with rowsecurity.acting(rowsecurity.SYSTEM):
        again = MatchRun.objects.create(area_code=make.COUNTY, policy=state_of(run).policy)
    matching.compute(again.pk)
    assert pairs_of(again) == first


def test_run_that_another_worker_holds_is_left_alone(run):
    with holding.held(run.pk, purpose="test"):
        matching.compute(run.pk)
        assert matching.resume_runs(older_than=timedelta()) == []

    assert state_of(run).state == "WAITING"
    # The control: unheld, the same call computes it.
    matching.compute(run.pk)
    assert state_of(run).state == "DONE"


def test_waiting_run_whose_job_was_lost_is_picked_up(run):
    assert matching.resume_runs() == []
    assert matching.resume_runs(older_than=timedelta()) == [run.pk]


def test_cancelled_run_stays_cancelled_and_proposes_nothing(run):
    with rowsecurity.acting(rowsecurity.SYSTEM):
        matching.cancel(run, by=make.a_worker())

    tasks.resume_runs(timestamp=0)
    matching.compute(run.pk)

    assert state_of(run).state == "CANCELLED"
    assert pairs_of(run) == []


def test_run_cancelled_in_the_middle_writes_nothing(run, monkeypatch):
    def cancelled(run, plan):
        with rowsecurity.acting(rowsecurity.SYSTEM):
            MatchRun.objects.filter(pk=run.pk).update(state="CANCELLED")
        return True

    monkeypatch.setattr(matching, "_prove", cancelled)
    matching.compute(run.pk)

    assert state_of(run).state == "CANCELLED"
    assert pairs_of(run) == []


def test_two_things_are_held_apart(committed):
    one, other = uuid4(), uuid4()
    with holding.held(one, purpose="test") as first, holding.held(other, purpose="test") as second:
        assert first is not None
        assert second is not None
        assert holding.is_held(one)
    assert not holding.is_held(one)
