"""T43 over every address of daily care: with any id of another's, a mother learns nothing."""

import re
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from qianshou.care import urls
from qianshou.care.actions import contacts, drafting, enclosing
from qianshou.care.models import Appointment, Contact, Device, Draft, Enclosure, Reply
from qianshou.care.rules import clocks, payload
from tests import make, make_care, make_recordings

pytestmark = pytest.mark.django_db
ROUTES = {each.name: each for each in urls.urlpatterns if each.pattern.converters}
KINDS = (Contact, Reply, Appointment, Device, Enclosure, Draft)


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


class Household:
    """A mother with a child, and one of everything that daily care knows about the two."""

    def __init__(self, name):
        self.user, mother = make_care.a_carer()
        self.pairing = make_care.a_pairing(mother, given_name=name)
        self.keys, self.name, now = make_care.a_phone(self.user), name, timezone.now()
        said = payload.Said(self.pairing.pk, "CALL", now, 10, (), 4, f"{name}怕黑", follow_up=True)
        contact = contacts.contact_of(
            self.pairing, said, by=self.user, key=uuid4(), now=now,
            when=clocks.Moment(now, now, skewed=False),
        )  # fmt: skip
        contact.save(force_insert=True)
        voice = enclosing.enclose(contact, "VOICE", make_recordings.an_ogg(), now=now)
        Enclosure.objects.filter(pk=voice.pk).update(device=self.keys.device)
        question = contacts.answer(
            contact, by=make.a_worker(), kind="QUESTION", text=f"{name}好些了吗", now=now
        )
        version = Appointment.objects.create(
            pairing=self.pairing, mother=mother, area_code=self.pairing.area_code, what="VISIT",
            at=now, state="CONFLICT", client_id=uuid4(), by=self.user, made_at=now,
        )  # fmt: skip
        drafting.keep(self.pairing, {"note": f"{name}还没写完"}, by=self.user, now=now)
        things = (
            self.pairing, self.pairing.child, mother, self.user, contact, voice, question, version,
            self.keys.device,
        )  # fmt: skip
        self.ids = [each.pk for each in things] + [voice.client_id, contact.client_id]
        self.secrets = [name, *map(str, self.ids)]


def asked(household, ids):
    """Ask every address with every id, by page and by phone; returns what was said to each."""
    page = Client(headers={"accept-language": "en"})
    page.force_login(household.user)
    bearer = {"authorization": f"Bearer {household.keys.send}", "upload-offset": "0"}
    told = {}
    # The phone first: a later request blocks it.
    for name, route in sorted(ROUTES.items(), key=lambda each: each[0] != "part"):
        [argument] = route.pattern.converters
        for each in ids:
            path = reverse(f"care:{name}", kwargs={argument: each})
            for method in ("GET", "POST", "PUT"):
                answer = page.generic(
                    method, path, b"act=aside&reason=x&text=x", FORM, headers=bearer
                )
                told[name, each, method] = (
                    answer.status_code,
                    answer.content.decode("utf-8", "replace"),
                )
    return told


FORM = "application/x-www-form-urlencoded"


def without_ids(answer):
    status, text = answer
    bare = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text)
    return status, re.sub(r'(csrfmiddlewaretoken" value=)"[^"]*"', r"\1", bare)


def rows():
    return [list(model.objects.order_by("pk").values()) for model in KINDS]


def test_no_id_of_another_mothers_tells_or_changes_anything():
    hers, others = Household("一诺"), Household("别家")
    before = rows()

    told = asked(hers, others.ids)

    nothing = uuid4()
    about_nothing = asked(hers, [nothing])
    different = [
        (name, method)
        for (name, _each, method), answer in told.items()
        if without_ids(answer) != without_ids(about_nothing[name, nothing, method])
    ]
    assert different == []
    assert rows() == before
    own_id = UUID(int=0)
    for (name, each, method), (_status, text) in told.items():
        leaks = [word for word in others.secrets if word in text and word != str(each or own_id)]
        assert leaks == [], (name, method)


def test_asked_by_their_own_mother_the_same_ids_tell_a_lot():
    """Negative control: the same questions do find names, words and a voice."""
    others = Household("别家")

    told = asked(others, others.ids)

    found = {name for (name, _id, _method), (status, _text) in told.items() if status == 200}
    assert {"log", "plan", "question", "part", "recording"} <= found
    assert any("别家" in text for _status, text in told.values())


def test_her_lists_name_no_other_child():
    hers, others = Household("一诺"), Household("别家")
    page = Client(headers={"accept-language": "en"})
    page.force_login(hers.user)
    lists = [each.name for each in urls.urlpatterns if not each.pattern.converters]

    texts = [page.get(reverse(f"care:{name}")).content.decode() for name in lists]
    bearer = {"authorization": f"Bearer {hers.keys.read}"}
    texts.append(page.get("/care/phone/day/", headers=bearer).content.decode())

    assert not [word for word in others.secrets for text in texts if word in text]
    assert any("一诺" in text for text in texts)
