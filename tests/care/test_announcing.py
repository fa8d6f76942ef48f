"""A logged contact is announced once, by page or phone, and support hears when it was."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from qianshou.accounts import permissions as powers
from qianshou.care.actions import contacts, hearing, syncing
from qianshou.care.events import ContactLogged, ContactsLogged
from qianshou.care.models import Contact
from qianshou.care.rules import payload
from qianshou.common import bus, rowsecurity
from qianshou.support.actions import following
from qianshou.support.models import Followup
from tests import make_care

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def told(monkeypatch):
    """Gather what is announced, beside the reactions that there are."""
    heard = []
    reactions = {kind: [*bus._handlers[kind], heard.append]
                 for kind in (ContactLogged, ContactsLogged)}  # fmt: skip
    for kind, there in reactions.items():
        monkeypatch.setitem(bus._handlers, kind, there)
    return heard


@pytest.fixture
def carer():
    return make_care.a_carer()


@pytest.fixture
def pairing(carer):
    made = make_care.a_pairing(carer[1])
    following.reckon_some([made], today=timezone.localdate())
    return made


def said(pairing, **fields):
    return payload.inside(payload.as_text(make_care.a_contact(pairing.pk, **fields)).encode())


def test_a_contact_of_a_page_is_announced_once_without_its_words(carer, pairing, told):
    key = uuid4()
    for _ in range(2):
        contacts.log(pairing, by=carer[0], said=said(pairing, note="她哭了"), key=key, now=NOW)

    (one, whole) = told
    made = Contact.objects.get()
    assert whole.contacts == (one,)
    assert (one.contact_id, one.pairing_id, one.child_id) == (made.pk, pairing.pk, pairing.child_id)
    assert "她哭了" not in repr(one)


def test_a_batch_is_announced_oldest_first_and_never_again(carer, pairing, told):
    keys = make_care.a_phone(carer[0])
    said_at = [(NOW - timedelta(days=back)).isoformat() for back in (1, 3, 2)]
    batch = [
        make_care.an_entry(keys.device.pk, make_care.a_contact(pairing.pk, at=at), seq=seq)
        for seq, at in enumerate(said_at, start=1)
    ]

    with rowsecurity.acting(powers.scope_of(carer[0])):
        for _ in range(2):
            syncing.take_in(keys.device, batch, sent_at=NOW, now=NOW)
    hearing.hear_of_due(NOW)

    assert [type(each) for each in told] == [ContactLogged] * 3 + [ContactsLogged]
    assert [each.at.isoformat() for each in told[:3]] == sorted(said_at)
    # The mother may not write a worklist herself; the system does when it hears.
    seen = Followup.objects.get(pairing=pairing).seen_on
    assert seen == timezone.localtime(NOW - timedelta(days=1)).date()


def test_an_old_contact_does_not_move_the_day_back(carer, pairing):
    for back in (1, 9):
        at = (NOW - timedelta(days=back)).isoformat()
        contacts.log(pairing, by=carer[0], said=said(pairing, at=at), key=uuid4(), now=NOW)

    seen = Followup.objects.get(pairing=pairing).seen_on
    assert seen == timezone.localtime(NOW - timedelta(days=1)).date()
