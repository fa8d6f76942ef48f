"""A long delivery teaches a model before its portions are linked; nothing else is kept of it."""

import pytest

from qianshou.exchange.events import RowsComing
from qianshou.exchange.models import Record
from qianshou.registry import handlers
from qianshou.registry.actions import modelling
from qianshou.registry.models import BlockKey, LinkModel
from tests import make_registry as make
from tests.registry.test_live import town

pytestmark = pytest.mark.django_db
__all__ = ["town"]


@pytest.fixture(autouse=True)
def little(monkeypatch):
    """Let a few rows be enough to learn from."""
    monkeypatch.setattr(modelling, "TRAIN_FROM", 30)


def coming(town, department) -> RowsComing:
    return RowsComing(
        "CHILD", department, [row for each, row, _ in town if each == department]
    )  # fmt: skip


def arrived(town, department):
    make.deliver([row for each, row, _ in town if each == department], department)


def departments(town) -> list[str]:
    """The two that have most rows."""
    names = [each for each, _, _ in town]
    return sorted(set(names), key=names.count, reverse=True)[:2]


def test_rows_that_are_coming_teach_a_model_and_are_not_kept(town):
    first, second = departments(town)
    arrived(town, first)
    before = Record.objects.count(), BlockKey.objects.count()

    handlers.learn_from_rows(coming(town, second))

    learnt = LinkModel.objects.get()
    assert learnt.rows > len(coming(town, second).rows)
    assert modelling.current().comparisons.keys() == learnt.body["comparisons"].keys()
    assert (Record.objects.count(), BlockKey.objects.count()) == before


def test_a_first_department_teaches_nothing(town):
    handlers.learn_from_rows(coming(town, departments(town)[0]))

    assert not LinkModel.objects.exists()


def test_rows_are_not_learnt_from_twice(town):
    first, second = departments(town)
    arrived(town, first)

    handlers.learn_from_rows(coming(town, second))
    handlers.learn_from_rows(coming(town, second))

    assert LinkModel.objects.count() == 1


def test_sealed_departments_and_mothers_teach_nothing(town):
    first, second = departments(town)
    arrived(town, first)
    rows = coming(town, second).rows

    handlers.learn_from_rows(RowsComing("CHILD", "procuratorate", rows))
    handlers.learn_from_rows(RowsComing("MOTHER", second, rows))

    assert not LinkModel.objects.exists()
