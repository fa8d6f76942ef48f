"""A portion that goes wrong holds up no other, and is not passed over in silence."""

import pytest

from qianshou.common import portions


def work_of(done, broken=()):
    def work(part):
        if set(part) & set(broken):
            raise ValueError(part)
        done.extend(part)
        return len(part)

    return work


def test_everything_is_done_once_in_its_portions():
    done = []

    assert portions.through([[1, 2], [3]], work_of(done)) == 3
    assert done == [1, 2, 3]


def test_what_goes_wrong_is_left_out_and_raised_at_the_end():
    done = []

    with pytest.raises(ValueError, match="4"):
        portions.through([[1, 2, 3], [4, 5], [6]], work_of(done, broken=[2, 4]))

    assert done == [1, 3, 5, 6]


def test_all_steps_are_taken_and_the_first_trouble_is_raised():
    taken = []

    def step(name, trouble=None):
        def go():
            taken.append(name)
            if trouble:
                raise trouble

        return go

    with pytest.raises(KeyError):
        portions.all_of(step("a", KeyError()), step("b", ValueError()), step("c"))
    portions.all_of(step("d"))

    assert taken == ["a", "b", "c", "d"]
