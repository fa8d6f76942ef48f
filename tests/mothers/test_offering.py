"""The calendar and the changes that she asks for."""

import random
from itertools import combinations

import pytest
from django.urls import reverse

from qianshou.common.errors import NotAllowed, NotFound
from qianshou.mothers.actions import offering as acts
from qianshou.mothers.actions.trail import ReasonMissing
from qianshou.mothers.models import FileChange
from qianshou.mothers.rules import changes, weekly
from tests import make, make_mothers

TODAY = make.TODAY
TIMES = ["WEEKDAY_DAY", "WEEKDAY_EVENING", "WEEKEND", "HOLIDAY"]


@pytest.mark.parametrize("count", range(5))
def test_the_widest_calendar_of_times_gives_these_times(count):
    for times in combinations(TIMES, count):
        assert weekly.times_of(weekly.slots_of(times)) == list(times)


def test_unknown_slots_are_dropped_and_the_rest_is_in_order():
    rng = random.Random(3)
    for _ in range(200):
        slots = rng.choices([*weekly.SLOTS, "X_Y", "", "MON"], k=rng.randrange(20))

        told = weekly.ordered(slots)

        assert told == sorted(set(told), key=weekly.SLOTS.index)
        assert set(told) == set(slots) & set(weekly.SLOTS)


def test_lists_are_read_as_people_write_them():
    assert changes.words_in("散步，书法、做饭; 散步\n") == ["散步", "书法", "做饭"]
    assert changes.words_in("  ") == []
    assert len(changes.words_in(",".join(map(str, range(99))))) == changes.MOST_WORDS


@pytest.fixture
def mother(db):
    return make_mothers.a_mother(capacity=2, interests=["散步"], times=["WEEKEND"])


@pytest.fixture
def herself(mother):
    return make_mothers.herself(mother)


def decide(asked, worker, *, accept=True, reason=""):
    return acts.decide_change(asked, by=worker, accept=accept, reason=reason, today=TODAY)


def test_a_calendar_taken_over_sets_the_times_and_no_list_changes_them(mother, herself):
    asked = acts.ask_change(
        mother, by=herself, field="SLOTS", wanted=["TUE_EVENING", "SAT_MORNING"]
    )

    decide(asked, make.a_worker())

    mother.refresh_from_db()
    assert mother.slots == ["TUE_EVENING", "SAT_MORNING"]
    assert mother.times == ["WEEKDAY_EVENING", "WEEKEND"]
    assert {"slots", "times"} <= set(mother.settled)


@pytest.mark.parametrize(
    ("field", "more", "name", "value"),
    [
        ("INTERESTS", {"wanted": ["书法"]}, "interests", ["书法"]),
        ("DISLIKES", {"wanted": ["烟味"]}, "dislikes", ["烟味"]),
        ("CAPACITY", {"places": 1}, "capacity", 1),
    ],
)
def test_what_she_asks_for_is_taken_over(mother, herself, field, more, name, value):
    asked = acts.ask_change(mother, by=herself, field=field, **more)
    mother.refresh_from_db()
    before = getattr(mother, name)

    decide(asked, make.a_worker())

    mother.refresh_from_db()
    assert before != value
    assert getattr(mother, name) == value


def test_she_asks_once_for_fewer_only_and_for_something_new(mother, herself):
    with pytest.raises(acts.OnlyFewer):
        acts.ask_change(mother, by=herself, field="CAPACITY", places=2)
    with pytest.raises(acts.NothingChanges):
        acts.ask_change(mother, by=herself, field="INTERESTS", wanted=["散步"])
    with pytest.raises(NotFound):
        acts.ask_change(mother, by=herself, field="NAME", wanted=["x"])
    acts.ask_change(mother, by=herself, field="DISLIKES", wanted=["狗"])
    with pytest.raises(acts.AskedAlready):
        acts.ask_change(mother, by=herself, field="DISLIKES", wanted=["猫"])
    with pytest.raises(NotAllowed):
        acts.ask_change(mother, by=make.a_worker(), field="SLOTS", wanted=[])

    assert FileChange.objects.count() == 1


def test_a_refusal_has_its_reason_and_a_decision_stands(mother, herself):
    worker = make.a_worker()
    asked = acts.ask_change(mother, by=herself, field="DISLIKES", wanted=["狗"])

    with pytest.raises(ReasonMissing):
        decide(asked, worker, accept=False)
    decide(asked, worker, accept=False, reason="孩子家里没有狗")
    with pytest.raises(acts.DecidedAlready):
        decide(asked, worker)
    with pytest.raises(acts.DecidedAlready):
        acts.withdraw_change(asked, by=herself)
    with pytest.raises(NotAllowed):
        decide(asked, make.a_user("clerk"))

    mother.refresh_from_db()
    assert mother.dislikes == []


def test_her_pages_ask_show_and_take_back(client, mother, herself):
    client.force_login(herself)
    url = reverse("mothers:ask-change", args=["SLOTS"])

    assert client.get(url).status_code == 200
    assert client.post(url, {"slots": ["nonsense"]}).status_code == 422
    assert client.post(url, {"slots": ["MON_EVENING"]}).status_code == 302
    asked = FileChange.objects.get()
    assert client.post(reverse("mothers:withdraw-change", args=[asked.pk])).status_code == 302
    for field in ("INTERESTS", "CAPACITY"):
        assert client.get(reverse("mothers:ask-change", args=[field])).status_code == 200
    assert client.get(reverse("mothers:ask-change", args=["NAME"])).status_code == 404


def test_staff_set_the_calendar_with_her(client, mother):
    client.force_login(make.a_worker())
    url = reverse("mothers:calendar", args=[mother.pk])

    assert client.get(url).status_code == 200
    assert client.post(url, {"slots": ["HOLIDAY_MORNING"]}).status_code == 302

    mother.refresh_from_db()
    assert mother.times == ["HOLIDAY"]
