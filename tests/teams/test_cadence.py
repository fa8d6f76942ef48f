"""How often a child is to be heard of: by its model and grade, by the shipped figures otherwise."""

from uuid import uuid4

import pytest

from qianshou.teams.queries import cadence
from tests import make_pairing, make_teams

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("tier", "days"), [(0, 3), (1, 7), (2, 7), (3, 15)])
def test_days_follow_the_grade_where_no_model_says_otherwise(tier, days):
    child = make_pairing.a_child(tier=tier)

    assert cadence.days_between_contacts([child.pk]) == {child.pk: days}


def test_model_of_the_child_says_it_for_its_mother():
    child, other = make_pairing.a_child(tier=0), make_pairing.a_child(tier=0)
    mother = make_teams.a_mother_slot(days={"RED": 2, "ORANGE": 4, "YELLOW": 6, "GREEN": 8})
    make_teams.a_team(child, make_teams.a_model([mother]))

    assert cadence.days_between_contacts([child.pk, other.pk]) == {child.pk: 2, other.pk: 3}


def test_child_without_a_grade_counts_as_yellow():
    unknown = uuid4()

    assert cadence.days_between_contacts([unknown]) == {unknown: 7}


@pytest.mark.parametrize("number", [1, 3])
def test_any_number_of_children_costs_three_questions(django_assert_num_queries, number):
    model = make_teams.a_model()
    children = [make_pairing.a_child() for _ in range(number)]
    for child in children:
        make_teams.a_team(child, model)

    with django_assert_num_queries(3):
        cadence.days_between_contacts([child.pk for child in children])


def test_duties_of_every_slot_are_told_with_the_days_of_the_present_grade():
    child = make_pairing.a_child(tier=1)
    make_teams.a_team(child, make_teams.a_model())

    found = cadence.duties_of([child.pk])[child.pk]

    assert [(duty.what, days) for duty, days in found["TEACHER"]] == [("TALK", 7)]
