"""A planned visit stands on the day of the mother who goes along: on her page and on her phone."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from qianshou.care.queries import day as days
from qianshou.care.queries import extensions, own
from qianshou.pairing.actions import moving
from qianshou.pairing.actions.moving import Actor, Why
from qianshou.pairing.models import Pairing
from qianshou.visits.actions import going
from qianshou.visits.models import Visit
from tests import make, make_care
from tests.make_visits import a_pair, a_visit, staff, with_mother

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def worker():
    return make.a_worker()


@pytest.fixture
def pair():
    return a_pair()


def planned(pair, worker, *, on=TOMORROW, along=True):
    _user, mother, child = pair
    goers = (staff(worker), with_mother(mother) if along else staff(make.a_worker()))
    return a_visit(child, by=worker, goers=goers, on=on, today=TODAY)


def test_her_page_and_her_phone_show_the_visit_without_a_place(pair, worker):
    user, _mother, child = pair
    visit = planned(pair, worker)

    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    page = client.get("/care/").text
    (carried,) = days.day_of(make_care.a_phone(user).device, now=timezone.now())["goings"]

    assert f"/visits/{visit.pk}/" in page
    assert worker.display_name in page
    assert carried["name"] == own.called(child)
    assert carried["on"] == TOMORROW.isoformat()
    assert carried["people"] == [worker.display_name]
    assert set(carried) == {"name", "on", "window", "purpose", "people"}
    assert child.name not in str(carried)


def test_only_what_lies_before_her_stands_there(pair, worker):
    user = pair[0]
    visit = planned(pair, worker)
    assert extensions.goings_of(user, TODAY)

    assert extensions.goings_of(user, TOMORROW + timedelta(days=1)) == []
    going.end(visit, "cancel", by=worker, reason="下大雨", now=timezone.now())
    assert extensions.goings_of(user, TODAY) == []


def test_a_visit_without_her_or_after_her_time_is_not_hers_to_see(pair, worker):
    user, mother, child = pair
    planned(pair, worker, along=False)
    assert extensions.goings_of(user, TODAY) == []

    Visit.objects.update(mother=mother)
    assert extensions.goings_of(user, TODAY), "the negative control: now she goes along"
    pairing = Pairing.objects.get(child=child)
    moving.move(
        pairing.pk, "close_for_safety", actor=Actor(worker), today=TODAY, why=Why("核实"),
        next_step="MONITORED",
    )  # fmt: skip
    assert extensions.goings_of(user, TODAY) == []
    assert extensions.goings_of(a_pair()[0], TODAY) == []
