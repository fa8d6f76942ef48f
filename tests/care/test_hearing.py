"""Contacts of phones are heard of a moment later, many at once, each of them exactly once."""

from datetime import timedelta

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from qianshou.accounts import permissions as powers
from qianshou.care.actions import clocks, contacts, hearing, syncing
from qianshou.care.models import Arrival, Clock, Contact
from qianshou.care.tasks import hear, listen
from qianshou.common import rowsecurity
from qianshou.plans.actions import opening, sets
from qianshou.plans.models import Tick
from qianshou.protection.models import Signal
from tests import make, make_care

pytestmark = pytest.mark.django_db
NOW = timezone.now()
HURT = "她说爸爸打我，不想活了"


class Hers:
    """A mother with a pairing whose care began nine days ago, and her phone."""

    def __init__(self):
        begun = timezone.localdate() - timedelta(days=9)
        self.user, mother = make_care.a_carer()
        self.pairing = make_care.a_pairing(mother, active_on=begun, started_on=begun)
        opening.begin([self.pairing], today=timezone.localdate())
        self.keys = make_care.a_phone(self.user)

    def hand_in(self, *notes, sent_at=None):
        """Hand in a contact for each note, as her phone does."""
        entries = [
            make_care.an_entry(
                self.keys.device.pk, make_care.a_contact(self.pairing.pk, note=note), seq=seq
            )
            for seq, note in enumerate(notes, 1)
        ]
        with rowsecurity.acting(powers.scope_of(self.user)):
            syncing.take_in(self.keys.device, entries, sent_at=sent_at, now=timezone.now())
        return entries

    def clock(self):
        """Return the day her clock has heard of, as the system sees it."""
        with rowsecurity.acting(rowsecurity.SYSTEM):
            return Clock.objects.get(pairing=self.pairing).heard_on


@pytest.fixture
def two():
    sets.load_sets()
    made = [Hers(), Hers()]
    clocks.reckon(make.COUNTY)
    return made


def waiting():
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return Arrival.objects.count()


def counted():
    """Return how many contacts were ticked, for how many writers, and the signals raised."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        ticks = Tick.objects.filter(source="CONTACT", item="weekly_contact")
        return ticks.count(), ticks.values("by").distinct().count(), Signal.objects.count()


def test_contacts_of_many_phones_are_heard_of_together_and_each_is_its_own_writers(two):
    for each in two:
        each.hand_in("很开心", HURT)
    assert (waiting(), counted()) == (4, (0, 0, 0)), "a call writes contacts, and is answered"

    assert hearing.hear_of_due(timezone.now()) == 4

    today = timezone.localdate()
    assert (waiting(), counted()) == (0, (4, 2, 2))
    assert [each.clock() for each in two] == [today, today]
    assert hearing.hear_of_due(timezone.now()) == 0
    assert counted() == (4, 2, 2)


def test_heard_of_twice_a_contact_still_counts_once(two):
    """What a second announcement does; that the danger words show nothing new is their own key."""
    two[0].hand_in("很开心", HURT)
    hearing.hear_of_due(timezone.now())
    with rowsecurity.acting(rowsecurity.SYSTEM):
        contacts.announce(Contact.objects.select_related("pairing"))

    assert counted() == (2, 1, 1)


def test_a_phone_that_asks_for_its_day_finds_its_contacts_heard_of(client, two):
    mine, other = two
    mine.hand_in("很开心")
    other.hand_in("很开心")

    answer = client.get(
        "/care/phone/day/", headers={"authorization": f"Bearer {mine.keys.read}"}
    ).json()

    (child,) = answer["children"]
    assert child["last_on"] == timezone.localdate().isoformat()
    assert waiting() == 1, "hers alone"
    assert mine.clock() == timezone.localdate() != other.clock()


def test_however_many_calls_the_worker_is_woken_once(two, django_capture_on_commit_callbacks):
    for each in two:
        with django_capture_on_commit_callbacks(execute=True):
            each.hand_in("很开心")

    (job,) = ProcrastinateJob.objects.filter(task_name=hearing.TASK)
    assert job.scheduled_at > NOW, "so that what comes meanwhile is done along with it"
    hear()
    assert waiting() == 0


def test_a_call_that_brings_nothing_new_wakes_nobody(two, django_capture_on_commit_callbacks):
    entries = two[0].hand_in("很开心")
    with (
        django_capture_on_commit_callbacks() as asked,
        rowsecurity.acting(powers.scope_of(two[0].user)),
    ):
        syncing.take_in(two[0].keys.device, entries, sent_at=None, now=timezone.now())

    assert (asked, waiting()) == ([], 1)


@pytest.mark.parametrize("calls", [1, 2])
def test_two_phones_cost_as_many_questions_as_one(two, calls, django_assert_num_queries):
    for each in two[:calls]:
        each.hand_in(*["很开心"] * 20)

    with django_assert_num_queries(19):
        hearing.hear_of_due(timezone.now())


def test_one_contact_that_cannot_be_heard_of_holds_up_no_other_and_is_tried_again(two, monkeypatch):
    for each in two:
        each.hand_in("很开心", "好")
    with rowsecurity.acting(rowsecurity.SYSTEM):
        broken = Contact.objects.first().pk
    announce = contacts.announce

    def refuse(rows):
        found = list(rows)
        if broken in {each.pk for each in found}:
            raise ZeroDivisionError
        announce(found)

    monkeypatch.setattr(contacts, "announce", refuse)
    with pytest.raises(ZeroDivisionError):
        hearing.hear_of_due(timezone.now())
    assert (waiting(), counted()[0]) == (1, 3)
    assert hearing.hear_of_due(timezone.now()) == 0, "it waits for its turn"

    monkeypatch.undo()
    assert hearing.hear_of_due(timezone.now() + hearing.FIRST_PAUSE * 2) == 1
    assert (waiting(), counted()[0]) == (0, 4)


def test_her_day_comes_even_if_something_cannot_be_heard_of(client, two, monkeypatch):
    two[0].hand_in("很开心")
    monkeypatch.setattr(contacts, "announce", lambda _rows: 1 / 0)

    answer = client.get("/care/phone/day/", headers={"authorization": f"Bearer {two[0].keys.read}"})

    assert answer.status_code == 200
    assert waiting() == 1


def test_what_cannot_be_heard_of_holds_up_no_night(two, monkeypatch):
    two[0].hand_in("很开心")
    monkeypatch.setattr(contacts, "announce", lambda _rows: 1 / 0)

    listen(make.COUNTY)

    # The night reckons from the contacts themselves.
    assert (two[0].clock(), waiting()) == (timezone.localdate(), 1)


def test_nobody_but_the_system_takes_an_arrival_away(two):
    two[0].hand_in("很开心")

    for each, seen in zip(two, (1, 0), strict=True):
        with rowsecurity.acting(powers.scope_of(each.user)):
            assert Arrival.objects.count() == seen
            assert Arrival.objects.filter(failed=0).delete()[0] == 0

    assert waiting() == 1
