"""Department rows become one file per child."""

import pytest

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
