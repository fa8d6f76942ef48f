"""Photos that prove a tick of the checklist: with consent, without a place in them, once."""

import io
import re
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from qianshou.audit.models import Entry
from qianshou.care.actions import enclosing
from qianshou.care.models import Enclosure, Held
from qianshou.common import bus
from qianshou.consents.events import ConsentWithdrawn
from qianshou.plans.actions import opening, ticking
from qianshou.plans.models import Slot, Tick
from tests import make, make_care, make_consents, make_plans, make_recordings
from tests.care.test_enclosing import EN, Announced, Phone, files, own_files

pytestmark = pytest.mark.django_db
__all__ = ["own_files"]


@pytest.fixture
def carer():
    return make_care.a_carer()


@pytest.fixture
def pairing(carer):
    """A pair whose checklist asks for a photo of the book that was read."""
    make_plans.photos_wanted()
    made = make_care.a_pairing(carer[1])
    opening.begin([made], today=timezone.localdate())
    return made


@pytest.fixture
def agreed(pairing):
    for purpose in ("PROGRAMME", "PHOTOS"):
        make_consents.a_consent(pairing.child, purpose=purpose)


@pytest.fixture
def phone(client, carer, pairing):
    return Phone(client, make_care.a_phone(carer[0]), pairing)


def a_tick(phone, *parts, pairing=None, **fields):
    return phone.say({
        "type": "tick", "pairing": str((pairing or phone.pairing).pk), "item": "reading_study",
        "part": "", "at": timezone.now().isoformat(), "note": "读了两章",
        "enclosed": [each.said for each in parts], **fields,
    })  # fmt: skip


def a_photo(phone, raw=None):
    return Announced("PHOTO", raw or make_recordings.a_photo(), phone.keys.device)


def done():
    return list(Slot.objects.filter(done__gt=0).values_list("item", "done"))


# -- from a phone ----------------------------------------------------------------------------------


def test_a_photo_follows_its_tick_and_is_kept_without_place_and_telephone(phone, agreed):
    raw = make_recordings.a_photo()
    assert Image.open(io.BytesIO(raw)).getexif().get_ifd(0x8825), "the control: it says where"
    part = a_photo(phone, raw)

    assert a_tick(phone, part) == "DONE"
    assert phone.upload(part)["state"] == "KEPT"

    made, kept = Tick.objects.get(), Enclosure.objects.get()
    assert (made.evidence, made.note.open()) == ("PHOTO", "读了两章")
    assert (kept.tick, kept.contact, kept.type) == (made, None, "image/jpeg")
    shown = enclosing.open_content(kept, by=make.a_worker())
    assert not Image.open(io.BytesIO(shown)).getexif()
    assert "华为".encode() not in shown
    assert Entry.objects.get(act="care.enclosure.opened").subject_kind == "pairing"


def test_a_replay_is_one_tick_and_one_photo_and_half_an_upload_goes_on(phone, agreed):
    part = a_photo(phone)
    said = {
        "type": "tick", "pairing": str(phone.pairing.pk), "item": "reading_study", "part": "",
        "at": timezone.now().isoformat(), "note": "读了两章", "enclosed": [part.said],
    }  # fmt: skip
    entry = make_care.an_entry(phone.keys.device.pk, said, seq=1)
    phone.client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {phone.keys.send}"
    for _ in range(2):
        batch = make_care.a_batch([entry, entry])
        phone.client.post("/care/phone/sync/", batch, content_type="application/json")
    phone.call("PUT", part, part.sealed[:100])
    assert phone.call("GET", part).json()["have"] == 100
    for _ in range(2):
        assert phone.upload(part)["state"] == "KEPT"

    assert (Tick.objects.count(), Enclosure.objects.count(), len(files("kept"))) == (1, 1, 1)
    assert done() == [("reading_study", 1)]


def test_two_keys_would_be_two(phone, agreed):
    """Negative control of the test before."""
    for _ in range(2):
        part = a_photo(phone)
        a_tick(phone, part)
        phone.upload(part)

    assert (Tick.objects.count(), Enclosure.objects.count()) == (2, 2)


def test_without_consent_the_words_carry_the_tick_and_no_photo_is_kept(phone):
    part = a_photo(phone)

    assert a_tick(phone, part) == "DONE"
    told = phone.upload(part)

    assert (told["state"], told["reason"]) == ("REFUSED", "NO_CONSENT")
    assert "guardian has not agreed" in told["say"]
    assert Tick.objects.get().evidence == "NOTE"
    assert done() == [("reading_study", 1)]
    assert files("kept") == files("coming") == []


def test_a_photo_alone_is_no_proof_and_a_voice_note_none_at_all(phone, agreed):
    voice = Announced("VOICE", make_recordings.an_ogg(), phone.keys.device)

    assert a_tick(phone, a_photo(phone), note=" ") == "HELD"
    assert a_tick(phone, voice) == "HELD"

    assert sorted(Held.objects.values_list("reason", flat=True)) == ["REFUSED", "SHAPE"]
    assert not Tick.objects.exists()
    assert not Enclosure.objects.exists()


@pytest.mark.parametrize(
    ("raw", "reason"),
    [(b"<html>", "NO_PHOTO"), (b"\xff\xd8\xff\xe0" + bytes(500), "NO_PHOTO"),
     (make_recordings.an_ogg(), "NO_PHOTO"), (bytes(13 << 20), "TOO_LARGE")],
)  # fmt: skip
def test_what_is_no_photo_or_too_large_is_refused_and_the_tick_stands(phone, agreed, raw, reason):
    part = a_photo(phone, raw)

    assert a_tick(phone, part) == "DONE"
    assert phone.call("PUT", part, part.sealed[: 1 << 20]).status_code == 200
    told = phone.upload(part, step=1 << 20)

    assert (told["state"], told["reason"]) == ("REFUSED", reason)
    assert done() == [("reading_study", 1)]
    assert files("kept") == files("coming") == []


def test_another_mothers_item_cannot_be_reached(phone, agreed, client):
    part = a_photo(phone)
    a_tick(phone, part)
    stranger, mother = make_care.a_carer()
    other = Phone(client, make_care.a_phone(stranger), make_care.a_pairing(mother))

    assert a_tick(other, a_photo(other), pairing=phone.pairing) == "HELD"
    assert other.call("PUT", part, part.sealed).status_code == 404
    assert phone.upload(part)["state"] == "KEPT"

    assert Held.objects.get().reason == "NOT_HERS"
    assert Enclosure.objects.count() == Tick.objects.count() == 1
    kept = Enclosure.objects.get()
    county, elsewhere = (make.a_user("fed_county", area=each)
                         for each in (make.COUNTY, "500101000000"))  # fmt: skip
    for user, status in ((stranger, 404), (elsewhere, 404), (county, 200)):
        asked = Client()
        asked.force_login(user)
        assert asked.get(reverse("care:recording", args=[kept.pk])).status_code == status, user


# -- how long --------------------------------------------------------------------------------------


def test_it_goes_when_the_guardian_no_longer_agrees_and_the_tick_stands(phone, agreed):
    part = a_photo(phone)
    a_tick(phone, part)
    phone.upload(part)
    child = phone.pairing.child
    make_consents.a_consent(child, purpose="PHOTOS", given=False, given_on=timezone.localdate())

    bus.publish(ConsentWithdrawn(child.pk, "PHOTOS", ConsentWithdrawn.PAPER))

    kept = Enclosure.objects.get()
    assert (kept.state, kept.reason, files("kept")) == ("GONE", "WITHDRAWN", [])
    assert done() == [("reading_study", 1)]


def test_a_tick_that_was_wrong_takes_its_photos_along(phone, agreed, carer):
    wrong, right = a_photo(phone), a_photo(phone)
    late = a_photo(phone)
    a_tick(phone, wrong, late)
    phone.upload(wrong)
    found = Tick.objects.get()
    a_tick(phone, right)
    phone.upload(right)

    ticking.withdraw(found, by=carer[0], reason="不是这个孩子", now=timezone.now())

    told = phone.upload(late)
    assert (told["state"], told["reason"]) == ("REFUSED", "TICK_WRONG")
    assert sorted(Enclosure.objects.values_list("state", flat=True)) == ["GONE", "KEPT", "REFUSED"]
    assert len(files("kept")) == 1
    assert Entry.objects.filter(act="care.enclosure.deleted").count() == 1


# -- on a page -------------------------------------------------------------------------------------


def sent(user, pairing, **fields):
    client = Client(headers=EN)
    client.force_login(user)
    return client.post(reverse("plans:tick", args=[pairing.pk]), {
        "key": uuid4(), "item": "reading_study", "on": timezone.localdate(), "evidence": "NOTE",
        "note": "读了两章", **fields,
    }, follow=True)  # fmt: skip


def page(user, pairing):
    client = Client(headers=EN)
    client.force_login(user)
    return client.get(reverse("plans:plan", args=[pairing.pk])).content.decode()


def test_a_page_takes_a_photo_too_once_and_shows_it_to_those_who_may_see_it(carer, pairing, agreed):
    key = uuid4()
    for _ in range(2):
        photo = SimpleUploadedFile("x.jpg", make_recordings.a_photo())
        answer = sent(carer[0], pairing, photo=photo, key=key)

    assert answer.status_code == 200
    assert (Tick.objects.get().evidence, Enclosure.objects.get().state) == ("PHOTO", "KEPT")
    address = reverse("care:recording", args=[Enclosure.objects.get().pk])
    for role, sees in (("fed_county", True), ("child_supervisor", False)):
        shown = page(make.a_user(role), pairing)
        assert "A photo is kept" in shown
        assert (address in shown) is sees, role
    assert address in page(carer[0], pairing)
    assert not Entry.objects.filter(act="care.enclosure.opened").exists(), (
        "nothing is shown unasked"
    )


def test_a_page_says_why_a_photo_was_not_taken_and_the_tick_stands(carer, pairing, agreed):
    answer = sent(carer[0], pairing, photo=SimpleUploadedFile("x.jpg", b"<html>"))

    assert "This is no photo" in answer.content.decode()
    assert "Photo: not taken" in page(carer[0], pairing)
    assert done() == [("reading_study", 1)]


def test_without_consent_a_page_offers_no_photo_and_says_what_to_give_instead(carer, pairing):
    client = Client(headers=EN)
    client.force_login(carer[0])
    shown = client.get(f"{reverse('plans:tick', args=[pairing.pk])}?item=reading_study")
    words = shown.content.decode()
    forced = sent(
        carer[0], pairing, evidence="PHOTO", reference="相册3",
        photo=SimpleUploadedFile("x.jpg", make_recordings.a_photo()),
    )  # fmt: skip

    assert "Write in a few words what you did; that is proof enough." in words
    assert not re.search(r'type="file"|value="PHOTO"', words)
    assert forced.status_code == 422
    assert "Write a note instead" in forced.content.decode()
    assert not Tick.objects.exists()
    assert not Enclosure.objects.exists()


def test_a_mother_who_says_where_a_photo_lies_is_not_refused_for_want_of_sight(
    carer, pairing, agreed
):
    """Consents are in no mother's scope: the question is asked for her."""
    answer = sent(carer[0], pairing, evidence="PHOTO", reference="相册3", note="")

    assert answer.status_code == 200
    assert Tick.objects.get().reference == "相册3"


def test_a_phone_carries_which_items_a_photo_proves(client, phone):
    head = {"authorization": f"Bearer {phone.keys.read}"}
    [told] = client.get("/care/phone/day/", headers=head).json()["checklists"].values()

    assert [each["item"] for each in told["items"] if each["photo"]] == ["reading_study"]
