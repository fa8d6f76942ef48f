"""Kinds of entries beside contacts and appointments: refused alone, and what is taken always."""

import json
from dataclasses import dataclass
from typing import ClassVar
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from qianshou.care.actions import doing, phones
from qianshou.care.models import Contact, Held, Operation
from qianshou.care.rules import payload
from qianshou.common.errors import Refused
from tests import make, make_care

pytestmark = pytest.mark.django_db


class NotNow(Refused):
    """Not now."""


@dataclass(frozen=True)
class Cry(payload.Inside):
    """An entry that is taken whatever happens."""

    always: ClassVar[bool] = True
    words: str


@dataclass(frozen=True)
class Whim(payload.Inside):
    """An entry that the rules refuse after it has written."""


@pytest.fixture
def done(monkeypatch):
    """The site knows two further kinds; returns what was done, in its order."""
    acts = []

    def cry(_batch, entry, said):
        acts.append(("cry", said.words, entry.pairing, len(_batch.logged)))
        return doing.DONE

    @transaction.atomic
    def whim(batch, entry, _said):
        Held.objects.create(
            device=batch.device, user=batch.device.user, mother=batch.device.mother, digest=b"x",
            area_code=batch.device.area_code, reason="SHAPE", received_at=batch.now,
            pairing=entry.pairing,
        )  # fmt: skip
        raise NotNow

    monkeypatch.setattr(payload, "READERS", {
        **payload.READERS,
        "cry": lambda raw: Cry(None, str(raw.get("words"))),
        "whim": lambda raw: Whim(payload.uuid(raw.get("pairing"))),
    })  # fmt: skip
    monkeypatch.setattr(doing, "DOERS", {**doing.DOERS, Cry: cry, Whim: whim})
    return acts


@pytest.fixture
def carer():
    return make_care.a_carer()


@pytest.fixture
def keys(carer):
    return make_care.a_phone(carer[0])


@pytest.fixture
def send(client, keys):
    def sent(*said):
        entries = [
            make_care.an_entry(keys.device.pk, each, seq=seq) for seq, each in enumerate(said, 1)
        ]
        answer = client.post(
            "/care/phone/sync/", make_care.a_batch(entries), content_type="application/json",
            headers={"authorization": f"Bearer {keys.send}"},
        )  # fmt: skip
        return [(each["outcome"], each["reason"]) for each in answer.json()["results"]]

    return sent


def test_what_is_refused_leaves_nothing_and_the_rest_goes_through(send, done, carer):
    pairing = make_care.a_pairing(carer[1])

    told = send({"type": "whim", "pairing": str(pairing.pk)}, make_care.a_contact(pairing.pk))

    assert told == [("HELD", "REFUSED"), ("DONE", "")]
    assert Contact.objects.count() == 1
    held = Held.objects.get()
    assert (held.reason, held.pairing) == ("REFUSED", pairing)
    assert json.loads(held.body.open())["type"] == "whim"


def test_what_is_taken_always_is_done_first_and_from_a_blocked_phone_too(send, done, carer, keys):
    pairing = make_care.a_pairing(carer[1])
    cry = {"type": "cry", "words": "他打她"}

    assert send(make_care.a_contact(pairing.pk), cry) == [("DONE", ""), ("DONE", "")]
    phones.revoke(keys.device, by=make.a_worker(), reason="丢失", now=timezone.now())
    # The control: a contact of a blocked phone is held.
    assert send(make_care.a_contact(pairing.pk), cry) == [("DONE", ""), ("HELD", "REVOKED")]

    assert done == [("cry", "他打她", None, 0)] * 2
    assert not Held.objects.filter(body__contains=b"cry").exists()


def test_a_kind_that_nobody_knows_is_held_with_its_words(send, done):
    assert send({"type": ["cry"]}, {"type": "dance", "pairing": str(uuid4())}) == [
        ("HELD", "KIND"), ("HELD", "KIND"),
    ]  # fmt: skip
    assert Operation.objects.count() == 2
