"""The shipped scale: each indicator fires when it should and only then; more risk, never less."""

import random

import pytest

from qianshou.assessment.rules import grading
from qianshou.assessment.rules.facts import CODE, FACTS, FLAG, LIST
from qianshou.assessment.rules.grading import Confirmed
from qianshou.assessment.rules.instrument import compile_instrument
from tests import make_assessment

SCALE = compile_instrument(make_assessment.shipped())
QUIET = {
    "age": 9,
    "father_status": "HOME",
    "mother_status": "HOME",
    "guardianship": "PARENTS",
    "categories": ["POVERTY_HARDSHIP"],
    "health": "HEALTHY",
    "psych": "NORMAL",
    "needs": ["study"],
    "absent_days": 1,
    "children_in_home": 2,
    "low_income": False,
    "bullied": False,
    "violence_clue": False,
}
# indicator: facts that make it fire, facts close by that must not
TABLE = {
    "BULLIED": ({"bullied": True}, {"bullied": False}),
    "BAD_BEHAVIOUR": ({"bad_behaviour": True}, {"bad_behaviour": False}),
    "HURTS_ITSELF": ({"self_harm": True}, {"self_harm": False}),
    "PSYCH_ATTENTION": ({"psych": "ATTENTION"}, {"psych": "NORMAL"}),
    "PSYCH_SERIOUS": ({"psych": "SERIOUS"}, {"psych": "ATTENTION"}),
    "SERIOUS_ILLNESS": ({"serious_illness": True}, {"health": "CHRONIC"}),
    "DISABILITY": ({"disability": "LIMB"}, {"health": "SERIOUS_ILL"}),
    "SEVERE_DISABILITY": ({"disability_level": 2}, {"disability_level": 3}),
    "DROPPED_OUT": ({"dropped_out": True}, {"dropped_out": False}),
    "ABSENT": ({"absent_days": 10}, {"absent_days": 9}),
    "ASKS_FOR_MIND": ({"needs": ["study", "mind"]}, {"needs": ["study"]}),
    "ASKS_FOR_HABIT": ({"needs": ["habit"]}, {"needs": []}),
    "FATHER_GONE": ({"father_status": "LOST"}, {"father_status": "PRISON"}),
    "MOTHER_GONE": ({"mother_status": "DEAD"}, {"mother_status": "DIVORCED"}),
    "FATHER_HELD": ({"father_status": "PRISON"}, {"father_status": "LOST"}),
    "MOTHER_HELD": ({"mother_status": "REHAB"}, {"mother_status": "SERIOUS_ILL"}),
    "FATHER_UNABLE": ({"father_status": "SERIOUS_ILL"}, {"father_status": "MIGRANT_WORK"}),
    "MOTHER_UNABLE": ({"mother_status": "SEVERE_DISABLED"}, {"mother_status": "UNKNOWN"}),
    "DIVORCED": ({"father_status": "DIVORCED"}, {"father_status": "HOME"}),
    "BOTH_AWAY": (
        {"father_status": "MIGRANT_WORK", "mother_status": "MIGRANT_WORK"},
        {"father_status": "MIGRANT_WORK"},
    ),
    "CARED_BY_OTHERS": ({"guardianship": "ENTRUSTED"}, {"guardianship": "PATERNAL_GRANDPARENTS"}),
    "NO_GUARDIAN": ({"guardianship": "NONE"}, {"guardianship": "RELATIVES"}),
    "UNSAFE_CUSTODY": ({"categories": ["SAFETY_HARDSHIP"]}, {"categories": ["SELF_HARDSHIP"]}),
    "UNATTENDED": ({"categories": ["ORPHAN_SCATTERED"]}, {"categories": ["MIGRANT"]}),
    "PARENT_IN_PRISON": (
        {"categories": ["MIGRANT", "SPECIAL_FAMILY_PRISON"]},
        {"categories": ["SPECIAL_FAMILY_SINGLE"]},
    ),
    "VIOLENCE_AT_HOME": ({"violence_clue": True}, {"violence_clue": False}),
    "LIVES_ALONE": ({"lives_alone": True}, {"lives_alone": False}),
    "ASKS_FOR_SAFETY": ({"needs": ["safety"]}, {"needs": ["living"]}),
    "LOW_INCOME": ({"low_income": True}, {"low_income": False}),
    "SUDDEN_HARDSHIP": ({"categories": ["TEMPORARY_HARDSHIP"]}, {"categories": []}),
    "ASKS_FOR_LIVING": ({"needs": ["living"]}, {"needs": ["family"]}),
    "MANY_CHILDREN": ({"children_in_home": 4}, {"children_in_home": 3}),
}
TRIGGERS = {
    "VIOLENCE": ({"violence_clue": True}, {"bullied": True}),
    "SELF_HARM": ({"self_harm": True}, {"bad_behaviour": True}),
    "NOBODY_CARES": (
        {"guardianship": "NONE", "lives_alone": True},
        {"guardianship": "NONE", "lives_alone": False},
    ),
}


def fired(facts):
    return {each["indicator"] for each in SCALE.result(QUIET | facts).evidence}


def test_quiet_child_counts_nothing():
    result = SCALE.result(QUIET)

    assert (result.score, result.grade, result.evidence) == (0, "GREEN", [])


def test_table_covers_every_indicator_and_trigger():
    assert set(TABLE) == {each.code for each in SCALE.indicators}
    assert set(TRIGGERS) == {each.code for each in SCALE.triggers}


@pytest.mark.parametrize("code", TABLE)
def test_each_indicator_fires_when_it_should_and_only_then(code):
    yes, no = TABLE[code]

    assert code in fired(yes)
    assert code not in fired(no)
    assert code not in fired({})


@pytest.mark.parametrize("code", TRIGGERS)
def test_hard_trigger_makes_red_at_once(code):
    yes, no = TRIGGERS[code]

    result = SCALE.result(QUIET | yes)

    assert (result.triggers, result.grade) == ([code], "RED")
    assert result.score < SCALE.cuts["RED"]
    assert SCALE.result(QUIET | no).grade != "RED"


def test_small_child_whom_nobody_has_custody_of_is_red_even_if_it_does_not_live_alone():
    assert SCALE.result({"guardianship": "NONE", "age": 5}).grade == "RED"
    assert SCALE.result({"guardianship": "NONE", "age": 6}).grade != "RED"


def test_evidence_names_the_facts_that_speak():
    result = SCALE.result({"father_status": "MIGRANT_WORK", "mother_status": "MIGRANT_WORK"})

    assert result.evidence == [
        {"indicator": "BOTH_AWAY", "points": 4, "fact": "father_status,mother_status"}
    ]


@pytest.mark.parametrize("score", [14, 15, 27, 28, 59, 60])
def test_cuts_belong_to_the_more_urgent_grade(score):
    grades = {14: "GREEN", 15: "YELLOW", 27: "YELLOW", 28: "ORANGE", 59: "ORANGE", 60: "RED"}

    assert SCALE._grade(score) == grades[score]


def test_unknown_values_of_the_wrong_kind_count_nothing():
    odd = {"age": "nine", "bullied": "yes", "categories": "MIGRANT", "father_status": 3}

    assert SCALE.result(odd).score == 0


def random_facts(rng):
    facts = {"age": rng.randrange(0, 18)}
    for name, fact in FACTS.items():
        if name == "age" or rng.random() < 0.4:
            continue
        if fact.kind == FLAG:
            facts[name] = rng.random() < 0.3
        elif fact.kind == CODE:
            facts[name] = rng.choice(fact.codes)
        elif fact.kind == LIST:
            facts[name] = rng.sample(fact.codes, rng.randrange(0, 4))
        else:
            facts[name] = rng.randrange(1, 15)
    return facts


def with_one_more_risk(facts, rng):
    """The same child with one further warning; nothing that was known goes away."""
    more = dict(facts)
    name = rng.choice(
        [n for n, fact in FACTS.items() if fact.kind in (FLAG, LIST)] + ["absent_days", "psych"]
    )
    if FACTS[name].kind == FLAG:
        more[name] = True
    elif name == "absent_days":
        more[name] = facts.get(name, 0) + rng.randrange(1, 20)
    elif name == "psych":
        more[name] = {None: "ATTENTION", "NORMAL": "ATTENTION"}.get(facts.get(name), "SERIOUS")
    else:
        more[name] = [*facts.get(name, []), rng.choice(FACTS[name].codes)]
    return more


def test_further_warning_never_lowers_score_grade_or_needs():
    rng = random.Random(20261124)
    for _ in range(5_000):
        facts = random_facts(rng)
        before, after = SCALE.result(facts), SCALE.result(with_one_more_risk(facts, rng))

        assert after.score >= before.score
        assert grading.TIERS[after.grade] <= grading.TIERS[before.grade]
        assert all(new >= old for new, old in zip(after.needs, before.needs, strict=True))


def test_fact_taken_away_is_found_out_by_the_same_comparison():
    """Negative control of the property above."""
    rng = random.Random(7)
    pairs = [(facts, {"age": facts["age"]}) for facts in (random_facts(rng) for _ in range(50))]

    assert any(SCALE.result(less).score < SCALE.result(facts).score for facts, less in pairs)


def test_needs_are_levels_from_0_to_100():
    rng = random.Random(1)
    for _ in range(1_000):
        needs = SCALE.result(random_facts(rng)).needs

        assert len(needs) == 8
        assert all(0 <= need <= 100 for need in needs)


def test_first_named_need_weighs_more_than_the_second():
    first = SCALE.result(QUIET | {"needs": ["mind", "habit"]}).needs
    second = SCALE.result(QUIET | {"needs": ["habit", "mind"]}).needs

    assert first[1] > second[1]
    assert first[6] < second[6]


@pytest.mark.parametrize(
    ("computed", "score", "triggers", "said", "counts"),
    [
        ("GREEN", 3, [], None, "GREEN"),
        ("GREEN", 3, [], Confirmed("ORANGE", 30, ()), "ORANGE"),
        ("RED", 70, [], Confirmed("ORANGE", 30, ()), "RED"),
        ("RED", 70, [], Confirmed("YELLOW", 70, ()), "YELLOW"),
        ("RED", 71, [], Confirmed("YELLOW", 70, ()), "RED"),
        ("RED", 40, ["SELF_HARM"], Confirmed("YELLOW", 70, ()), "RED"),
        ("RED", 40, ["SELF_HARM"], Confirmed("ORANGE", 40, ("SELF_HARM",)), "ORANGE"),
        ("YELLOW", 20, [], Confirmed("RED", 10, ()), "RED"),
    ],
)
def test_what_a_person_said_holds_until_something_new_speaks_up(
    computed, score, triggers, said, counts
):
    assert grading.counting(computed, score=score, triggers=triggers, said=said) == counts


@pytest.mark.parametrize(
    ("computed", "score", "said", "anew"),
    [
        ("YELLOW", 35, Confirmed("GREEN", 20, (), "YELLOW", same_scale=False), False),
        ("ORANGE", 15, Confirmed("GREEN", 20, (), "YELLOW", same_scale=False), True),
        ("YELLOW", 35, Confirmed("GREEN", 20, (), "YELLOW"), True),
        ("ORANGE", 15, Confirmed("GREEN", 20, (), "YELLOW"), False),
    ],
)
def test_points_of_two_versions_are_not_compared(computed, score, said, anew):
    assert grading.speaks_anew(computed, score=score, triggers=[], confirmed=said) is anew
