"""The traditional calendar against dates that everybody knows."""

from datetime import date, timedelta

import pytest

from qianshou.engines.city import lunar

NEW_YEARS = (
    *((2008, 2, 7), (2009, 1, 26), (2010, 2, 14), (2011, 2, 3), (2012, 1, 23), (2013, 2, 10)),
    *((2014, 1, 31), (2015, 2, 19), (2016, 2, 8), (2017, 1, 28), (2018, 2, 16), (2019, 2, 5)),
    *((2020, 1, 25), (2021, 2, 12), (2022, 2, 1), (2023, 1, 22), (2024, 2, 10), (2025, 1, 29)),
    (2026, 2, 17),
)


@pytest.mark.parametrize("day", NEW_YEARS)
def test_lunar_date_begins_each_year_on_the_spring_festival(day):
    assert lunar.lunar_date(date(*day)) == (day[0], 1, 1)
    assert lunar.lunar_date(date(*day) - timedelta(days=1))[:2] == (day[0] - 1, 12)


@pytest.mark.parametrize("day", [(2008, 9, 14), (2013, 9, 19), (2020, 10, 1), (2025, 10, 6)])
def test_lunar_date_puts_the_autumn_festival_on_the_fifteenth_of_the_eighth(day):
    assert lunar.lunar_date(date(*day)) == (day[0], 8, 15)


def test_lunar_date_is_unknown_outside_the_table():
    assert lunar.lunar_date(date(2007, 2, 17)) is None
    assert lunar.lunar_date(date(2027, 6, 1)) is None
    assert lunar.lunar_as_solar(date(2030, 1, 1)) is None


def test_lunar_as_solar_gives_a_day_some_weeks_before_the_birth():
    assert lunar.lunar_as_solar(date(2020, 10, 1)) == date(2020, 8, 15)


def test_lunar_as_solar_refuses_days_the_solar_calendar_lacks():
    thirtieth = date(2014, 3, 30)

    assert lunar.lunar_date(thirtieth) == (2014, 2, 30)
    assert lunar.lunar_as_solar(thirtieth) is None
