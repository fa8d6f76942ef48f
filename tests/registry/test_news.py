"""A change that matters raises the right news; one that does not raises none."""

from typing import Any

import pytest

from qianshou.common import bus
from qianshou.registry.events import ChildrenInNews
from qianshou.registry.models import Child, ChildEvent, Notice
from qianshou.registry.rules import news
from tests import make_registry as make

pytestmark = pytest.mark.django_db
MATTERS = [
    ("father_status", "MIGRANT_WORK", "DEAD", "PARENT_GONE"),
    ("father_status", None, "DEAD", "PARENT_GONE"),
    ("mother_status", "HOME", "PRISON", "PARENT_GONE"),
    ("mother_status", "PRISON", "DEAD", "PARENT_GONE"),
    ("dropped_out", None, True, "DROPPED_OUT"),
    ("dropped_out", False, True, "DROPPED_OUT"),
    ("disability", None, "HEARING", "DISABILITY"),
    ("disability_level", "3", "1", "DISABILITY"),
    ("serious_illness", None, True, "ILLNESS"),
    ("health", "HEALTHY", "SERIOUS_ILL", "ILLNESS"),
    ("violence_clue", None, True, "WARNING"),
    ("self_harm", False, True, "WARNING"),
    ("area_code", "500236103205", "500236112201", "MOVED"),
    ("area_code", "500236103205", "500235001000", "MOVED"),
    ("unlisted", None, "2026-11-24", "UNLISTED"),
]
MATTERS_NOT = [
    ("father_status", "DEAD", "DEAD"),
    ("father_status", "DEAD", "PRISON"),
    ("father_status", "HOME", "MIGRANT_WORK"),
    ("mother_status", "PRISON", "HOME"),
    ("dropped_out", True, False),
    ("disability", "HEARING", None),
    ("disability", "HEARING", "VISION"),
    ("disability_level", "1", "3"),
    ("disability_level", None, "3"),
    ("violence_clue", True, None),
    ("area_code", "500236103000", "500236103205"),
    ("area_code", "500236103205", "500236000000"),
    ("area_code", "", "500236103205"),
    ("phone", "15412345678", "15412345679"),
    ("class_name", "三年级1班", "四年级1班"),
    ("name", "张雨桐", "张雨彤"),
    ("school", "一小", "二小"),
    ("categories", [], ["LEFT_BEHIND_RURAL"]),
]


@pytest.mark.parametrize(("field", "old", "new", "kind"), MATTERS)
def test_change_that_matters_is_news(field, old, new, kind):
    assert news.news_of({field: (old, new)}) == {kind: [field]}


@pytest.mark.parametrize(("field", "old", "new"), MATTERS_NOT)
def test_change_that_does_not_matter_is_no_news(field, old, new):
    assert news.news_of({field: (old, new)}) == {}


def test_every_kind_says_what_it_calls_for():
    assert set(news.CALLS) == set(Notice.Kind.values)


# -- through a delivery ---------------------------------------------------------------------------


def told(**filters: Any) -> list[tuple[str, str]]:
    return list(
        Notice.objects.filter(**filters).order_by("at", "kind").values_list("kind", "visit")
    )


@pytest.fixture
def heard(monkeypatch) -> list[tuple[Any, str]]:
    found: list[tuple[Any, str]] = []
    monkeypatch.setitem(bus._handlers, ChildrenInNews, [lambda event: found.extend(event.news)])
    return found


def test_new_child_awaits_a_mother_and_a_visit(heard):
    child = make.a_child()

    assert told() == [("NEW_CHILD", "DUE")]
    assert heard == [(child.pk, "NEW_CHILD")]


def test_death_certificate_of_another_department_is_news_at_once(heard):
    child = make.a_child()
    heard.clear()

    make.deliver([make.a_row(key="P1", father_status="DEAD")], "police")

    assert heard == [(child.pk, "PARENT_GONE")]
    assert told(kind="PARENT_GONE") == [("PARENT_GONE", "DUE")]


def test_row_that_changes_nothing_of_weight_is_silent(heard):
    make.a_child()
    heard.clear()

    make.deliver([make.a_row(father_phone="15412345670", class_name="三年级1班")])
    make.deliver([make.a_row(key="G1", school="竹园镇中心小学校", stage="PRIMARY")], "education")

    assert heard == []
    assert told() == [("NEW_CHILD", "DUE")]


def test_same_news_told_twice_asks_for_one_visit():
    child = make.a_child()
    make.deliver([make.a_row(key="P1", father_status="PRISON")], "police")
    make.deliver([make.a_row(key="P1", father_status="DEAD")], "police")

    assert told(child=child, kind="PARENT_GONE") == [("PARENT_GONE", "DUE"), ("PARENT_GONE", "")]


def test_visit_that_is_due_follows_a_child_who_moved():
    child = make.a_child()

    make.deliver([make.a_row(area_code="500236112201")])

    assert child.notices.get(kind="MOVED").area_code == "500236112201"
    assert set(child.notices.filter(visit="DUE").values_list("area_code", flat=True)) == {
        "500236112201"
    }


def test_first_load_of_a_county_is_no_news_about_single_children():
    rows = [
        make.a_row(
            key=f"K{number}", name=f"张{given}{other}", father_name=None, father_phone=None,
            birth_on=f"201{number % 9}-0{1 + number % 8}-1{number % 9}", id_number=None,
        )
        for number, (given, other) in enumerate(
            (given, other) for given in "浩宇雨桐欣怡子墨" for other in "一二三四五六七"
        )
    ]  # fmt: skip

    make.deliver(rows)

    assert len(rows) >= news.FILL_ROWS
    assert told() == []


def test_file_of_a_delivery_that_was_undone_opens_again_when_its_row_comes_back():
    event = make.deliver([make.a_row()])
    child = make.child_of(event.arrived[0][0])
    make.roll_back(event)
    assert Child.objects.get(pk=child.pk).state == "CLOSED"

    again = make.deliver([make.a_row()])

    assert make.child_of(again.arrived[0][0]) == child
    assert Child.objects.get().state == "VERIFIED"
    assert list(ChildEvent.objects.order_by("at").values_list("kind", flat=True)) == [
        "CLOSED", "REOPENED"
    ]  # fmt: skip
    assert told(kind="REOPENED") == [("REOPENED", "DUE")]


def test_another_child_does_not_open_a_closed_file():
    event = make.deliver([make.a_row()])
    make.roll_back(event)

    make.deliver([make.a_row(key="MZ2", name="李子墨", id_number=None)])

    assert not ChildEvent.objects.filter(kind="REOPENED").exists()
    assert Child.objects.count() == 2
