"""Lapses: on the day and not before, once, also across a killed worker."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import connection

from qianshou.bonds import tasks
from qianshou.bonds.actions import agreeing, answering, closing
from qianshou.bonds.models import Offer
from qianshou.common import rowsecurity
from qianshou.pairing.actions import moving
from qianshou.pairing.models import Pairing, StepTaken
from qianshou.pairing.queries import instance
from qianshou.pairing.rules import life
from tests import make
from tests.make_bonds import TODAY, YES, a_pair, asked

LATE = TODAY + timedelta(days=8)
WORKER = """
import sys
from datetime import date
import django
django.setup()
from django.db import connection
connection.settings_dict["NAME"] = sys.argv[1]
from qianshou.bonds.actions import closing
close, seen = closing.close_offers, []
def in_the_middle(pairing, answer, *, cause=""):
    seen.append(pairing)
    if len(seen) == 2:
        print("in the middle", flush=True)
        sys.stdin.read()
    close(pairing, answer, cause=cause)
closing.close_offers = in_the_middle
closing.sweep(date.fromisoformat(sys.argv[2]))
"""


def states() -> list[str]:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return sorted(Pairing.objects.values_list("state", flat=True))


@pytest.mark.django_db
def test_an_offer_lapses_after_its_last_day_and_not_on_it():
    pairing = a_pair(life.OFFERED_MOTHER)
    due_on = asked(pairing).due_on

    assert closing.sweep(due_on)["lapsed"] == 0
    assert closing.sweep(due_on + timedelta(days=1))["lapsed"] == 1

    pairing.refresh_from_db()
    assert (pairing.state, pairing.barred_until) == (life.LAPSED, due_on + timedelta(days=31))
    assert Offer.objects.get(pairing=pairing).answer == "LAPSED"


@pytest.mark.django_db
def test_a_county_sets_its_own_days():
    agreeing.set_terms(make.COUNTY, by=make.a_worker(), offer_days=3, sign_days=5)

    assert asked(a_pair(life.OFFERED_MOTHER)).due_on == TODAY + timedelta(days=3)


@pytest.mark.django_db
def test_an_unsigned_agreement_lapses_too():
    pairing = a_pair(life.AGREEMENT)

    assert closing.sweep(TODAY + timedelta(days=30))["lapsed"] == 0
    assert closing.sweep(TODAY + timedelta(days=31))["lapsed"] == 1

    assert Pairing.objects.get(pk=pairing.pk).state == life.LAPSED


@pytest.mark.django_db
def test_a_lapse_frees_both_bars_for_a_while_and_is_told_with_its_cause():
    pairing = a_pair(life.OFFERED_GUARDIAN)

    closing.sweep(LATE)

    assert pairing.steps.get(act="lapse").cause == "NO_ANSWER_GUARDIAN"
    assert pairing.child_id in instance.waiting_tiers(make.COUNTY, today=TODAY)
    assert (pairing.child_id, pairing.mother_id) in instance.refused_pairs(make.COUNTY)


@pytest.mark.django_db
def test_an_answer_after_the_lapse_is_refused_and_says_so():
    pairing = a_pair(life.OFFERED_MOTHER)
    offer = asked(pairing)
    closing.sweep(LATE)

    with pytest.raises(moving.StepNotPossible) as refusal:
        answering.note_answer(offer, YES, by=make.a_worker(), today=TODAY)

    assert str(refusal.value) == str(moving._NOT_NOW[life.LAPSED])
    offer.refresh_from_db()
    with pytest.raises(answering.OfferGone):
        answering.note_answer(offer, YES, by=make.a_worker(), today=TODAY)


@pytest.mark.django_db
def test_a_yes_after_the_last_day_is_refused_before_the_job_has_run():
    pairing = a_pair(life.OFFERED_MOTHER)

    with pytest.raises(answering.OfferGone):
        answering.note_answer(asked(pairing), YES, by=make.a_worker(), today=LATE)

    assert Pairing.objects.get(pk=pairing.pk).state == life.OFFERED_MOTHER


@pytest.mark.django_db
def test_what_has_lost_its_ground_is_taken_back():
    unready, unwanted = a_pair(life.OFFERED_MOTHER), a_pair(life.OFFERED_MOTHER)
    type(unready.mother).objects.filter(pk=unready.mother_id).update(screening="PENDING")
    unwanted.child.consents.all().update(given=False)

    assert closing.sweep(TODAY) == {"lapsed": 0, "withdrawn": 2}
    assert closing.sweep(TODAY) == {"lapsed": 0, "withdrawn": 0}

    causes = StepTaken.objects.filter(act="withdraw").values_list("cause", flat=True)
    assert set(causes) == {"NOT_READY", "CONSENT"}


def test_a_killed_worker_leaves_each_pair_whole_and_the_next_one_ends_the_work(committed):
    with rowsecurity.acting(rowsecurity.SYSTEM):
        for _ in range(3):
            a_pair(life.OFFERED_MOTHER)
    command = [sys.executable, "-c", WORKER, connection.settings_dict["NAME"], LATE.isoformat()]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as worker:
        assert worker.stdout.readline() == "in the middle\n"
        worker.kill()

    assert states() == [life.LAPSED, life.OFFERED_MOTHER, life.OFFERED_MOTHER]
    assert closing.sweep(LATE)["lapsed"] == 2
    assert closing.sweep(LATE)["lapsed"] == 0
    with rowsecurity.acting(rowsecurity.SYSTEM):
        assert StepTaken.objects.filter(act="lapse").count() == 3
        assert not Offer.objects.open().exists()


@pytest.mark.django_db
def test_the_job_asks_the_clock(monkeypatch):
    asked_for = []
    monkeypatch.setattr(closing, "sweep", asked_for.append)

    tasks.sweep(timestamp=0)

    assert len(asked_for) == 1
