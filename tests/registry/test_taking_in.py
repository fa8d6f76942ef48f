"""Department rows become one file per child."""

from itertools import product
from typing import Any

import pytest

from qianshou.engines.linkage import engine
from qianshou.registry.models import Child, Guardian, Link
from tests import make_registry as make

pytestmark = pytest.mark.django_db


def test_two_departments_make_one_file():
    make.deliver([make.a_row()])

    event = make.deliver(
        [make.a_row(key="G1", school="竹园镇中心小学校", stage="PRIMARY")], "education"
    )

    child = Child.objects.get()
    assert child.name == "张雨桐"
    assert child.school == "竹园镇中心小学校"
    assert child.departments == ["civil_affairs", "education"]
    assert event.counts["children_new"] == 0
    assert event.counts["children_changed"] == 1
    assert Link.objects.filter(state="AUTO").count() == 2
    assert Guardian.objects.get().name == "张建国"


def children_of_one_name() -> list[dict[str, Any]]:
    """Twenty-five children whose fathers share a common name, born on different days."""
    names = product("一二三四五", "山水木火土")
    return [
        make.a_row(
            key=f"K{number}", name=f"王{one}{other}", id_number=None, father_phone=None,
            birth_on=f"20{10 + number % 9}-03-{number % 27 + 1:02}",
            area_code=f"50023610320{number % 5 + 1}",
        )
        for number, (one, other) in enumerate(names)
    ]  # fmt: skip


def test_fathers_of_one_name_in_one_township_make_no_child_another():
    make.deliver(children_of_one_name())

    assert Child.objects.on_file().count() == 25


def test_without_restraint_they_would_be_joined(monkeypatch):
    monkeypatch.setattr(engine, "restrained", lambda weights, *_, **__: weights)
    make.deliver(children_of_one_name())

    assert Child.objects.on_file().count() < 25
