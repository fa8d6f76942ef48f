"""Value lists are part of the policy: read, refused by key, and what they mean without a file."""

import tomllib

import numpy as np
import pytest

from qianshou.engines.matching.explain import explain_pair
from qianshou.engines.matching.policy import DEFAULT, BadPolicyError, load_policy, policy_from
from qianshou.engines.matching.values import (
    CLOSURES,
    POINTS,
    STANDING,
    BadValuesError,
    WordList,
    values_from,
)
from qianshou.engines.matching.writing import policy_text
from tests.engines.matching import make

TABLES = ("words", "qualifications", "earlier", "points")


def body(**tables):
    return tomllib.loads(DEFAULT.read_text(encoding="utf-8")) | tables


def test_policy_without_lists_means_what_it_always_meant():
    old = {name: table for name, table in body().items() if name not in TABLES}

    assert policy_from(old, digest="").values == STANDING
    assert load_policy().values == STANDING
    assert not any(f"[{name}" in policy_text(old) for name in TABLES)


def test_lists_are_written_as_they_were_read():
    given = body(
        words={"languages": {"same": [["chongqing", "sichuan"]], "ignored": ["putonghua"]}},
        qualifications={"justice": {"axis": "habit", "level": 70, "when": {"psych": ["SERIOUS"]}}},
    )

    assert tomllib.loads(policy_text(given)) == given
    assert policy_from(given, digest="").values != STANDING


def test_words_of_one_kind_are_one_word_and_ignored_ones_none():
    words = WordList((("chongqing", "sichuan"),), frozenset({"putonghua"}))

    assert words.meant(["sichuan", "putonghua", "yi"]) == ["chongqing", "yi"]
    assert WordList().meant(["sichuan", "putonghua"]) == ["sichuan", "putonghua"]


@pytest.mark.parametrize(
    ("facts", "needed"),
    [
        ({}, 0),
        ({"self_harm": True}, 1),
        ({"self_harm": False, "psych": "ATTENTION"}, 0),
        ({"psych": "SERIOUS"}, 1),
        ({"disability_level": 2}, 2),
        ({"disability_level": 2.0, "card_state": "VALID"}, 2),
        ({"disability_level": 3}, 0),
        ({"disability_level": 1, "card_state": "FROZEN"}, 0),
    ],
)
def test_standing_lists_say_who_needs_a_qualification(facts, needed):
    assert STANDING.needed(facts) == needed


def test_standing_lists_say_who_has_a_qualification():
    assert STANDING.had([0, 60, 60]) == 3
    assert STANDING.had([0, 59]) == 0


def test_third_qualification_is_asked_once_a_policy_lists_it():
    justice = {"axis": "habit", "level": 70, "when": {"bad_behaviour": [True]}}
    values = values_from({"qualifications": {"justice": justice}})

    assert values.needed({"bad_behaviour": True, "self_harm": True}) == 4
    assert values.had([0, 0, 0, 0, 0, 0, 70]) == 4


EVERY = list(CLOSURES)
WORTH = dict(STANDING.points)


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"words": {"dialects": {}}}, "words.dialects is not known; give one of languages"),
        ({"words": {"times": {"same": "a"}}}, "words.times.same is 'a'; give lists of words"),
        ({"words": {"times": {"same": [["a"], ["a"]]}}}, "words.times.same: .*name each word once"),
        ({"words": {"times": {"ignored": [1]}}}, "words.times.ignored is .1.; give a list of"),
        ({"words": []}, "words is ..; give a table"),
        (
            {"qualifications": {"trauma": {"axis": "soul", "level": 60}}},
            "qualifications.trauma.axis is 'soul'; give one of study",
        ),
        (
            {"qualifications": {"trauma": {"axis": "mind", "level": 101}}},
            "qualifications.trauma.level is 101; give a whole number from 1 to 100",
        ),
        (
            {"qualifications": {"trauma": {"axis": "mind", "level": 1, "when": {"psych": []}}}},
            "qualifications.trauma.when.psych is ..; give a list",
        ),
        (
            {"qualifications": {"trauma": {"axis": "mind", "level": 1, "when": {"shoe": [1]}}}},
            "qualifications.trauma.when.shoe is not known; give one of self_harm",
        ),
        ({"earlier": {"barred": EVERY, "kept": ["X"]}}, "earlier.kept names .'X'.; give NO_BOND"),
        ({"earlier": {"barred": ["UNWANTED"], "kept": []}}, "earlier.barred lacks .'HARM'."),
        ({"points": {**WORTH, "dialect": 700}}, "points.dialect and points.ethnicity are 700"),
        ({"points": {"unknown": 500}}, "points.dialect is None; give a whole number from 0"),
    ],
)
def test_bad_lists_are_refused_by_key(tables, message):
    with pytest.raises(BadValuesError, match=message):
        values_from(tables)
    with pytest.raises(BadPolicyError, match=f"county.toml: {message}"):
        policy_from(body(**tables), digest="", source="county.toml")


def test_points_of_the_policy_are_those_of_the_score():
    points = dict.fromkeys(POINTS, 0) | {"unknown": 123, "ethnicity": 77, "shared_interest": 50}
    policy = policy_from(body(points=points), digest="")
    kid = make.some_children(1, free_times=np.zeros(1), needs=np.zeros((1, 8)), interests=[3])
    mum = make.some_mothers(1, interests=[3], dislikes=kid.dislikes * 0)

    found = explain_pair(kid, mum, policy, child=0, mother=0)
    said = {part.name: part.points for part in found.parts}

    assert (said["time"], said["skills"]) == (123, 123)
    assert (said["kinship"], said["interests"], said["stability"]) == (77, 100, 0)
