"""Nobody answered: the try is no contact, and stands on the list of those who follow care."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from qianshou.care.actions import contacts, trying
from qianshou.care.models import Clock, Contact, Held, Reminder
from qianshou.care.queries import watching
from qianshou.care.rules import payload
from qianshou.common.errors import NotFound
from qianshou.protection.rules import patterns
from tests import make, make_care
from tests.care.test_silence import OVERDUE, TODAY, a_silent, ago

pytestmark = pytest.mark.django_db


@pytest.fixture
def carer():
    return make_care.a_carer()


def as_user(user):
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def try_on_the_page(client, pairing):
    path = f"/care/pairings/{pairing.pk}/log/"
    return client.post(path, {"tried": "1", "key": str(uuid4()), "note": "没人接"})


def test_two_tries_stand_on_the_list_and_count_as_no_contact(carer):
    pairing = a_silent(40, carer=carer)
    hers = as_user(carer[0])
    before = Clock.objects.get(pk=pairing.pk).heard_on

    for _ in range(2):
        assert try_on_the_page(hers, pairing).status_code == 302

    assert not Contact.objects.exists()
    assert Clock.objects.get(pk=pairing.pk).heard_on == before
    text = as_user(make.a_worker()).get(OVERDUE).text
    assert "She tried 2 times in vain" in text
    path = f"/care/pairings/{pairing.pk}/log/"
    assert "没人接" in hers.get(path).text, "what was typed stays a draft"


def test_after_a_contact_the_tries_of_before_are_past(carer):
    """The negative control of the test before: the same contact, reached."""
    pairing = a_silent(40, carer=carer)
    trying.note_try(pairing, by=carer[0], at=timezone.now(), key=uuid4())
    at = timezone.now() - timedelta(days=20)
    said = payload.Said(pairing.pk, "CALL", at, 10, (), 4, "", follow_up=False)
    contacts.log(pairing, by=carer[0], said=said, key=uuid4(), now=timezone.now())

    text = as_user(make.a_worker()).get(OVERDUE).text
    assert Clock.objects.get(pk=pairing.pk).heard_on == ago(20)
    assert "in vain" not in text


def test_a_phone_sends_a_try_once_and_one_of_another_pair_is_held(carer, client):
    pairing = make_care.a_pairing(carer[1])
    theirs = make_care.a_pairing(make_care.a_carer()[1])
    keys = make_care.a_phone(carer[0])
    said = [
        {"type": "tried", "pairing": str(each), "at": timezone.now().isoformat()}
        for each in (pairing.pk, theirs.pk)
    ]  # fmt: skip
    entries = [
        make_care.an_entry(keys.device.pk, each, seq=n) for n, each in enumerate(said, 1)
    ]  # fmt: skip
    for _ in range(2):
        answer = client.post(
            "/care/phone/sync/", make_care.a_batch(entries), content_type="application/json",
            headers={"authorization": f"Bearer {keys.send}"},
        )  # fmt: skip
        assert [each["outcome"] for each in answer.json()["results"]] == ["DONE", "HELD"]

    assert Reminder.objects.filter(act="TRIED").count() == 1
    assert Held.objects.count() == 1


def test_nobody_tries_for_another_mother(carer):
    pairing = a_silent(40)

    with pytest.raises(NotFound):
        trying.note_try(pairing, by=carer[0], at=timezone.now(), key=uuid4())
    assert try_on_the_page(as_user(carer[0]), pairing).status_code == 404
    assert not Reminder.objects.exists()


def test_many_tries_in_vain_become_a_pattern_for_people_to_look_at(carer):
    pairing = a_silent(40, carer=carer)
    for days in range(patterns.IN_VAIN):
        at = timezone.now() - timedelta(days=days)
        trying.note_try(pairing, by=carer[0], at=at, key=uuid4())

    (history,) = watching.histories(make.COUNTY, ago(60))
    tries = [(each.on, each.reached) for each in history.touches]
    assert patterns.not_reached(tries, today=TODAY)
    assert patterns.not_reached(tries[1:], today=TODAY) is None
