"""A home alone makes nobody one person."""

import numpy as np
import pytest

from qianshou.engines.linkage.model import Model
from qianshou.engines.linkage.restraint import restrained

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


@pytest.mark.parametrize(
    "levels",
    [
        {"name": "exact", "birth": "else"},
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
