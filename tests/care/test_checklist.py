"""The checklist on the phone: carried along, ticked without a signal, counted exactly once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from qianshou.care.actions import contacts as logging
from qianshou.care.actions import hearing
from qianshou.care.models import Appointment, Contact, Held
from qianshou.care.queries import day
from qianshou.care.rules import payload
from qianshou.plans.actions import opening, sets
from qianshou.plans.models import Slot, Tick
from qianshou.protection.models import Report
from tests import make_care, make_protection

pytestmark = pytest.mark.django_db


@pytest.fixture
def carer():
    return make_care.a_carer()


@pytest.fixture
def pairing(carer):
    sets.load_sets()
    made = make_care.a_pairing(carer[1])
    opening.begin([made], today=timezone.localdate())
    return made


@pytest.fixture
def keys(carer):
    return make_care.a_phone(carer[0])


@pytest.fixture
def send(client, keys):
    numbers = iter(range(1, 100))

    def sent(*said, entries=None):
        made = entries or [
            make_care.an_entry(keys.device.pk, each, seq=next(numbers)) for each in said
        ]
        answer = client.post(
            "/care/phone/sync/", make_care.a_batch(made), content_type="application/json",
            headers={"authorization": f"Bearer {keys.send}", "accept-language": "en"},
        )  # fmt: skip
        return made, [(each["outcome"], each["reason"]) for each in answer.json()["results"]]

    return sent


def a_tick(pairing, **fields):
    return {
        "type": "tick", "pairing": str(pairing.pk), "item": "reading_study", "part": "",
        "at": timezone.now().isoformat(), "note": "读了两章", **fields,
    }  # fmt: skip


def done_of(pairing, item):
    today = timezone.localdate()
    return Slot.objects.get(
        pairing=pairing, item=item, first_on__lte=today, last_on__gte=today
    ).done


def test_a_tick_is_taken_once_however_often_it_is_sent(send, pairing):
    entries, first = send(a_tick(pairing))
    _same, again = send(entries=entries * 2)

    assert first == [("DONE", "")]
    assert set(again) == {("DONE", "")}
    assert Tick.objects.get().note.open() == "读了两章"
    assert done_of(pairing, "reading_study") == 1


def test_what_may_not_be_ticked_is_held_and_the_others_go_through(send, pairing):
    said = [
        a_tick(pairing, item="weekly_contact"), a_tick(pairing, item="no_such"),
        a_tick(pairing, note=""), a_tick(pairing, item=5), a_tick(pairing, at="gestern"),
        a_tick(pairing),
    ]  # fmt: skip

    _entries, told = send(*said)

    assert told == [
        ("HELD", "REFUSED"), ("HELD", "REFUSED"), ("HELD", "REFUSED"), ("HELD", "SHAPE"),
        ("HELD", "TIME"), ("DONE", ""),
    ]  # fmt: skip
    assert Held.objects.count() == 5
    assert Tick.objects.count() == 1


def test_another_mother_s_child_is_not_ticked(send, pairing):
    theirs = make_care.a_pairing(make_care.a_carer()[1])

    _entries, told = send(a_tick(theirs))

    assert told == [("HELD", "NOT_HERS")]
    assert not Tick.objects.exists()


def test_logged_contacts_count_from_phone_and_page_and_each_once(send, pairing, carer):
    entries, _told = send(make_care.a_contact(pairing.pk, kind="VISIT"))
    send(entries=entries)
    now = timezone.now()
    hearing.hear_of_due(now)
    said = payload.Said(pairing.pk, "CALL", now, 10, (), 4, "", follow_up=False)
    for _ in range(2):
        logging.log(pairing, by=carer[0], said=said, key=keys_of(pairing), now=now)

    assert done_of(pairing, "weekly_contact") == 2
    assert done_of(pairing, "monthly_meeting") == 1


def keys_of(pairing):
    """One key of a form, the same for the same pairing."""
    return pairing.pk


def test_the_day_brings_the_checklist_along(pairing, keys):
    carried = day.day_of(keys.device, now=timezone.now())["checklists"][str(pairing.pk)]

    assert {"weekly_contact", "reading_study"} <= {each["item"] for each in carried["items"]}


def a_whole_day(pairing):
    """One entry of every kind that a phone sends in a day."""
    tomorrow = timezone.now() + timedelta(days=1)
    return [
        make_care.a_contact(pairing.pk, kind="VISIT", note="😀 𠮷 她唱了一路"),
        make_care.a_contact(pairing.pk, kind="CALL"),
        make_care.an_appointment(pairing.pk, tomorrow),
        a_tick(pairing, note="👩‍👧 一起读了两章"),
        {"type": "report", "pairing": str(pairing.pk), "now": "NO", "words": "手上有淤青",
         "at": timezone.now().isoformat()},
    ]  # fmt: skip


def everything():
    """Return how many rows of each kind there are."""
    kinds = (Contact, Appointment, Tick, Report, Held)
    return [each.objects.count() for each in kinds]


def test_a_whole_day_sent_again_in_any_order_changes_nothing(send, pairing):
    make_protection.a_circle()
    entries, told = send(*a_whole_day(pairing))
    hearing.hear_of_due(timezone.now())
    once = everything()
    slots = list(Slot.objects.order_by("pk").values_list("pk", "done"))

    _again, told_again = send(entries=[*reversed(entries), *entries])
    hearing.hear_of_due(timezone.now())

    assert {each for each, _why in (*told, *told_again)} == {"DONE"}
    assert once == [2, 1, 4, 1, 0], "both contacts tick what they count for"
    assert everything() == once
    assert list(Slot.objects.order_by("pk").values_list("pk", "done")) == slots


def test_under_new_keys_the_same_day_would_count_again(send, pairing):
    """The negative control of the test before."""
    make_protection.a_circle()
    send(*a_whole_day(pairing))

    send(*a_whole_day(pairing))

    assert everything()[0] == 4
