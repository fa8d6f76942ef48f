"""Slips of the pen: each does what it says and leaves alone what it cannot spoil."""

from random import Random

import pytest

from qianshou.engines.city import characters, slips

NAME, NUMBER = "张雨桐", "500236201407173132"


def test_homophone_keeps_the_sound_and_changes_a_character():
    spoiled = slips.homophone(Random(2), NAME)

    assert spoiled != NAME
    assert [characters.READING[c] for c in spoiled] == [characters.READING[c] for c in NAME]


@pytest.mark.parametrize(
    ("slip", "text", "expected"),
    [
        (slips.traditional, "陈丽华", "陳麗華"),
        (slips.swapped, "张雨桐", "张桐雨"),
        (slips.doubled, "张雨桐", "张桐桐"),
        (slips.fifteen, NUMBER, "500236140717313"),
        (slips.truncated, NUMBER, "500236201407173000"),
        (slips.full_width, "12Xx", "１２Ｘｘ"),
        (slips.masked, NUMBER, "500236********3132"),
        (slips.masked, "", ""),
    ],
)
def test_slip_writes_exactly(slip, text, expected):
    assert slip(Random(1), text) == expected


def test_transposed_and_one_digit_change_the_number_but_not_its_length():
    for seed in range(30):
        for slip in (slips.transposed, slips.one_digit):
            spoiled = slip(Random(seed), NUMBER)
            assert spoiled != NUMBER
            assert len(spoiled) == 18
    assert len(slips.seventeen(Random(1), NUMBER)) == 17


def test_slip_of_name_says_which_slip_it_was():
    codes = {slips.slip_of_name(Random(seed), NAME)[0] for seed in range(200)}

    assert {"HOMOPHONE", "CHAR_DROPPED", "CHARS_SWAPPED", "PET_NAME"} <= codes


def test_slip_of_name_leaves_a_text_without_known_characters_unchanged():
    assert slips.slip_of_name(Random(1), "") == ("", "")


def test_other_dot_and_spaced_keep_the_characters():
    for seed in range(20):
        bare = slips.other_dot(Random(seed), "海来·木呷")
        assert bare.startswith("海来")
        assert bare.endswith("木呷")
        assert slips.spaced(Random(seed), "张雨").replace("\u3000", "").strip() == "张雨"
