"""The home of an installation that holds nothing yet: what to do first, for each who can do it."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from qianshou.common import rowsecurity
from qianshou.web.queries import figures, starting
from tests import make, make_assessment, make_mothers

TODAY = date(2026, 11, 27)


def firsts(user: Any, area: str) -> list[str]:
    with rowsecurity.acting(rowsecurity.SYSTEM), translation.override("en"):
        counted = figures.figures_for(user, area, TODAY)
        start = starting.start_for(user, area, figures=counted, today=TODAY)
    return [step.title for step in start.steps]


@pytest.mark.parametrize(
    ("role", "area", "steps"),
    [
        ("fed_city", make.CITY, ["Connect a department"]),
        ("fed_county", make.COUNTY,
         ["Deliver the list of a department", "Take in the women who want to help"]),
        ("clerk", make.COUNTY,
         ["Deliver the list of a department", "Take in the women who want to help"]),
        ("fed_village", make.COUNTY, []),
        ("grid", make.COUNTY, []),
        ("evaluator", make.COUNTY, []),
    ],
)  # fmt: skip
def test_a_bare_area_tells_each_what_she_can_begin_with(db, role, area, steps):
    assert firsts(make.a_user(role, area=area), area) == steps


def test_every_first_step_can_be_opened(db, client):
    for role, area in (("fed_city", make.CITY), ("fed_county", make.COUNTY), ("clerk", make.COUNTY),
                       ("sys_admin", make.CITY), ("sec_admin", make.CITY)):  # fmt: skip
        client.force_login(make.a_user(role, area=area))
        start = client.get(reverse("web:home")).context["start"]
        for step in start.steps:
            assert client.get(step.url).status_code == 200, step


def test_who_cannot_begin_is_told_who_does(db, client):
    client.force_login(make.a_user("grid", area=make.COUNTY))
    page = client.get(reverse("web:home"), headers={"accept-language": "en"}).content.decode()

    assert "Nothing is on file here yet" in page
    assert "All done" not in page
    assert "in figures" not in page


def test_administrators_begin_with_accounts_until_somebody_else_has_a_role(db):
    opens = make.a_user("sys_admin", area=make.CITY)
    gives = make.a_user("sec_admin", area=make.CITY)
    assert firsts(opens, make.CITY) == ["Open accounts for the offices"]
    assert firsts(gives, make.CITY) == ["Give the first roles"]
    assert firsts(make.a_user("auditor", area=make.CITY), make.CITY) == []

    make.a_user("fed_city", area=make.CITY)

    assert firsts(opens, make.CITY) == firsts(gives, make.CITY) == []


def test_the_steps_follow_what_is_on_file(db):
    worker = make.a_worker()
    make_assessment.a_child()
    assert firsts(worker, make.COUNTY) == ["Take in the women who want to help"]

    make_mothers.a_mother()

    assert firsts(worker, make.COUNTY) == ["Match for the first time"]


def test_an_area_in_full_operation_is_told_nothing_and_asks_nothing(db, django_assert_num_queries):
    worker = make.a_worker()
    full = figures.Figures(children=1, mothers_ready=1, pairings=1, left_over=0)
    assert worker.pk

    with django_assert_num_queries(0):
        assert starting.start_for(worker, make.COUNTY, figures=full, today=TODAY).steps == []
