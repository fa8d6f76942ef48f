"""Checklists as data, periods of the calendar, and what is owed when."""

import tomllib
from datetime import date
from itertools import pairwise

import pytest

from qianshou.plans.queries import sets
from qianshou.plans.rules import calendar, checklist, slots

TERMS = checklist.USUAL_TERMS


def shipped(name="care_6p1"):
    return tomllib.loads((sets.DATA / f"{name}.toml").read_text(encoding="utf-8"))


def owed(code, *, since, begin, until, birth_on=date(2016, 2, 29), name="care_6p1"):
    found = slots.slots_between(
        checklist.checklist_from(shipped(name)), since=since, begin=begin, until=until,
        calendar=sets.calendar(), birth_on=birth_on,
    )  # fmt: skip
    return [(each.part, each.key, each.needed) for each in found if each.item == code]


@pytest.mark.parametrize("file", sets.shipped(), ids=lambda each: each.stem)
def test_every_shipped_checklist_is_good_and_named_in_three_languages(file):
    found = checklist.checklist_from(tomllib.loads(file.read_text(encoding="utf-8")))

    named = [found.name, *(each.name for each in found.items)]
    assert all(set(each) == set(checklist.LANGUAGES) for each in named)


def test_the_default_has_six_items_and_the_child_s_own():
    items = checklist.checklist_from(shipped()).items

    assert len(items) == 7
    assert [each.code for each in items if each.personal] == ["personal_goal"]


def wrong(**fields):
    body = shipped()
    body["item"][0] |= fields
    with pytest.raises(checklist.BadChecklistError) as caught:
        checklist.checklist_from(body)
    return [(each.place, each.field) for each in caught.value.problems]


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"code": "Weekly!"}, ["code"]),
        ({"code": "monthly_meeting"}, ["code"]),
        ({"name": {"en": "only English"}}, ["name"]),
        ({"cadence": "HOURLY"}, ["cadence"]),
        ({"minimum": 0}, ["minimum"]),
        ({"minimum": True}, ["minimum"]),
        ({"maximum": 61}, ["maximum"]),
        ({"minimum": 5, "maximum": 2}, ["maximum"]),
        ({"evidence": "RUMOUR"}, ["evidence", "counts"]),
        ({"owner": "ROBOT"}, ["owner"]),
        ({"may_tick": []}, ["may_tick"]),
        ({"may_tick": ["GUARDIAN"]}, ["may_tick"]),
        ({"counts": ["DREAM"]}, ["counts"]),
        ({"occasions": ["BIRTHDAY"]}, ["occasions"]),
        ({"cadence": "OCCASION"}, ["occasions"]),
        ({"occasions": ["DOOMSDAY"]}, ["occasions"]),
        ({"part": [{"code": "one", "name": {"zh": "一"}}]}, ["part"]),
        ({"part": ["x"]}, ["part"]),
        ({"points": -1}, ["points"]),
        ({"counts": "CALL"}, ["counts"]),
    ],
)
def test_what_is_wrong_is_told_by_item_and_field(fields, where):
    told = wrong(**fields)

    assert [field for _place, field in told] == where
    # A second item of the same code is the one that is told.
    assert {place for place, _field in told} <= {0, 1}


def test_all_that_is_wrong_with_a_list_is_told_at_once():
    with pytest.raises(checklist.BadChecklistError) as caught:
        checklist.checklist_from(
            {"item": [5, {}], "remind": "HOURLY", "terms": {"autumn": ["September", "x"]}}
        )

    fields = {(each.place, each.field) for each in caught.value.problems}
    assert {(None, "code"), (None, "name"), (None, "remind"), (None, "autumn")} <= fields
    assert {(0, "code"), (1, "minimum"), (1, "cadence")} <= fields


@pytest.mark.parametrize("rows", [[], None, [{}] * 31])
def test_a_checklist_has_between_one_and_thirty_items(rows):
    with pytest.raises(checklist.BadChecklistError) as caught:
        checklist.checklist_from({**shipped(), "item": rows})

    assert (None, "item") in {(each.place, each.field) for each in caught.value.problems}


@pytest.mark.parametrize(
    ("cadence", "day", "key", "first", "last"),
    [
        ("WEEK", date(2027, 1, 1), "2026-W53", date(2026, 12, 28), date(2027, 1, 3)),
        ("HALF_MONTH", date(2026, 2, 15), "2026-02-1", date(2026, 2, 1), date(2026, 2, 15)),
        ("HALF_MONTH", date(2028, 2, 29), "2028-02-2", date(2028, 2, 16), date(2028, 2, 29)),
        ("MONTH", date(2026, 12, 31), "2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        ("QUARTER", date(2026, 11, 24), "2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("HALF_YEAR", date(2026, 6, 30), "2026-H1", date(2026, 1, 1), date(2026, 6, 30)),
        ("YEAR", date(2026, 6, 30), "2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("TERM", date(2027, 1, 31), "2026-AUTUMN", date(2026, 9, 1), date(2027, 1, 31)),
        ("TERM", date(2027, 2, 1), "2027-SPRING", date(2027, 2, 1), date(2027, 7, 31)),
    ],
)
def test_a_day_lies_in_its_period(cadence, day, key, first, last):
    assert calendar.period_at(cadence, day, TERMS) == calendar.Period(key, first, last)


def test_august_lies_in_no_term_and_belongs_to_the_one_that_ended():
    august = date(2026, 8, 10)

    assert calendar.period_at("TERM", august, TERMS) is None
    assert calendar.term_around(august, TERMS).key == "2026-SPRING"
    found = calendar.periods_between("TERM", august, date(2027, 2, 1), terms=TERMS)
    assert [each.key for each in found] == ["2026-AUTUMN", "2027-SPRING"]


def test_periods_follow_each_other_without_a_gap():
    for cadence in ("WEEK", "HALF_MONTH", "MONTH", "QUARTER", "HALF_YEAR", "YEAR"):
        found = list(
            calendar.periods_between(cadence, date(2024, 1, 1), date(2028, 12, 31), terms=TERMS)
        )
        for one, other in pairwise(found):
            assert other.first_on - one.last_on == calendar.ONE_DAY
        assert len({each.key for each in found}) == len(found)


def test_a_period_that_had_begun_is_owed_if_half_of_it_was_left():
    late_in_november = {"since": date(2026, 11, 20), "begin": date(2026, 11, 20)}

    months = owed("monthly_meeting", **late_in_november, until=date(2026, 12, 31))
    books = owed("reading_study", **late_in_november, until=date(2026, 12, 31))

    assert months == [("", "2026-11", 0), ("", "2026-12", 1)]
    assert books == [("", "2026-AUTUMN", 0)]
    earlier = owed("reading_study", since=date(2026, 11, 10), begin=date(2026, 11, 10),
                   until=date(2026, 11, 20))  # fmt: skip
    assert earlier == [("", "2026-AUTUMN", 1)]


def test_occasions_come_on_their_days_and_a_leap_child_has_a_birthday_every_year():
    found = owed("birthday_festival", since=date(2026, 9, 1), begin=date(2027, 1, 1),
                 until=date(2027, 6, 30))  # fmt: skip

    assert found == [
        ("BIRTHDAY", "2027", 1), ("SPRING_FESTIVAL", "2027", 1), ("CHILDRENS_DAY", "2027", 1),
        ("TERM_START", "2027-SPRING", 1),
    ]  # fmt: skip
    assert calendar.birthday_in(date(2016, 2, 29), 2027) == date(2027, 2, 28)


def test_a_year_without_the_day_of_a_festival_asks_for_nothing_and_says_so():
    beyond = {"since": date(2040, 1, 1), "begin": date(2041, 1, 1), "until": date(2041, 3, 31)}

    found = owed("birthday_festival", **beyond, birth_on=None)

    assert [part for part, _key, _needed in found] == ["TERM_START"]
    told = sets.unknown_festivals(checklist.checklist_from(shipped()), 2041)
    assert len(told) == 1
    assert sets.unknown_festivals(checklist.checklist_from(shipped()), 2027) == []


@pytest.mark.parametrize(
    ("needed", "done", "day", "state"),
    [
        (1, 0, date(2026, 11, 24), "DUE"),
        (1, 1, date(2026, 11, 24), "DONE"),
        (1, 0, date(2026, 12, 1), "LATE"),
        (1, 0, date(2026, 10, 31), "SOON"),
        (0, 0, date(2026, 11, 24), "FREE"),
        (0, 1, date(2026, 11, 24), "DONE"),
    ],
)
def test_how_a_slot_stands(needed, done, day, state):
    slot = slots.Slot(
        "x", "", "2026-11", date(2026, 11, 1), date(2026, 11, 30), needed, date(2026, 12, 30)
    )

    assert slots.state_of(slot, done, day) == state
