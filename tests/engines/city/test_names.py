"""Names and characters: enough variety, and tables that say what they claim."""

import numpy as np
from pypinyin import Style, pinyin

from qianshou.engines.city import characters, names


def _readings(char: str) -> set[str]:
    return set(pinyin(char, style=Style.NORMAL, heteronym=True)[0])


def test_sounds_group_characters_by_a_reading_they_have():
    wrong = {char for char, sound in characters.READING.items() if sound not in _readings(char)}

    assert wrong == set()


def test_near_sounds_differ_in_sound_but_not_in_local_speech():
    for char, others in characters.NEAR_SOUND.items():
        for other in others:
            here, there = characters.READING[char], characters.READING[other]
            assert here != there
            assert characters.fold(here) == characters.fold(there)


def test_fold_joins_what_the_dialect_joins_and_nothing_else():
    assert characters.fold("nan") == characters.fold("lan")
    assert characters.fold("zhi") == characters.fold("zi")
    assert characters.fold("hua") == characters.fold("fa")
    assert characters.fold("ting") == characters.fold("tin")
    assert characters.fold("hai") != characters.fold("fai")


def test_most_characters_of_names_have_a_homophone_to_be_mistaken_for():
    pool = {
        char
        for cohort in names.COHORTS.values()
        for sex in cohort.values()
        for char in "".join(sex)
    }

    covered = {char for char in pool if char in characters.HOMOPHONES}

    assert len(covered) > 0.75 * len(pool)


def test_draw_given_is_varied_but_not_unique():
    rng = np.random.default_rng(3)

    drawn = names.draw_given(rng, np.full(20_000, 2), "children")

    assert 1_500 < len(set(drawn.tolist())) < 6_000
    assert {len(name) for name in drawn.tolist()} == {1, 2}


def test_draw_surnames_gives_the_five_commonest_three_in_ten():
    drawn = names.draw_surnames(np.random.default_rng(4), 20_000).tolist()

    share = sum(name in "王李张刘陈" for name in drawn) / len(drawn)

    assert 0.295 < share < 0.321


def test_minority_name_is_written_with_its_dot():
    rng = np.random.default_rng(5)

    for ethnicity in ("彝族", "藏族"):
        for sex in (1, 2):
            first, second = names.minority_name(rng, ethnicity, sex).split("·")
            assert first != second
