"""When the next contact is due: the rule, its twin in SQL, and reading a schedule."""

import tomllib
from datetime import date, timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qianshou.common.errors import NotAllowed
from qianshou.support.actions import schedules
from qianshou.support.models import ScheduleVersion
from qianshou.support.queries import schedules as queries
from qianshou.support.rules import schedule as rules
from tests import make

TEXT = queries.SHIPPED.read_text(encoding="utf-8")
PLAN = rules.schedule_from(tomllib.loads(TEXT))
DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))


def due(held: int, last_on: date | None, active_on: date = date(2026, 1, 31)) -> date:
    return rules.next_due(PLAN.cadence, active_on=active_on, held=held, last_on=last_on)


def test_twice_in_the_first_month_then_monthly_then_quarterly():
    assert due(0, None) == date(2026, 2, 14)
    assert due(1, date(2026, 2, 10)) == date(2026, 2, 28)
    assert due(2, date(2026, 2, 28)) == date(2026, 3, 28)
    assert due(7, date(2026, 8, 31)) == date(2026, 9, 30)
    assert due(13, date(2027, 1, 30)) == date(2027, 2, 28)
    assert due(14, date(2027, 1, 31)) == date(2027, 4, 30)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(
        st.tuples(DAYS, st.integers(0, 20), st.none() | st.integers(0, 900)), max_size=60
    ),
    cadence=st.builds(
        rules.Cadence, st.integers(1, 4), st.integers(1, 30), st.integers(1, 3),
        st.integers(1, 24), st.integers(1, 12),
    ),
)  # fmt: skip
@pytest.mark.django_db
def test_python_and_sql_give_the_same_day(rows, cadence):
    told = [
        (active, held, None if after is None else active + timedelta(days=after))
        for active, held, after in rows
    ]
    sql = rules.next_due_sql(cadence, active_on="a", held="h", last_on="l")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {sql} FROM unnest(%s::date[], %s::int[], %s::date[])"
            " WITH ORDINALITY AS t(a, h, l, n) ORDER BY n",
            [list(column) for column in zip(*told, strict=True)] or [[], [], []],
        )
        found = [day for (day,) in cursor.fetchall()]

    assert found == [
        rules.next_due(cadence, active_on=active, held=held, last_on=last)
        for active, held, last in told
    ]


def test_quality_turns_what_is_said_the_other_way_round():
    items = PLAN.items_for("CHILD")
    glad = {"ci_close": 5, "ci_trust": 5, "ci_matter": 4, "ci_glad": 5, "ci_let_down": 1}

    assert rules.quality(glad, items, 3) == 4.8
    assert rules.quality(glad | {"ci_let_down": 5}, items, 3) == 4.0
    assert rules.quality({"ci_close": 5, "ci_trust": 5}, items, 3) is None
    assert rules.quality({"mi_close": 1, "ci_close": 9, "ci_trust": 2}, items, 1) == 2.0


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("first = 2", "first = 0", "first: a whole number"),
        ('side = "GUARDIAN"', 'side = "CHILD"', "nothing is asked of GUARDIAN"),
        ('code = "LAST_MEETING"', 'code = "PARTY"', "steps are missing: LAST_MEETING"),
        ("[risk]", "[perhaps]", r"\[risk\] is missing"),
        ("cool_down_days", "cool", "cool_down_days"),
        ("first = 2", "first =", "Invalid value"),
        ('code = "m_change"', 'code = "m_activities"', "code"),
    ],
)
@pytest.mark.django_db
def test_a_faulty_schedule_is_refused_where_it_is_wrong(old, new, says):
    schedules.load_schedules()

    with pytest.raises(schedules.BadSchedule, match=says):
        schedules.take_in(
            make.COUNTY, by=make.a_worker(), content=TEXT.replace(old, new).encode(), note="x"
        )
    assert ScheduleVersion.objects.count() == 1


@pytest.mark.django_db
def test_a_county_has_its_own_schedule_and_no_other_county_follows_it():
    schedules.load_schedules()
    by = make.a_worker()
    often = TEXT.replace("then_every_months = 1", "then_every_months = 2").encode()
    made = schedules.take_in(make.COUNTY, by=by, content=often, note="人手少")
    before = queries.schedule_for(make.COUNTY).cadence.then_every_months

    schedules.adopt(made, by=by, reason="试行一年")

    assert before == 1
    assert queries.schedule_for(make.COUNTY).cadence.then_every_months == 2
    assert queries.schedule_for(make.OTHER_COUNTY).cadence.then_every_months == 1
    with pytest.raises(schedules.InForceAlready):
        schedules.adopt(made, by=by, reason="再来")
    with pytest.raises(NotAllowed):
        schedules.adopt(made, by=make.a_worker(make.OTHER_COUNTY), reason="别的县")


@pytest.mark.django_db
def test_the_shipped_schedule_is_loaded_once():
    assert schedules.load_schedules().pk == schedules.load_schedules().pk
