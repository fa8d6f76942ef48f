"""A home alone, or a name alone, makes nobody one person."""

import numpy as np
import pytest

from qianshou.engines.linkage.model import Model
from qianshou.engines.linkage.restraint import restrained
from tests.engines.linkage import people

MODEL = Model.default()
NAMES = ("name", "id_number", "birth", "household", "sex")


def weighed(**levels: str) -> float:
    """The weight that twelve bits become at these levels; the household always agrees."""
    said = {"id_number": "missing", "household": "contact_and_village", "sex": "equal"} | levels
    codes = [MODEL.comparisons[name].levels.index(said[name]) for name in NAMES]
    return float(restrained(np.array([12.0]), np.array([codes], np.int8), NAMES, model=MODEL)[0])


@pytest.mark.parametrize("birth", ["one_edit", "same_year", "else"])
@pytest.mark.parametrize("name", ["one_char", "surname", "else", "sibling"])
def test_another_name_and_another_birthday_are_a_question(name, birth):
    assert weighed(name=name, birth=birth) < MODEL.threshold_bits


@pytest.mark.parametrize("home", ["missing", "county", "else"])
@pytest.mark.parametrize("birth", ["same_year", "else"])
@pytest.mark.parametrize("name", ["exact", "sound", "part"])
def test_a_name_without_birthday_and_home_is_a_question(name, birth, home):
    assert weighed(name=name, birth=birth, household=home) < MODEL.threshold_bits


def test_a_rare_name_born_another_day_in_another_town_is_asked_about():
    name, born = "亓官阿依", "2014-05-06"
    far = people.row("b", source="school", name=name, birth_on="2014-11-23", id_number=None,
                     area_code="500236107201", guardian_phone=None, guardian_name=None)  # fmt: skip
    near = people.row("c", source="school", name=name, birth_on="2014-11-23", id_number=None)
    here = people.row("a", name=name, birth_on=born, id_number=None)

    # A town's list: few rows, and a name that stands in it once.
    town: dict[str, object] = {"population": 600}

    apart, joined = people.link(here, far, **town), people.link(here, near, **town)

    assert people.together(apart) == {frozenset("a"), frozenset("b")}
    assert apart.doubtful["reason"].to_list() == ["BAND"]
    # The negative control: the same home speaks for one child with a wrong date.
    assert people.together(joined) == {frozenset("ac")}


@pytest.mark.parametrize(
    "levels",
    [
        {"name": "exact", "birth": "else"},
        {"name": "exact", "birth": "else", "household": "township_or_guardian"},
        {"name": "exact", "birth": "one_edit", "household": "else"},
        {"name": "exact", "birth": "lunar", "household": "county"},
        {"name": "exact", "birth": "else", "household": "else", "id_number": "cut"},
        {"name": "sound", "birth": "one_edit"},
        {"name": "else", "birth": "equal"},
        {"name": "else", "birth": "else", "id_number": "equal"},
        {"name": "sibling", "birth": "one_edit", "id_number": "one_edit"},
    ],
)
def test_a_name_a_birthday_or_a_number_lets_the_weight_stand(levels):
    assert weighed(**levels) == 12.0


def test_other_tables_are_left_alone():
    levels, weights = np.zeros((3, 1), np.int8), np.array([1.0, 2.0, 3.0])

    assert restrained(weights, levels, ("surname",), model=MODEL) is weights
