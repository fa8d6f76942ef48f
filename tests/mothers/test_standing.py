"""A mother's standing: suspended by the calendar, brought back by a new query, opened and begun."""

import os
import subprocess
import sys
from datetime import date, timedelta

import pytest
from django.db import connection

from qianshou.audit.models import Entry
from qianshou.common import bus, rowsecurity
from qianshou.common.errors import NotAllowed
from qianshou.mothers import tasks
from qianshou.mothers.actions import file as acts
from qianshou.mothers.actions import intake, standing
from qianshou.mothers.actions.standing import Passed
from qianshou.mothers.events import MotherSuspended
from qianshou.mothers.models import Mother
from tests import make, make_mothers

TODAY = make.TODAY
LAST = date(2025, 11, 24)  # a query of this day holds for the last time on TODAY
FULL = Passed("CLEAR", TODAY, 8.0, TODAY, TODAY, True, True, True)


@pytest.fixture
def announced():
    """What was announced about suspended mothers while the test ran."""
    heard = []
    bus.on(MotherSuspended)(heard.append)
    yield heard
    bus._handlers[MotherSuspended].remove(heard.append)


def again(mother):
    return Mother.objects.get(pk=mother.pk)


def test_query_suspends_on_the_day_after_its_last_and_not_before(db, announced):
    mother = make_mothers.a_mother(screened_on=LAST)

    assert standing.suspend_expired(today=TODAY) == 0
    assert standing.suspend_expired(today=TODAY + timedelta(1)) == 1

    assert again(mother).state == "PAUSED"
    assert again(mother).remark == "SCREENING_EXPIRED"
    assert announced == [MotherSuspended(mother.pk, "SCREENING")]
    entry = Entry.objects.get(act="mothers.suspended")
    assert (entry.subject_id, entry.actor_id) == (str(mother.pk), None)


def test_missed_night_is_made_up_for_and_a_second_call_does_nothing(db, announced):
    for _ in range(3):
        make_mothers.a_mother(screened_on=LAST - timedelta(days=40))
    fresh = make_mothers.a_mother(screened_on=TODAY)

    assert standing.suspend_expired(today=TODAY) == 3
    assert standing.suspend_expired(today=TODAY) == 0

    assert len(announced) == 3
    assert again(fresh).state == "ACTIVE"


@pytest.mark.parametrize("state", ["APPLIED", "PAUSED", "LEFT"])
def test_only_active_mothers_are_suspended(db, state):
    mother = make_mothers.a_mother(screened_on=None, state=state)

    assert standing.suspend_expired(today=TODAY) == 0
    assert again(mother).state == state


def test_new_clear_query_brings_back_who_was_suspended_for_it(db):
    mother = make_mothers.a_mother(screened_on=LAST - timedelta(1))
    standing.suspend_expired(today=TODAY)

    standing.keep_gates(mother, FULL, by=make.a_worker(), today=TODAY)

    assert (again(mother).state, again(mother).remark) == ("ACTIVE", "")
    assert Mother.objects.ready_on(TODAY).count() == 1


def test_new_query_does_not_bring_back_whom_a_person_paused(db):
    worker, mother = make.a_worker(), make_mothers.a_mother()
    acts.pause(mother, by=worker, reason="照顾家人", today=TODAY)

    standing.keep_gates(mother, FULL, by=worker, today=TODAY)

    assert again(mother).state == "PAUSED"


def test_nobody_resumes_by_hand_who_is_suspended_for_her_query(db):
    worker, mother = make.a_worker(), make_mothers.a_mother(screened_on=LAST - timedelta(1))
    standing.suspend_expired(today=TODAY)

    with pytest.raises(acts.StillSuspended):
        acts.resume(again(mother), by=worker, reason="回来了", today=TODAY)


def test_who_is_active_with_an_old_remark_is_suspended_and_the_job_ends(db):
    mother = make_mothers.a_mother(screened_on=None, remark="SCREENING_EXPIRED")

    assert standing.suspend_expired(today=TODAY) == 1
    assert again(mother).state == "PAUSED"


def test_hit_suspends_at_once(db, announced):
    mother = make_mothers.a_mother()

    standing.keep_gates(mother, Passed("HIT", TODAY), by=make.a_worker(), today=TODAY)

    assert again(mother).remark == "SCREENING_HIT"
    assert announced == [MotherSuspended(mother.pk, "SCREENING")]


def test_list_with_an_old_query_does_not_wake_a_suspended_mother_and_a_new_one_does(db):
    run = make_mothers.a_run()
    payload = make_mothers.a_payload(screened_on="2025-10-01")
    intake.take_in([(make_mothers.a_record(run), make.COUNTY, payload)])
    mother = Mother.objects.get()
    standing.suspend_expired(today=TODAY)

    intake.take_in([(make_mothers.a_record(run), make.COUNTY, payload | {"employer": "学校"})])
    assert (again(mother).state, again(mother).employer) == ("PAUSED", "学校")

    renewed = payload | {"screened_on": "2026-11-01"}
    intake.take_in([(make_mothers.a_record(run), make.COUNTY, renewed)])
    assert (again(mother).state, again(mother).remark) == ("ACTIVE", "")


def test_list_with_an_older_query_does_not_replace_one_that_a_person_entered(db):
    run, payload = make_mothers.a_run(), make_mothers.a_payload(screened_on="2026-01-01")
    intake.take_in([(make_mothers.a_record(run), make.COUNTY, payload)])
    mother = Mother.objects.get()
    standing.keep_gates(mother, FULL, by=make.a_worker(), today=TODAY)

    intake.take_in([(make_mothers.a_record(run), make.COUNTY, payload)])
    assert again(mother).screened_on == TODAY

    worse = payload | {"screening": "HIT"}
    intake.take_in([(make_mothers.a_record(run), make.COUNTY, worse)])
    assert again(mother).screening == "HIT"


def opened(worker, passed=FULL, **more):
    values = {
        **make_mothers.applications.names("陈桂芳"), "area_code": make_mothers.TOWN,
        "id_number": make_mothers.an_id_number(), "phone": make_mothers.a_phone(),
    }  # fmt: skip
    return standing.open_file(values | more, by=worker, passed=passed, today=TODAY)


def test_file_opens_as_applied_and_begins_only_with_every_gate_passed(db):
    worker = make.a_worker()
    mother = opened(worker)
    assert mother.state == "APPLIED"

    standing.activate(mother, by=worker, today=TODAY)

    assert Mother.objects.ready_on(TODAY).get() == mother


@pytest.mark.parametrize(
    "missing",
    [
        {"screening": "PENDING"}, {"screened_on": LAST - timedelta(1)}, {"training_hours": 5.9},
        {"committed_on": None}, {"reporting_signed": False}, {"confidentiality_signed": False},
        {"year_signed": False},
    ],
)  # fmt: skip
def test_nobody_begins_with_something_missing(db, missing):
    worker = make.a_worker()
    mother = opened(worker, Passed(**{**FULL.__dict__, **missing}))

    with pytest.raises(standing.GatesNotPassed):
        standing.activate(mother, by=worker, today=TODAY)

    assert again(mother).state == "APPLIED"


def test_second_file_with_the_same_id_number_is_refused(db):
    worker = make.a_worker()
    number = make_mothers.an_id_number()
    opened(worker, id_number=number)

    with pytest.raises(standing.OnFileAlready):
        opened(worker, id_number=number)

    assert Mother.objects.count() == 1


def test_clerk_opens_no_file(db):
    with pytest.raises(NotAllowed):
        opened(make.a_user("clerk"))


WORKER = """
import sys
import django
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
from qianshou.mothers import tasks
from qianshou.mothers.actions import standing
suspend, standing.PORTION, done = standing._suspend, 1, []
def in_the_middle(file, because, *, by):
    if done:  # the first portion is committed, the second has begun
        print("in the middle", flush=True)
        sys.stdin.read()
    suspend(file, because, by=by)
    done.append(file)
standing._suspend = in_the_middle
tasks.suspend_expired(timestamp=0)
"""


def test_killed_worker_leaves_nobody_half_suspended_and_the_next_call_ends_it(committed):
    with rowsecurity.acting(rowsecurity.SYSTEM):
        for _ in range(3):
            make_mothers.a_mother(screened_on=date(2024, 1, 1))
    command = [sys.executable, "-c", WORKER, connection.settings_dict["NAME"]]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as worker:
        assert worker.stdout.readline() == "in the middle\n"
        worker.kill()
    with rowsecurity.acting(rowsecurity.SYSTEM):
        assert Mother.objects.filter(state="PAUSED").count() == 1

    tasks.suspend_expired(timestamp=0)
    tasks.suspend_expired(timestamp=0)

    with rowsecurity.acting(rowsecurity.SYSTEM):
        assert Mother.objects.filter(state="PAUSED", remark="SCREENING_EXPIRED").count() == 3
        assert Entry.objects.filter(act="mothers.suspended").count() == 3
