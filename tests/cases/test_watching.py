"""The clocks: who is told when, once each, and a killed worker is made up for."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from qianshou.audit.models import Entry
from qianshou.cases.actions import rhythms, watching, working
from qianshou.cases.models import Action, Member, TaskTeam
from qianshou.cases.queries import rhythms as queries
from qianshou.common import rowsecurity
from qianshou.notices.models import Notice
from tests import make, make_cases

WORKER = """
import sys
from datetime import datetime
import django
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
from qianshou.cases.actions import watching
tell = watching._tell_unanswered
calls = []
def in_the_middle(*given, **more):
    if calls:
        print("in the middle", flush=True)
        sys.stdin.read()
    calls.append(1)
    return tell(*given, **more)
watching._tell_unanswered = in_the_middle
watching.watch(now=datetime.fromisoformat(sys.argv[2]))
"""


def told(user):
    return Notice.objects.filter(to_id=user.pk, kind=watching.KIND).count()


def later(team, hours):
    return team.opened_at + timedelta(hours=hours)


@pytest.mark.django_db
def test_the_county_is_told_after_a_day_and_the_city_after_two():
    county, city = make.a_worker(), make.a_user("fed_city", area=make.CITY)
    team = make_cases.a_team()

    counts = []
    for hours in (23, 25, 30, 49, 60):
        watching.watch(now=later(team, hours))
        counts.append((told(county), told(city)))

    assert counts == [(0, 0), (1, 0), (1, 0), (1, 1), (1, 1)]
    assert Entry.objects.filter(act="cases.team.unanswered").count() == 2


@pytest.mark.django_db
def test_nobody_is_told_of_a_child_that_has_an_answer():
    """Negative control of the test before."""
    county = make.a_worker()
    team = make_cases.a_team()
    working.answer(team, by=county, words="当晚看望")

    watching.watch(now=later(team, 60))

    assert told(county) == 0


@pytest.mark.django_db
def test_late_actions_tell_the_owner_at_once_and_the_lead_after_the_days_of_grace():
    lead, town = make.a_worker(), make.a_user("fed_town", area=make_cases.TOWN)
    team = make_cases.a_staffed_team(lead, member=town)
    working.answer(team, by=lead, words="当晚看望")
    make_cases.an_action(team, lead, days=-1)
    now = timezone.now()

    for _ in range(2):
        watching.watch(now=now)
    assert (told(town), told(lead)) == (1, 0)
    for _ in range(2):
        watching.watch(now=now + timedelta(days=4))

    assert (told(town), told(lead)) == (1, 1)


@pytest.mark.django_db
def test_a_due_review_is_told_to_the_lead_once():
    lead = make.a_worker()
    team = make_cases.a_working_team(lead)
    working.answer(team, by=lead, words="当晚看望")
    TaskTeam.objects.filter(pk=team.pk).update(review_on=make_cases.today())

    for _ in range(2):
        watching.watch(now=timezone.now())

    assert told(lead) == 1


@pytest.mark.django_db
def test_the_digest_of_a_lead_counts_what_waits():
    lead = make.a_worker()
    team = make_cases.a_working_team(lead)
    make_cases.an_action(team, lead, days=-1)

    for _ in range(2):
        watching.digest_week(today=make_cases.today())

    (digest,) = Notice.objects.filter(to_id=lead.pk, kind="notices.digest")
    assert len(str(digest.params)) > 0


@pytest.mark.django_db
def test_a_county_sets_its_own_clocks_and_impossible_ones_are_refused():
    worker = make.a_worker()
    body = {
        "answer_hours": 12, "second_hours": 12, "late_days": 1, "reopen_days": 90,
        "review_days": {"RED": 14, "ORANGE": 60, "YELLOW": 120, "GREEN": 240},
    }  # fmt: skip
    for wrong, place in (
        ({**body, "answer_hours": 0}, "answer_hours"),
        ({**body, "review_days": {**body["review_days"], "YELLOW": 30}}, "review_days.YELLOW"),
    ):
        with pytest.raises(rhythms.NotARhythm, match=place):
            rhythms.adopt(make.COUNTY, by=worker, body=wrong, reason="试行")
    rhythms.adopt(make.COUNTY, by=worker, body=body, reason="本县人手足，试行 12 小时")

    team = make_cases.a_team()
    assert team.answer_by - team.opened_at == timedelta(hours=12)
    assert queries.rhythm_for("500235107000").version == 0


def test_a_killed_watch_is_done_by_the_next_one_and_nothing_twice(committed):
    with rowsecurity.acting(rowsecurity.SYSTEM):
        county = make.a_worker()
        teams = [make_cases.a_team(make_cases.a_red_child()) for _ in range(3)]
        now = max(each.answer_by for each in teams) + timedelta(hours=1)
    name = connection.settings_dict["NAME"]
    command = [sys.executable, "-c", WORKER, name, now.isoformat()]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "in the middle\n"
        worker.kill()

    for _ in range(2):
        watching.watch(now=now)

    with rowsecurity.acting(rowsecurity.SYSTEM):
        assert told(county) == 3
        assert Entry.objects.filter(act="cases.team.unanswered").count() == 3
        assert (Action.objects.count(), Member.objects.count()) == (0, 0)
