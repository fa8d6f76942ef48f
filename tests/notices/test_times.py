"""Days off and quiet hours: what moves off a holiday, what waits, and what never does."""

import tomllib
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from qianshou.notices import actions, queries
from qianshou.notices.models import Timetable
from qianshou.notices.rules import calendar
from tests import make

PAGE = "/messages/calendar/"
SHIPPED = sorted(actions.SHIPPED.glob("calendar-*.toml"))


def year_of(number):
    (file,) = [each for each in SHIPPED if str(number) in each.name]
    return calendar.year_from(tomllib.loads(file.read_text(encoding="utf-8")))


def test_four_years_are_shipped_with_their_source_and_standing():
    years = [year_of(number) for number in (2024, 2025, 2026, 2027)]

    assert [each.is_announced for each in years] == [True, True, True, False]
    assert all(each.source and each.vacations for each in years)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-02-14", True), ("2026-02-15", False), ("2026-02-23", False), ("2026-02-28", True),
        ("2026-10-05", False), ("2026-10-10", True), ("2026-11-28", False), ("2026-11-30", True),
        ("2031-01-01", True), ("2031-01-04", False),
    ],
)  # fmt: skip
def test_a_day_is_worked_or_not_also_in_a_year_that_nobody_described(day, works):
    assert calendar.Calendar({2026: year_of(2026)}).is_working(date.fromisoformat(day)) == works


def test_what_staff_do_moves_behind_the_longest_holiday():
    known = calendar.Calendar({2026: year_of(2026)})

    assert known.working_day(date(2026, 2, 15)) == date(2026, 2, 24)
    assert known.first_of_week(date(2026, 10, 10)) == date(2026, 10, 8)
    assert dict(known.moved(date(2026, 9, 25), date(2026, 10, 1)))[date(2026, 9, 26)] == date(
        2026, 9, 28
    )
    assert known.unknown(date(2026, 1, 1), date(2028, 1, 1)) == [2028]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ('standing = "x"', "standing: one of announced, assumed is needed"),
        ('[[off]]\nname = "春节"\nday = 2027-01-01', "a day of 2026 such as 2026-05-01 is needed"),
        ('[[off]]\nname = "倒"\nfrom = 2026-03-02\nto = 2026-03-01', "is before 2026-03-02"),
        ('[[work]]\nname = "重"\nday = 2026-01-01', "stands under off and under work"),
        ("[[off]]\nday = 2026-03-01", "name needs words"),
    ],
)
def test_a_year_that_cannot_be_says_where(change, says):
    head = 'year = 2026\nsource = "试"\n'
    if "standing" not in change:
        head += 'standing = "assumed"\n'
    text = f'{head}{change}\n[[off]]\nname = "元旦"\nday = 2026-01-01\n'

    with pytest.raises(calendar.BadCalendarError, match=says):
        calendar.year_from(tomllib.loads(text))


def test_a_year_is_written_as_it_is_read():
    for number in (2024, 2027):
        assert calendar.year_from(tomllib.loads(calendar.written(year_of(number)))) == year_of(
            number
        )


@pytest.mark.django_db
def test_a_county_enters_its_own_days_and_takes_them_away_again():
    actions.load_timetables()
    client = Client(headers={"accept-language": "en"})
    client.force_login(make.a_worker())
    given = {
        "act": "add",
        "kind": "off",
        "name": "三月三",
        "first": "2026-04-19",
        "note": "民族节日",
    }

    client.post(f"{PAGE}set/?year=2026", given)
    bad = client.post(f"{PAGE}set/?year=2026", {**given, "first": "2027-04-19"})

    day = date(2026, 4, 19)
    assert queries.calendar_for(make.COUNTY).name_of(day) == "三月三"
    assert queries.calendar_for(make.OTHER_COUNTY).name_of(day) == ""
    assert bad.status_code == 422
    assert "a day of 2026 such as 2026-05-01 is needed" in bad.content.decode()

    client.post(
        f"{PAGE}set/?year=2026",
        {"act": "remove", "kind": "off", "first": "2026-04-19", "note": "取消"},
    )
    assert queries.calendar_for(make.COUNTY).name_of(day) == ""
    assert Timetable.objects.filter(area_code=make.COUNTY).count() == 2


@pytest.mark.django_db
def test_an_unknown_year_is_shown_as_such_and_can_be_entered():
    client = Client(headers={"accept-language": "en"})
    client.force_login(make.a_worker())
    assert "only weekends count as days off" in client.get(f"{PAGE}?year=2031").content.decode()

    client.post(
        f"{PAGE}set/?year=2031",
        {"act": "standing", "standing": "announced", "source": "国办通知", "note": "公布了"},
    )

    assert queries.unknown_years(make.COUNTY, [date(2031, 1, 1)]) == []


NIGHT = datetime(2026, 11, 24, 23, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def a_message(to, **fields):
    return actions.send(
        actions.Message(
            kind="test.said", to_kind="USER", to_id=to.pk, area_code=make.COUNTY, subject="A",
            text="B", address="13800000000", **fields,
        ),
        once=f"test/{to.pk}/{len(fields)}",
    )  # fmt: skip


@pytest.mark.django_db
def test_the_hours_of_a_person_hold_when_it_is_sent_and_urgent_goes_out(settings, monkeypatch):
    settings.NOTICE_CHANNEL, settings.QUIET_HOURS = "outbox", (0, 0)
    user = make.a_worker()
    monkeypatch.setattr("django.utils.timezone.localtime", lambda *_given: NIGHT)
    monkeypatch.setattr("django.utils.timezone.now", lambda: NIGHT + timedelta(minutes=1))
    calm, urgent = a_message(user), a_message(user, urgent=True)
    assert calm.not_before == NIGHT
    # Only after it was written does she ask to be left alone at night.
    actions.keep_quiet(user, begins=22, ends=6)
    sent = []

    class Way:
        def send(self, _address, _words, *, key):
            sent.append(key)

    actions.deliver_due(Way())

    assert sent == [str(urgent.pk)]
    calm.refresh_from_db()
    assert calm.not_before.astimezone(NIGHT.tzinfo).hour == 6


@pytest.mark.django_db
def test_quiet_hours_are_set_on_the_page_of_messages():
    user, client = make.a_worker(), Client(headers={"accept-language": "en"})
    client.force_login(user)

    client.post("/messages/quiet/", {"begins": 23, "ends": 5})
    client.post("/messages/quiet/", {"begins": 77, "ends": 5})

    assert queries.quiet_hours_of(user.pk) == (23, 5)
