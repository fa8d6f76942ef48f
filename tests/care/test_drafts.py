"""A half-filled contact of a page: kept sealed on the server, its writer's alone, until logged."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from qianshou.care.actions import drafting
from qianshou.care.models import Contact, Draft
from tests import make_care

pytestmark = pytest.mark.django_db
HALF = {"note": "她说作业", "mood": "2", "topics": ["STUDY", "HEALTH"], "draft": "1"}


@pytest.fixture
def carer():
    return make_care.a_carer()


@pytest.fixture
def pairing(carer):
    return make_care.a_pairing(carer[1])


def page_of(user, pairing):
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    address = f"/care/pairings/{pairing.pk}/log/"
    return client, address


def test_what_is_half_typed_is_there_when_the_page_is_opened_again(carer, pairing):
    client, address = page_of(carer[0], pairing)
    key = str(uuid4())
    for note in ("她说", HALF["note"]):
        kept = client.post(
            address, {**HALF, "note": note, "key": key}, headers={"hx-request": "true"}
        )
        assert kept.status_code == 204

    page = client.get(address).content.decode()
    assert "她说作业</textarea>" in page
    assert page.count(" checked") == 4  # ten minutes, the face, two topics
    assert key in page
    assert "作业".encode() not in bytes(Draft.objects.get().body.raw)
    assert not Contact.objects.exists()

    client.post(address, {"key": key, "kind": "CALL", "note": "她说作业写完了"})
    assert Contact.objects.get().note.open() == "她说作业写完了"
    assert not Draft.objects.exists()
    assert "她说" not in client.get(address).content.decode()


def test_the_button_keeps_it_without_javascript_and_says_so(carer, pairing):
    client, address = page_of(carer[0], pairing)

    answer = client.post(address, {**HALF, "key": "nonsense"}, follow=True)

    assert "Kept. Open it again to go on." in answer.content.decode()
    assert Draft.objects.count() == 1


def test_a_draft_is_its_writers_alone_and_dropped_in_time(carer, pairing):
    client, address = page_of(carer[0], pairing)
    client.post(address, HALF)
    stranger, other_address = page_of(make_care.a_carer()[0], pairing)

    assert stranger.get(other_address).status_code == 404
    assert stranger.post(other_address, HALF).status_code == 404
    assert drafting.drop_old(now=timezone.now() + timedelta(days=29)) == 0
    assert drafting.drop_old(now=timezone.now() + timedelta(days=31)) == 1
