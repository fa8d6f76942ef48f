"""What a phone hands in: counted once, one bad entry by itself, late data held, clocks flagged."""

import base64
import json
import random
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from qianshou.accounts.models import Grant
from qianshou.audit.models import Entry
from qianshou.care.actions import phones, syncing
from qianshou.care.models import Appointment, Contact, Device, Held, Operation
from tests import make, make_care

pytestmark = pytest.mark.django_db
SYNC = "/care/phone/sync/"


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
def entry(keys, pairing):
    """Make entries of this phone, numbered one after another."""
    numbers = iter(range(1, 1000))

    def made(said=None, **fields):
        said = make_care.a_contact(pairing.pk, **fields) if said is None else said
        return make_care.an_entry(keys.device.pk, said, seq=next(numbers))

    return made


@pytest.fixture
def send(client, keys):
    def sent(entries, key=None, **fields):
        return client.post(
            SYNC, make_care.a_batch(entries, **fields), content_type="application/json",
            headers={"authorization": f"Bearer {key or keys.send}", "accept-language": "en"},
        )  # fmt: skip

    return sent


def outcomes(answer):
    return [(each["outcome"], each["reason"]) for each in answer.json()["results"]]


def test_a_batch_is_logged_with_its_note_sealed(send, entry, pairing):
    answer = send([entry(note="她说作业写完了"), entry(kind="VISIT", mood=None)])

    assert answer.status_code == 200
    assert outcomes(answer) == [("DONE", ""), ("DONE", "")]
    first, second = Contact.objects.order_by("seq")
    assert first.note.open() == "她说作业写完了"
    assert "作业".encode() not in bytes(first.note.raw)
    assert (first.kind, first.mood, first.topics, first.minutes) == ("CALL", 4, ["STUDY"], 10)
    assert (second.kind, second.mood, second.skewed) == ("VISIT", None, False)
    assert Entry.objects.get(act="care.synced").details == '{"DONE":2}'


def test_the_same_entry_counts_once_and_is_told_the_same(send, entry):
    entries = [entry(), entry()]

    first, again = send(entries), send([*entries, entries[0]])

    assert outcomes(first) == outcomes(again)[:2]
    assert Contact.objects.count() == Operation.objects.count() == 2
    device = Device.objects.get()
    assert (device.received, device.max_seq, device.missing) == (2, 2, 0)


def test_without_keys_the_same_entry_would_count_twice(send, entry, monkeypatch):
    """Negative control: a server that forgets which entries were here, and takes new keys."""
    sent = entry()
    send([sent])
    envelope = syncing.payload.envelope

    class Keyless(syncing.Envelope):
        """An entry under a key of its own each time it is read, in the box of its true one."""

        def bound_to(self, device_id):
            return f"{device_id}|{sent['id']}|{self.seq}"

    def forgetful(raw):
        found = envelope(raw)
        return Keyless(uuid4(), found.seq, found.box, found.digest)

    monkeypatch.setattr(syncing.payload, "envelope", forgetful)
    send([sent])

    assert Contact.objects.count() == 2


def test_one_bad_entry_comes_back_and_the_others_go_through(send, entry, pairing):
    bad = [
        entry(kind="DANCE"), entry(minutes=-1), entry(mood=6), entry(at="gestern"),
        entry({"type": "wish"}), entry(b"\xff\xfe"), entry(note="x" * 200_001),
        entry(make_care.a_contact("nobody")), entry(make_care.a_contact(uuid4())),
        entry(topics="STUDY"),
        entry(b"[" * 100_000), entry(minutes=True),
    ]  # fmt: skip
    spoilt = entry()
    box = bytearray(base64.b64decode(spoilt["box"]))
    box[-1] ^= 1
    spoilt["box"] = base64.b64encode(bytes(box)).decode()
    outside = [None, 7, {}, {"id": "x", "seq": 1, "box": ""}, {"id": str(uuid4()), "box": "%"}]

    answer = send([entry(), *bad, spoilt, *outside, entry()])

    told = outcomes(answer)
    assert answer.status_code == 200
    assert told.count(("DONE", "")) == 2
    assert len(told) == 2 + len(bad) + 1 + len(outside)
    assert all(outcome == "HELD" and reason for outcome, reason in told if outcome != "DONE")
    assert all(each["say"] for each in answer.json()["results"] if each["reason"])
    assert Contact.objects.count() == 2
    assert Held.objects.open().count() == len(bad) + 1 + len(outside)
    assert {"UNREADABLE", "SHAPE", "KIND", "TIME", "TOO_LONG", "NOT_HERS"} == set(
        Held.objects.values_list("reason", flat=True)
    )


def test_what_is_held_is_held_once_and_readable_by_whoever_decides(send, entry):
    bad = entry(kind="DANCE", note="原话")
    send([bad, None])
    send([bad, None])

    held = Held.objects.filter(seq=1).get()
    assert "原话" in json.dumps(json.loads(held.body.open()), ensure_ascii=False)
    assert Held.objects.count() == 2


def test_the_same_key_with_another_content_is_held(send, entry, keys, pairing):
    first = entry(note="one")
    other = make_care.an_entry(
        keys.device.pk, make_care.a_contact(pairing.pk, note="two"), seq=1, key=first["id"]
    )

    assert outcomes(send([first])) == [("DONE", "")]
    assert outcomes(send([other])) == [("HELD", "DIFFERENT")]
    assert Contact.objects.get().note.open() == "one"
    assert "two" in Held.objects.get().body.open()


def test_a_box_opens_only_for_its_phone_its_key_and_its_place(send, entry, carer, pairing):
    other = make_care.a_phone(carer[0], "另一部").device
    foreign = make_care.an_entry(other.pk, make_care.a_contact(pairing.pk), seq=1)
    moved = entry() | {"seq": 500}

    assert outcomes(send([foreign, moved])) == [("HELD", "UNREADABLE")] * 2
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    "note",
    [
        "字" * 100_000, "👩‍👧🏽 𠮷野家 𡘙 ﷽ \u202eabc", "half \ud83d of one", "nul \0 inside",
        "' OR 1=1; --", "<script>", "",
    ],
)  # fmt: skip
def test_any_note_a_person_can_write_arrives_whole(send, entry, note):
    assert outcomes(send([entry(note=note)])) == [("DONE", "")]

    kept = Contact.objects.get().note.open()
    assert kept == note.replace("\ud83d", "\ufffd").replace("\0", "\ufffd")


@pytest.mark.parametrize("years", [-30, 1, 5000])
def test_a_wrong_clock_is_put_right_and_flagged_never_refused(send, entry, years):
    """A phone of next year: its offset is known from its own time of sending."""
    now = timezone.now()
    phone = now.replace(year=now.year + years, day=1)
    said = phone - timedelta(hours=2)

    answer = send([entry(at=said.isoformat())], sent_at=phone.isoformat())

    contact = Contact.objects.get()
    assert outcomes(answer) == [("DONE", "")]
    assert contact.skewed
    assert contact.said_at == said
    assert abs((contact.at - (now - timedelta(hours=2))).total_seconds()) < 60
    assert abs(Device.objects.get().skew_seconds) > 10_000_000


def test_a_time_to_come_counts_as_now_and_is_flagged(send, entry):
    send([entry(at=(timezone.now() + timedelta(days=3)).isoformat())])

    contact = Contact.objects.get()
    assert contact.skewed
    assert contact.at <= timezone.now()


def test_a_gap_in_the_numbers_is_seen_until_it_is_filled(send, entry):
    first, lost, last = entry(), entry(), entry()

    send([first, last])
    assert Device.objects.get().missing == 1
    send([lost])
    assert Device.objects.get().missing == 0


@pytest.mark.parametrize("way", ["phone", "role", "account"])
def test_what_a_revoked_mother_sends_late_is_held_and_the_phone_wiped(
    send, entry, carer, keys, client, way
):
    user, late = carer[0], entry(note="夜里的哭声")
    if way == "phone":
        phones.revoke(keys.device, by=make.a_worker(), reason="丢失", now=timezone.now())
    elif way == "role":
        Grant.objects.filter(user=user).update(revoked_at=timezone.now())
    else:
        user.is_active = False
        user.save(update_fields=["is_active"])

    answer = send([late])

    assert answer.status_code == 410
    assert answer.json()["wipe"] is True
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert outcomes(answer) == [("HELD", "REVOKED")]
    assert not Contact.objects.exists()
    assert "夜里的哭声" in json.dumps(
        json.loads(Held.objects.get().body.open()), ensure_ascii=False
    )
    assert Device.objects.get().wiped_at
    # The key for reading is dead with it.
    day = client.get("/care/phone/day/", headers={"authorization": f"Bearer {keys.read}"})
    assert (day.status_code, day.json()) == (410, {"wipe": True})


def test_what_belongs_to_an_ended_pairing_is_held(send, entry, pairing):
    late = entry()
    pairing.state, pairing.next_step = "CLOSING", "MONITORED"
    pairing.save()
    pairing.state, pairing.ended_on = "CLOSED", timezone.localdate()
    pairing.save()

    assert outcomes(send([late])) == [("HELD", "ENDED")]
    assert Held.objects.get().pairing == pairing


def test_another_mothers_pairing_is_nobodys(send, entry):
    stranger = make_care.a_pairing(make_care.a_carer()[1])

    assert outcomes(send([entry(make_care.a_contact(stranger.pk))])) == [("HELD", "NOT_HERS")]
    assert not stranger.contacts.exists()


def test_two_phones_that_set_the_appointment_differently_leave_both_versions(
    client, carer, pairing, keys
):
    other = make_care.a_phone(carer[0], "另一部")
    soon = timezone.now() + timedelta(days=2)

    def put(phone, at, base, seq):
        said = make_care.an_appointment(pairing.pk, at, base=base)
        body = make_care.a_batch([make_care.an_entry(phone.device.pk, said, seq=seq)])
        headers = {"authorization": f"Bearer {phone.send}"}
        answer = client.post(SYNC, body, content_type="application/json", headers=headers)
        return outcomes(answer)[0][0]

    assert put(keys, soon, None, 1) == "DONE"
    base = str(Appointment.objects.get().pk)
    assert put(keys, soon + timedelta(hours=1), base, 2) == "DONE"
    assert put(other, soon + timedelta(hours=5), base, 1) == "CONFLICT"
    # Both say the same: nothing to choose.
    assert put(other, soon + timedelta(hours=1), base, 2) == "DONE"

    states = list(Appointment.objects.order_by("made_at").values_list("state", flat=True))
    assert states == ["PAST", "CURRENT", "CONFLICT", "PAST"]


def test_calls_of_many_phones_lose_and_double_nothing(client):
    """T37, short: 24 phones, 576 entries, shuffled, repeated and overlapping."""
    dice, wanted, calls = random.Random(7), set(), []
    for _ in range(24):
        user, mother = make_care.a_carer()
        pairing, phone = make_care.a_pairing(mother), make_care.a_phone(user)
        entries = [
            make_care.an_entry(phone.device.pk, make_care.a_contact(pairing.pk), seq=seq)
            for seq in range(1, 25)
        ]
        wanted |= {each["id"] for each in entries}
        dice.shuffle(entries)
        batches = [entries[start : start + 9] for start in range(0, 24, 6)]
        calls += [(phone.send, batch) for batch in batches + dice.sample(batches, 2)]
    dice.shuffle(calls)

    statuses = set()
    for key, batch in calls:
        answer = client.post(
            SYNC, make_care.a_batch(batch), content_type="application/json",
            headers={"authorization": f"Bearer {key}"},
        )  # fmt: skip
        statuses.add(answer.status_code)

    kept = [str(each) for each in Contact.objects.values_list("client_id", flat=True)]
    assert statuses == {200}
    assert len(kept) == 576
    assert set(kept) == wanted
    assert {each.missing for each in Device.objects.all()} == {0}


def test_what_a_batch_costs_does_not_grow_with_its_entries(
    send, entry, django_assert_max_num_queries
):
    few, many = [entry() for _ in range(2)], [entry() for _ in range(60)]
    send([entry()])

    with django_assert_max_num_queries(32):
        send(few)
    with django_assert_max_num_queries(32):
        send(many)
    assert Contact.objects.count() == 63


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{}", '{"operations": 7}', "7", '{"operations": [], "sent_at": "x"}', "[" * 50_000],
)
def test_a_body_that_is_no_batch_is_refused_in_words(client, keys, body):
    answer = client.post(
        SYNC, body, content_type="application/json",
        headers={"authorization": f"Bearer {keys.send}"},
    )  # fmt: skip

    assert answer.status_code in (400, 413)
    assert answer.json()["title"]


def test_too_many_entries_are_refused_before_they_are_read(send, entry):
    one = entry()

    assert send([one] * 201).status_code == 413
    assert not Operation.objects.exists()


@pytest.mark.parametrize("key", ["", "Bearer ", "Bearer x", "Basic x"])
def test_nobody_is_let_in_without_a_key_of_a_phone(client, keys, key):
    for path, method in ((SYNC, client.post), ("/care/phone/day/", client.get)):
        assert method(path, headers={"authorization": key}).status_code == 401


def test_the_key_for_sending_reads_nothing_and_the_other_way_round(client, keys, send):
    assert (
        client.get("/care/phone/day/", headers={"authorization": f"Bearer {keys.send}"}).status_code
        == 401
    )
    assert send([], key=keys.read).status_code == 401


def test_the_day_holds_first_names_and_no_address(client, keys, pairing):
    stranger = make_care.a_pairing(make_care.a_carer()[1], given_name="别家")

    day = client.get("/care/phone/day/", headers={"authorization": f"Bearer {keys.read}"}).json()

    assert [each["pairing"] for each in day["children"]] == [str(pairing.pk)]
    child = day["children"][0]
    assert child["name"] == "一诺"
    assert set(child) == {
        "pairing", "name", "age", "last_on", "next_on", "holds", "disputed", "photos",
    }  # fmt: skip
    assert str(stranger.pk) not in json.dumps(day)


def test_raw_sql_of_a_mother_cannot_write_into_another_pairing(carer, pairing):
    from qianshou.accounts import permissions
    from qianshou.common import rowsecurity

    stranger = make_care.a_pairing(make_care.a_carer()[1])
    values = (uuid4(), stranger.pk, carer[1].pk, stranger.area_code, carer[0].pk)
    with pytest.raises(Exception, match="row-level security"):
        with rowsecurity.acting(permissions.scope_of(carer[0])), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO care_contact (id, pairing_id, mother_id, area_code, by_id, kind, at,"
                " minutes, topics, note, follow_up, client_id, said_at, received_at, skewed)"
                " VALUES (%s, %s, %s, %s, %s, 'CALL', now(), 1, '[]', '', false, %s, now(),"
                " now(), false)",
                [*values, uuid4()],
            )
