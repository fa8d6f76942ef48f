"""The gates between a mother and her first child, in the rule and in the database alike."""

import random
from datetime import date, timedelta

import pytest
from django.utils import timezone

from qianshou.common.identity import new_ids
from qianshou.mothers.actions import intake
from qianshou.mothers.models import Mother
from qianshou.mothers.rules import gates
from tests import make, make_mothers

TODAY = make.TODAY
LEAP = date(2028, 2, 29)


def codes(mother, day=TODAY):
    return [gate.code for gate in gates.gate(mother, day)]


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({}, []),
        ({"state": "APPLIED"}, ["APPROVED"]),
        ({"state": "PAUSED"}, ["APPROVED"]),
        ({"state": "LEFT"}, ["APPROVED"]),
        ({"screening": "PENDING"}, ["SCREENED"]),
        ({"screening": "HIT"}, ["SCREENED"]),
        ({"screened_on": None}, ["SCREENING_FRESH"]),
        ({"screened_on": date(2025, 11, 23)}, ["SCREENING_FRESH"]),
        ({"screened_on": date(2025, 11, 24)}, []),
        ({"screened_on": date(2026, 11, 25)}, ["SCREENING_FRESH"]),
        ({"training_hours": 5.5}, ["TRAINED"]),
        ({"training_hours": 6.0}, []),
        ({"trained_on": None}, ["TRAINED"]),
        ({"trained_on": date(2026, 11, 25)}, ["TRAINED"]),
        ({"committed_on": None}, ["COMMITTED"]),
        ({"committed_on": date(2026, 11, 25)}, ["COMMITTED"]),
        ({"reporting_signed": False}, ["REPORTING"]),
        ({"confidentiality_signed": False}, ["CONFIDENTIAL"]),
        ({"year_signed": False}, ["ONE_YEAR"]),
        (
            {"state": "PAUSED", "screening": "PENDING", "screened_on": None},
            ["APPROVED", "SCREENED", "SCREENING_FRESH"],
        ),
    ],
)
def test_gate_names_each_missing_item(db, fields, missing):
    mother = make_mothers.a_mother(**fields)

    assert codes(mother) == missing
    assert Mother.objects.ready_on(TODAY).exists() == (not missing)


@pytest.mark.parametrize(
    ("screened_on", "day", "fresh"),
    [
        (date(2028, 2, 29), date(2029, 2, 28), True),
        (date(2028, 2, 29), date(2029, 3, 1), False),
        (date(2027, 2, 28), LEAP, True),
        (date(2027, 2, 27), LEAP, False),
        (date(2027, 2, 28), date(2028, 3, 1), False),
        (date(2025, 12, 31), date(2026, 12, 31), True),
    ],
)
def test_screening_holds_until_the_same_day_of_the_next_year(db, screened_on, day, fresh):
    mother = make_mothers.a_mother(screened_on=screened_on)

    assert ("SCREENING_FRESH" not in codes(mother, day)) is fresh
    assert Mother.objects.ready_on(day).exists() is fresh


def test_screening_until_is_the_last_day_on_which_the_gate_opens():
    for offset in range(0, 1500, 7):
        screened_on = date(2026, 1, 1) + timedelta(days=offset)
        last = gates.screening_until(screened_on)

        assert gates.oldest_screening(last) <= screened_on
        assert gates.oldest_screening(last + timedelta(days=2)) > screened_on


def test_steps_say_when_and_until_when():
    mother = Mother(screened_on=date(2026, 5, 1), trained_on=date(2026, 2, 1), screening="CLEAR")

    steps = {step.gate.code: step for step in gates.steps(mother, TODAY)}

    assert steps["SCREENING_FRESH"].passed
    assert steps["SCREENING_FRESH"].until == date(2027, 5, 1)
    assert not steps["TRAINED"].passed
    assert steps["TRAINED"].on == date(2026, 2, 1)


def random_mothers(number, day):
    """Mothers whose values lie close to every threshold, many of them empty."""
    rng, now = random.Random(20261124), timezone.now()
    near = [
        None,
        *(day + timedelta(days=days) for days in (-800, -367, -366, -365, -364, -1, 0, 1)),
    ]
    fields = {name: [] for name in intake.JSON_FIELDS - {"settled"}}
    for each in new_ids(number):
        yield (
            intake.FRESH
            | fields
            | {
                "id": each,
                "settled": {},
                "area_code": make.COUNTY,
                "record_id": None,
                "created_at": now,
                "updated_at": now,
                "state": rng.choice(["ACTIVE", "ACTIVE", "ACTIVE", "APPLIED", "PAUSED", "LEFT"]),
                "screening": rng.choice(["CLEAR", "CLEAR", "CLEAR", "PENDING", "HIT"]),
                "screened_on": rng.choice(near),
                "training_hours": rng.choice([0.0, 5.9, 6.0, 12.0]),
                "trained_on": rng.choice(near),
                "committed_on": rng.choice(near),
                "reporting_signed": rng.random() < 0.9,
                "confidentiality_signed": rng.random() < 0.9,
                "year_signed": rng.random() < 0.9,
            }
        )


@pytest.mark.parametrize("day", [TODAY, LEAP])
def test_database_and_rule_agree_on_ten_thousand_mothers(db, day):
    intake.store(random_mothers(10_000, day))

    mothers = list(Mother.objects.all())
    ready = set(Mother.objects.ready_on(day).values_list("pk", flat=True))

    assert len(mothers) == 10_000
    assert ready == {each.pk for each in mothers if not gates.gate(each, day)}
    assert 0 < len(ready) < 10_000
    for code in gates.GATES:
        held_up = set(Mother.objects.held_up_on(day, code).values_list("pk", flat=True))
        assert held_up == {each.pk for each in mothers if code in codes(each, day)}


def test_agreement_is_not_empty_talk_a_slack_rule_is_found_out(db):
    """Negative control: a rule that forgets one day disagrees with the database."""
    intake.store(random_mothers(2_000, TODAY))

    ready = set(Mother.objects.ready_on(TODAY).values_list("pk", flat=True))
    slack = {each.pk for each in Mother.objects.all() if not gates.gate(each, TODAY - timedelta(1))}

    assert ready != slack


@pytest.mark.parametrize("today", [date(2026, 11, 23), date(2028, 2, 10), date(2027, 1, 31)])
def test_expires_soon_is_what_holds_today_and_no_longer_after_the_notice(today):
    soon = set()
    for back in range(-5, 400):
        on = today - timedelta(days=back)
        until = gates.screening_until(on)
        expected = on <= today <= until < today + gates.SCREENING_NOTICE
        assert gates.expires_soon(on, today) is expected, on
        soon |= {on} if expected else set()

    assert len(soon) in range(29, 33)
    assert gates.expires_soon(None, today) is False


def test_hours_of_training_are_what_the_site_asks_for(db, monkeypatch):
    mother = make_mothers.a_mother(training_hours=8)
    assert codes(mother) == []

    monkeypatch.setattr(gates.REQUIRED, "training_hours", 12.0)

    assert codes(mother) == ["TRAINED"]
    assert not Mother.objects.ready_on(TODAY).exists()
