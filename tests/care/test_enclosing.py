"""Voice notes and photos: in parts, resumed, checked by their bytes, sealed, deleted."""

import io
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from django.conf import settings as site
from django.test import Client
from django.utils import timezone
from PIL import Image

from qianshou.audit.models import Entry
from qianshou.care import tasks
from qianshou.care.actions import deciding, enclosing, phones
from qianshou.care.models import Contact, Enclosure, Held
from qianshou.care.rules import enclosing as rules
from qianshou.common import boxes, bus
from qianshou.consents.events import ConsentWithdrawn
from tests import make, make_care, make_consents, make_recordings

pytestmark = pytest.mark.django_db
EN = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    # The test's own transaction is never committed.
    monkeypatch.setattr(enclosing.transaction, "on_commit", lambda act, **_: act())


@pytest.fixture
def carer():
    return make_care.a_carer()


@pytest.fixture
def pairing(carer):
    return make_care.a_pairing(carer[1])


@pytest.fixture
def keys(carer):
    return make_care.a_phone(carer[0])


@pytest.fixture
def agreed(pairing):
    """The guardian has agreed to the programme and to photos."""
    for purpose in ("PROGRAMME", "PHOTOS"):
        make_consents.a_consent(pairing.child, purpose=purpose)


class Announced:
    """A recording that is sealed on a phone and announced with its contact."""

    def __init__(self, kind, raw, device):
        self.key = uuid4()
        self.sealed = boxes.close(raw, bound=f"{device.pk}|{self.key}|{enclosing.COLUMN}")
        self.said = {
            "id": str(self.key), "kind": kind, "size": len(self.sealed),
            "digest": sha256(self.sealed).hexdigest(),
        }  # fmt: skip


class Phone:
    """What a phone does with a recording."""

    def __init__(self, client, keys, pairing):
        self.client, self.keys, self.pairing, self.seq = client, keys, pairing, 0

    def log(self, *parts, pairing=None, **fields):
        """Hand in a contact that announces these; returns its outcome."""
        enclosed = [each.said for each in parts]
        said = make_care.a_contact((pairing or self.pairing).pk, enclosed=enclosed, **fields)
        return self.say(said)

    def say(self, said):
        """Hand in one entry; returns its outcome."""
        self.seq += 1
        entry = make_care.an_entry(self.keys.device.pk, said, seq=self.seq)
        answer = self.client.post(
            "/care/phone/sync/", make_care.a_batch([entry]), content_type="application/json",
            headers={"authorization": f"Bearer {self.keys.send}", **EN},
        )  # fmt: skip
        return answer.json()["results"][0]["outcome"]

    def call(self, method, part, body=b"", at=0):
        """Call about one recording."""
        return self.client.generic(
            method, f"/care/phone/recordings/{part.key}/", body, "application/octet-stream",
            headers={"authorization": f"Bearer {self.keys.send}", "upload-offset": str(at), **EN},
        )  # fmt: skip

    def upload(self, part, step=rules.PART_BYTES):
        """Send all parts; returns the last answer."""
        for at in range(0, len(part.sealed), step):
            answer = self.call("PUT", part, part.sealed[at : at + step], at)
        return answer.json()

    def hand_in(self, kind, raw):
        """Log a contact with one recording and send it."""
        part = Announced(kind, raw, self.keys.device)
        assert self.log(part) == "DONE"
        return self.upload(part)


@pytest.fixture
def phone(client, keys, pairing):
    return Phone(client, keys, pairing)


def files(folder):
    place = site.MEDIA_ROOT / "care" / folder
    return sorted(place.iterdir()) if place.exists() else []


def opened(enclosure):
    return enclosing.open_content(enclosure, by=make.a_worker())


# -- the way here ----------------------------------------------------------------------------------


def test_a_voice_note_arrives_in_parts_and_lies_sealed(phone):
    raw = make_recordings.an_ogg(170)

    told = phone.hand_in("VOICE", raw)

    kept = Enclosure.objects.get()
    assert told == {"have": kept.total, "state": "KEPT", "reason": "", "say": ""}
    assert (kept.type, kept.seconds, kept.contact) == ("audio/ogg", 170, Contact.objects.get())
    assert opened(kept) == raw
    [file] = files("kept")
    assert b"OpusHead" not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0


def test_half_an_upload_is_resumed_and_parts_may_come_again(phone, keys):
    part = Announced("VOICE", make_recordings.a_webm(60), keys.device)
    phone.log(part)
    half = part.sealed[:1500]
    assert phone.call("PUT", part, half).json()["have"] == 1500
    again = phone.call("PUT", part, half)
    assert (again.status_code, again.json()["have"]) == (200, 1500)
    # A new start of the app asks how far it was.
    assert phone.call("GET", part).json()["have"] == 1500
    # A part beyond what is here would leave a hole; one that overlaps is fine.
    hole = phone.call("PUT", part, part.sealed[2000:], 2000)
    assert (hole.status_code, hole.json()["have"]) == (409, 1500)
    assert phone.call("PUT", part, part.sealed[1000:2000], 1000).json()["have"] == 2000
    beyond = phone.call("PUT", part, part.sealed[2000:] + b"more", 2000)
    assert beyond.status_code == 409

    assert phone.call("PUT", part, part.sealed[2000:], 2000).json()["state"] == "KEPT"
    assert phone.call("PUT", part, part.sealed[2000:], 2000).json()["state"] == "KEPT"
    assert phone.upload(part)["state"] == "KEPT"
    assert (len(files("kept")), files("coming")) == (1, [])


def test_a_server_killed_after_the_last_part_finishes_when_the_part_comes_again(
    phone, keys, monkeypatch
):
    part = Announced("VOICE", make_recordings.an_m4a(), keys.device)
    phone.log(part)

    def die(*_given, **_more):
        raise SystemExit

    monkeypatch.setattr(enclosing.crypto, "seal_bytes", die)
    with pytest.raises(SystemExit):
        phone.upload(part)
    monkeypatch.undo()
    assert Enclosure.objects.get().state == "COMING"

    assert phone.upload(part)["state"] == "KEPT"


def test_what_was_changed_on_its_way_is_refused_and_the_contact_stands(phone, keys):
    spoilt, foreign = (Announced("VOICE", make_recordings.an_ogg(), keys.device) for _ in range(2))
    foreign.said["id"] = str(spoilt.key)
    spoilt.sealed = spoilt.sealed[:-1] + bytes((spoilt.sealed[-1] ^ 1,))
    assert phone.log(spoilt) == "DONE"

    told = phone.upload(spoilt)

    assert (told["state"], told["reason"]) == ("REFUSED", "CHANGED")
    assert "changed on its way" in told["say"]
    # A box of another recording opens for this one no more than an altered one.
    other = Announced("VOICE", make_recordings.an_ogg(), keys.device)
    other.key = uuid4()
    other.said["id"] = str(other.key)
    phone.log(other)
    assert phone.upload(other)["reason"] == "CHANGED"
    assert Contact.objects.count() == 2
    assert files("coming") == files("kept") == []


FAKES = [
    ("VOICE", b"<html><script>alert(1)</script>", "NO_VOICE"),
    ("VOICE", b"OggS" + b"\0" * 500, "NO_VOICE"),
    ("VOICE", make_recordings.a_photo(), "NO_VOICE"),
    ("VOICE", make_recordings.a_webm(track=1), "NO_VOICE"),
    ("VOICE", make_recordings.an_ogg(200), "TOO_LONG"),
    ("PHOTO", make_recordings.an_ogg(), "NO_PHOTO"),
    ("PHOTO", b"\xff\xd8\xff\xe0" + b"\0" * 500, "NO_PHOTO"),
    ("PHOTO", b"GIF89a" + bytes(300), "NO_PHOTO"),
    ("PHOTO", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "NO_PHOTO"),
]


@pytest.mark.parametrize(("kind", "raw", "reason"), FAKES)
def test_a_fake_is_refused_in_words_and_the_contact_stands(phone, agreed, kind, raw, reason):
    told = phone.hand_in(kind, raw)

    assert (told["state"], told["reason"]) == ("REFUSED", reason)
    assert told["say"]
    assert Contact.objects.count() == 1
    assert files("coming") == files("kept") == []


def test_what_is_too_large_is_refused_before_a_byte_is_kept(phone, keys):
    part = Announced("VOICE", b"x", keys.device)
    part.said["size"] = rules.MOST_BYTES["VOICE"] + 1000

    assert phone.log(part) == "DONE"
    assert phone.call("PUT", part, b"x" * 100).json()["reason"] == "TOO_LARGE"
    assert files("coming") == []


@pytest.mark.parametrize(
    "bad", [7, [7], [{}], [{"id": "x"}] * 5, [{"id": str(uuid4()), "kind": "FILM", "size": 9}]]
)
def test_an_announcement_that_is_none_holds_its_contact(phone, bad):
    entry = make_care.an_entry(
        phone.keys.device.pk, make_care.a_contact(phone.pairing.pk, enclosed=bad), seq=1
    )
    answer = phone.client.post(
        "/care/phone/sync/", make_care.a_batch([entry]), content_type="application/json",
        headers={"authorization": f"Bearer {phone.keys.send}"},
    )  # fmt: skip

    assert answer.json()["results"][0]["reason"] == "SHAPE"
    assert Held.objects.get().reason == "SHAPE"


@pytest.mark.parametrize("at", ["", "-1", "x", "9" * 11])
def test_a_part_without_its_place_is_refused(phone, keys, at):
    part = Announced("VOICE", make_recordings.an_ogg(), keys.device)
    phone.log(part)

    assert phone.call("PUT", part, b"x", at).status_code == 400


def test_nobody_uploads_to_another_phone_or_without_a_key(phone, keys, client):
    part = Announced("VOICE", make_recordings.an_ogg(), keys.device)
    phone.log(part)
    user, mother = make_care.a_carer()
    other = Phone(client, make_care.a_phone(user), make_care.a_pairing(mother))

    assert other.call("GET", part).status_code == other.call("PUT", part).status_code == 404
    path = f"/care/phone/recordings/{part.key}/"
    assert client.get(path).status_code == client.put(path).status_code == 401
    phones.revoke(keys.device, by=make.a_worker(), reason="丢失", now=timezone.now())
    assert phone.call("PUT", part, part.sealed).status_code == 410
    assert Enclosure.objects.get().received == 0


# -- photos ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_drawn_anew_without_its_place_and_telephone(phone, agreed, kind):
    raw = make_recordings.a_photo(kind, (3000, 40), turned=True)
    # The control: what came did say where it was taken, and by what.
    assert Image.open(io.BytesIO(raw)).getexif().get_ifd(0x8825)

    assert phone.hand_in("PHOTO", raw)["state"] == "KEPT"

    kept = opened(Enclosure.objects.get())
    found = Image.open(io.BytesIO(kept))
    assert (found.format, found.height) == ("JPEG", 1600)
    assert not found.getexif()
    assert set(found.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert b"Exif" not in kept
    assert "华为".encode() not in kept


def test_a_bomb_is_refused_and_ends_no_server(phone, agreed):
    bomb = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(bomb, "PNG")
    assert len(bomb.getvalue()) < 100_000

    assert phone.hand_in("PHOTO", bomb.getvalue())["reason"] == "NO_PHOTO"


@pytest.mark.parametrize("answers", [{}, {"PROGRAMME": True}, {"PROGRAMME": False, "PHOTOS": True}])
def test_without_the_guardians_yes_no_photo_is_kept(phone, pairing, answers):
    for purpose, given in answers.items():
        make_consents.a_consent(pairing.child, purpose=purpose, given=given)

    told = phone.hand_in("PHOTO", make_recordings.a_photo())

    assert (told["state"], told["reason"]) == ("REFUSED", "NO_CONSENT")
    assert files("kept") == files("coming") == []
    assert Contact.objects.count() == 1


@pytest.mark.parametrize("given", [True, False])
def test_the_phone_offers_photos_only_where_they_are_agreed(client, keys, pairing, given):
    for purpose in ("PROGRAMME", "PHOTOS"):
        make_consents.a_consent(pairing.child, purpose=purpose, given=given)

    day = client.get("/care/phone/day/", headers={"authorization": f"Bearer {keys.read}"}).json()

    assert [each["photos"] for each in day["children"]] == [given]


def test_photos_go_when_the_guardian_no_longer_agrees(phone, agreed, pairing):
    phone.hand_in("PHOTO", make_recordings.a_photo())
    phone.hand_in("VOICE", make_recordings.an_ogg())
    assert len(files("kept")) == 2
    make_consents.a_consent(
        pairing.child, purpose="PHOTOS", given=False, given_on=timezone.localdate()
    )

    bus.publish(ConsentWithdrawn(pairing.child_id, "PHOTOS", ConsentWithdrawn.PAPER))

    assert dict(Enclosure.objects.values_list("kind", "state")) == {
        "PHOTO": "GONE", "VOICE": "KEPT",
    }  # fmt: skip
    assert len(files("kept")) == 1
    assert Entry.objects.filter(act="care.enclosure.deleted").count() == 1


def test_another_consent_that_ends_takes_no_photo_along(phone, agreed, pairing):
    phone.hand_in("PHOTO", make_recordings.a_photo())

    bus.publish(ConsentWithdrawn(pairing.child_id, "PUBLICATION", ConsentWithdrawn.PAPER))

    assert Enclosure.objects.get().state == "KEPT"


# -- who sees it, and for how long -----------------------------------------------------------------


def asked(user, enclosure, **headers):
    client = Client(headers=headers)
    client.force_login(user)
    return client.get(f"/care/recordings/{enclosure.pk}/")


def test_it_is_handed_out_to_its_area_and_its_mother_and_each_reading_is_in_the_trail(phone, carer):
    raw = make_recordings.an_ogg()
    phone.hand_in("VOICE", raw)
    kept = Enclosure.objects.get()
    stranger = make_care.a_carer()[0]

    for user, status in (
        (make.a_user("fed_county"), 200), (carer[0], 200), (stranger, 404),
        (make.a_user("fed_county", area="500101000000"), 404),
        (make.a_user("doctor"), 404),
    ):  # fmt: skip
        answer = asked(user, kept)
        assert answer.status_code == status, user
    assert Entry.objects.filter(act="care.enclosure.opened").count() == 2
    answer = asked(carer[0], kept)
    assert answer.content == raw
    assert answer["Content-Type"] == "audio/ogg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Security-Policy"] == (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
    )


@pytest.mark.parametrize(
    ("wanted", "status", "span"),
    [("bytes=0-", 206, (0, None)), ("bytes=5-9", 206, (5, 10)), ("bytes=999999-", 416, (0, 0)),
     ("bytes=9-5", 416, (0, 0)), ("lines=1-2", 200, (0, None))],
)  # fmt: skip
def test_players_may_ask_for_a_range(phone, carer, wanted, status, span):
    raw = make_recordings.an_ogg()
    phone.hand_in("VOICE", raw)

    answer = asked(carer[0], Enclosure.objects.get(), range=wanted)

    assert answer.status_code == status
    assert answer.content == raw[slice(*span)]


def test_it_is_deleted_after_its_time_and_what_never_came_is_ended(phone, keys, settings):
    phone.hand_in("VOICE", make_recordings.an_ogg())
    never = Announced("VOICE", make_recordings.an_ogg(), keys.device)
    phone.log(never)
    phone.call("PUT", never, never.sealed[:10])
    settings.KEEP_RECORDINGS_DAYS = 30

    for days, states in ((29, ["COMING", "KEPT"]), (31, ["GONE", "REFUSED"])):
        for _ in range(2):
            enclosing.forget_old(now=timezone.now() + timedelta(days=days))
        assert sorted(Enclosure.objects.values_list("state", flat=True)) == states
    assert files("kept") == files("coming") == []


def test_files_that_no_row_needs_are_swept(phone, monkeypatch):
    phone.hand_in("VOICE", make_recordings.an_ogg())
    for folder in ("kept", "coming"):
        (enclosing.place(folder, uuid4())).write_bytes(b"left behind")

    tasks.forget_recordings.func(0)
    assert len(files("kept")) == 2, "what is being written just now stays"
    monkeypatch.setattr(enclosing, "SETTLED_AFTER", -1)
    tasks.forget_recordings.func(0)

    assert [path.name for path in files("kept")] == [str(Enclosure.objects.get().pk)]
    assert files("coming") == []


def test_what_came_with_a_held_contact_is_there_when_it_is_taken(phone, keys, pairing):
    part = Announced("VOICE", make_recordings.an_ogg(), keys.device)
    pairing.state, pairing.next_step = "CLOSING", "MONITORED"
    pairing.save()
    pairing.state, pairing.ended_on = "CLOSED", timezone.localdate()
    pairing.save()

    assert phone.log(part) == "HELD"
    assert phone.upload(part)["state"] == "KEPT"
    assert Enclosure.objects.get().contact is None
    made = deciding.file(
        Held.objects.get(), by=make.a_user("fed_county"), reason="核实过", now=timezone.now()
    )

    assert Enclosure.objects.get().contact == made


# -- on a page -------------------------------------------------------------------------------------


def logged(user, pairing, key, **uploads):
    client = Client(headers=EN)
    client.force_login(user)
    files = {name: io.BytesIO(raw) for name, raw in uploads.items()}
    for name, file in files.items():
        file.name = name
    return client.post(
        f"/care/pairings/{pairing.pk}/log/", {"key": str(key), "kind": "CALL", **files}, follow=True
    )


def test_a_page_takes_them_too_once(carer, pairing, agreed):
    key = uuid4()
    for _ in range(2):
        answer = logged(
            carer[0], pairing, key,
            voice=make_recordings.an_m4a(), photo=make_recordings.a_photo(),
        )  # fmt: skip

    assert answer.status_code == 200
    assert sorted(Enclosure.objects.values_list("kind", "state")) == [
        ("PHOTO", "KEPT"), ("VOICE", "KEPT"),
    ]  # fmt: skip
    page = Client(headers=EN)
    page.force_login(make.a_user("fed_county"))
    shown = page.get(f"/care/contacts/{Contact.objects.get().pk}/").content.decode()
    assert shown.count("/care/recordings/") == 2
    assert "<audio controls" in shown


def test_a_page_says_what_was_not_taken_and_logs_the_contact(carer, pairing):
    answer = logged(carer[0], pairing, uuid4(), voice=b"MZ", photo=make_recordings.a_photo())

    text = answer.content.decode()
    assert "This is no voice note that can be played." in text
    # Without the guardian's yes the page has no field for photos, and takes none.
    assert list(Enclosure.objects.values_list("kind", "reason")) == [("VOICE", "NO_VOICE")]
    assert Contact.objects.count() == 1
