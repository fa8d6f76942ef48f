"""Care for the mothers: the pulse, who may know of it, and help that is asked for."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from django.db.utils import DatabaseError
from django.urls import reverse

from qianshou.accounts import permissions as powers
from qianshou.audit.models import Entry
from qianshou.common import masking, rowsecurity
from qianshou.common.errors import NotAllowed, NotFound
from qianshou.mothers.actions import caring as acts
from qianshou.mothers.models import HardshipRequest, StrainPulse
from qianshou.mothers.queries import caring
from qianshou.mothers.rules import hardship, strain
from qianshou.pairing.queries import instance
from tests import make, make_mothers

pytestmark = pytest.mark.django_db
TODAY = make.TODAY


@pytest.fixture
def mother():
    return make_mothers.a_mother(capacity=3)


@pytest.fixture
def herself(mother):
    return make_mothers.herself(mother)


@pytest.fixture
def worker():
    return make.a_worker()


def ask(mother, herself, **more):
    said = {"kind": "MIND", "words": "最近睡不好", "about": None, "today": TODAY, **more}
    return acts.ask_help(mother, by=herself, **said)


# -- the pulse -----------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [1])
def test_every_version_asks_three_questions_in_every_language(version):
    asked = strain.questions(version)

    assert len(asked.questions) == 3
    for words in (*asked.questions, *asked.answers):
        assert {"zh-hans", "zh-hant", "en"} <= {*words}
    assert asked.percent([0, 0, 0]) == 0
    assert asked.percent([4, 4, 4]) == 100
    assert [asked.level(each) for each in (0, 40, 65)] == ["CALM", "SOME", "HIGH"]
    with pytest.raises(ValueError, match="one answer"):
        asked.percent([1])
    with pytest.raises(ValueError, match="offered"):
        asked.percent([1, 5, 0])


def test_pulse_is_kept_once_a_month_and_reaches_the_matching(mother, herself):
    acts.answer_pulse(mother, [4, 4, 4], by=herself, today=TODAY)

    (row,) = instance.mother_rows([mother.pk], today=TODAY)
    assert row.strain == 100
    with pytest.raises(acts.AlreadyAnswered):
        acts.answer_pulse(mother, [0, 0, 0], by=herself, today=TODAY)
    (late,) = instance.mother_rows([mother.pk], today=TODAY + timedelta(days=120))
    assert late.strain == 0


def test_pulse_leaves_no_answer_in_the_trail(mother, herself):
    acts.answer_pulse(mother, [4, 3, 4], by=herself, today=TODAY)

    (entry,) = Entry.objects.filter(act="mothers.pulse.answered")
    assert "4" not in str(entry.details)


def test_only_she_herself_answers(mother, worker):
    with pytest.raises(NotAllowed):
        acts.answer_pulse(mother, [0, 0, 0], by=worker, today=TODAY)
    with pytest.raises(acts.NotAnAnswer):
        acts.answer_pulse(mother, [0, 9, 0], by=make_mothers.herself(mother), today=TODAY)

    assert not StrainPulse.objects.exists()


def test_missed_months_are_shown_from_her_commitment_on(mother, herself, worker):
    acts.answer_pulse(mother, [1, 1, 1], by=herself, today=date(2026, 10, 3))

    fares = caring.fares_of(worker, mother, TODAY)

    assert fares.missed == [date(2026, month, 1) for month in (9, 8, 7, 6, 5)]
    assert [month for month, _level, _tone in fares.months] == [date(2026, 10, 1)]


@pytest.mark.parametrize(
    ("role", "knows"), [("fed_county", True), ("clerk", False), ("fed_town", False)]
)
def test_how_she_fares_is_for_those_who_care_for_her(client, mother, herself, role, knows):
    acts.answer_pulse(mother, [4, 4, 4], by=herself, today=TODAY)
    area = make_mothers.TOWN if role == "fed_town" else make.COUNTY
    client.force_login(make.a_user(role, area=area))

    page = client.get(
        reverse("mothers:mother", args=[mother.pk]), headers={"accept-language": "en"}
    )

    assert ("feels much strain" in page.content.decode()) is knows


def test_her_page_asks_until_she_has_answered(client, herself):
    client.force_login(herself)
    asked = client.get("/mothers/mine/").content.decode()

    answer = client.post("/mothers/mine/pulse/", {f"answer-{n}": "1" for n in range(3)})

    assert "answer-2" in asked
    assert answer.status_code == 302
    assert "answer-2" not in client.get("/mothers/mine/").content.decode()


def test_half_an_answer_is_refused_and_nothing_is_kept(client, herself):
    client.force_login(herself)

    answer = client.post("/mothers/mine/pulse/", {"answer-0": "1"})

    assert answer.status_code == 409
    assert not StrainPulse.objects.exists()


# -- help ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "days"), [("SAFETY", 1), ("MIND", 3), ("MONEY", 10)])
def test_every_kind_has_its_deadline(mother, herself, kind, days):
    assert ask(mother, herself, kind=kind).due_on == TODAY + timedelta(days=days)


def test_safety_stands_on_top_then_the_earliest_deadline(mother, herself, worker):
    for kind, back in (("MONEY", 30), ("MIND", 0), ("SAFETY", 0), ("MIND", 5)):
        ask(mother, herself, kind=kind, today=TODAY - timedelta(days=back))

    rows = caring.requests_for(worker, make.COUNTY)

    assert [row.kind for row in rows] == ["SAFETY", "MIND", "MIND", "MONEY"]
    assert rows[1].due_on < rows[2].due_on


def test_words_are_sealed_and_their_reading_is_noted(mother, herself, worker):
    asked = ask(mother, herself, words="丈夫反对我做志愿者")
    stored = HardshipRequest.objects.values_list("words", flat=True).get(pk=asked.pk)

    assert "丈夫".encode() not in bytes(stored)
    assert acts.read_help(asked, by=worker) == "丈夫反对我做志愿者"
    assert Entry.objects.filter(act="mothers.help.read", subject_id=str(asked.pk)).count() == 1


def test_a_request_goes_its_way_and_she_reads_what_came_of_it(client, mother, herself, worker):
    asked = ask(mother, herself)
    client.force_login(worker)
    url = reverse("mothers:help", args=[asked.pk])

    assert client.post(url, {"act": "take"}).status_code == 302
    assert client.post(url, {"act": "help", "outcome": ""}).status_code == 422
    assert client.post(url, {"act": "help", "outcome": "心理老师周三来"}).status_code == 302

    asked.refresh_from_db()
    assert (asked.state, asked.owner, asked.outcome) == ("HELPED", worker, "心理老师周三来")
    with pytest.raises(acts.NotInThisState):
        acts.take_help(asked, by=worker)
    client.force_login(herself)
    assert "心理老师周三来" in client.get("/mothers/mine/").content.decode()


def test_the_database_refuses_a_step_that_the_table_does_not_hold(mother, herself):
    asked = ask(mother, herself)

    with pytest.raises(DatabaseError, match="transition"), transaction.atomic():
        HardshipRequest.objects.filter(pk=asked.pk).update(
            state=hardship.HELPED, closed_at=asked.asked_at
        )


def test_nobody_ever_sees_a_request_about_herself(client, mother, herself, worker):
    other = make.a_worker()
    asked = ask(mother, herself, kind="SAFETY", about=worker)

    client.force_login(worker)
    assert client.get(reverse("mothers:help", args=[asked.pk])).status_code == 404
    assert masking.name(mother.name) not in client.get("/mothers/care/").content.decode()
    with pytest.raises(NotAllowed):
        acts.take_help(asked, by=worker)
    client.force_login(other)
    assert masking.name(mother.name) in client.get("/mothers/care/").content.decode()


def test_the_database_itself_keeps_it_from_whom_it_is_about(mother, herself, worker):
    other = make.a_worker()
    asked = ask(mother, herself, kind="SAFETY", about=worker)

    with rowsecurity.acting(powers.scope_of(worker)):
        assert not HardshipRequest.objects.filter(pk=asked.pk).exists()
        assert HardshipRequest.objects.filter(pk=asked.pk).update(about=None) == 0
    with rowsecurity.acting(powers.scope_of(other)):
        assert HardshipRequest.objects.filter(pk=asked.pk).exists()


def test_the_trail_of_the_area_does_not_betray_it(mother, herself, worker):
    ask(mother, herself, kind="SAFETY", about=worker)

    with rowsecurity.acting(powers.scope_of(worker)):
        assert not Entry.objects.filter(act="mothers.help.asked").exists()


def test_what_nobody_else_could_take_goes_to_the_city(mother, herself, worker):
    city = make.a_user("fed_city", area=make.CITY)

    asked = ask(mother, herself, kind="SAFETY", about=worker)

    assert asked.raised
    assert list(caring.requests_for(city, make.CITY)) == [asked]
    assert acts.read_help(asked, by=city) == "最近睡不好"
    assert acts.take_help(asked, by=city).owner == city


def test_staff_of_another_county_do_not_find_it(mother, herself):
    asked = ask(mother, herself)

    with pytest.raises(NotFound):
        caring.request_for(make.a_worker(area=make.OTHER_COUNTY), asked.pk)


def test_she_takes_a_request_back(client, mother, herself):
    asked = ask(mother, herself)
    client.force_login(herself)

    client.post(reverse("mothers:withdraw-help", args=[asked.pk]))

    asked.refresh_from_db()
    assert asked.state == "WITHDRAWN"
    assert client.post(reverse("mothers:withdraw-help", args=[asked.pk])).status_code == 409


def test_another_mother_can_do_nothing_with_it(client, mother, herself):
    asked = ask(mother, herself)
    client.force_login(make_mothers.herself(make_mothers.a_mother(name="王秀兰")))

    assert client.post(reverse("mothers:withdraw-help", args=[asked.pk])).status_code == 404


def test_the_worklist_names_who_carries_much_and_how_many_did_not_say(client, mother, herself):
    make_mothers.a_mother(name="王秀兰")
    acts.answer_pulse(mother, [4, 4, 3], by=herself, today=date.today())  # noqa: DTZ011
    client.force_login(make.a_worker())

    answer = client.get("/mothers/care/")

    assert answer.context["silent"] == 1
    assert [each.pk for each in answer.context["strained"]] == [mother.pk]
