"""Numbers of invented people: valid, plausible, and nobody's."""

import re

import numpy as np
import pytest

from qianshou.engines.city import numbers


def test_check_character_agrees_with_the_example_of_the_standard():
    assert numbers.check_character("11010519491231002") == "X"


def test_is_valid_id_refuses_each_changed_digit():
    number = "11010519491231002X"

    changed = [number[:i] + str((int(number[i]) + 1) % 10) + number[i + 1 :] for i in range(17)]

    assert numbers.is_valid_id(number)
    assert not any(numbers.is_valid_id(other) for other in changed)


@pytest.mark.parametrize(
    "text", ["", "1101051949123100", "１１０１０５19491231002X", "ABCDEFGHIJKLMNOPQR"]
)
def test_is_valid_id_refuses_what_is_no_number(text):
    assert not numbers.is_valid_id(text)


def test_with_checks_agrees_with_one_at_a_time():
    stems = ["11010519491231002", "50023620140717313"]

    assert numbers.with_checks(stems) == [s + numbers.check_character(s) for s in stems]
    assert numbers.with_checks([]) == []


def test_resident_ids_differ_even_when_everything_else_is_equal():
    count = 400
    born, sex = np.full(count, 16_000), np.full(count, 2)

    ids = numbers.resident_ids(
        ["500236"] * count, born, sex=sex, sequence=np.zeros(count, dtype=np.int64)
    )

    assert len(set(ids)) == count
    assert all(numbers.is_valid_id(number) for number in ids)
    assert {int(number[16]) % 2 for number in ids} == {0}


def test_phones_look_right_but_have_prefixes_that_nobody_was_given():
    drawn = numbers.phones(np.random.default_rng(1), 500)

    assert all(re.fullmatch(r"1[3-9]\d{9}", phone) for phone in drawn)
    assert {phone[:3] for phone in drawn} <= set(numbers.UNASSIGNED_PREFIXES)
