"""Instruments as data: what is refused, and in which words."""

import pytest

from qianshou.assessment.rules import instrument
from qianshou.assessment.rules.conditions import Bits, Malformed, compiled
from qianshou.assessment.rules.facts import AXES, FACTS
from qianshou.assessment.rules.instrument import GROUPS, compile_instrument
from tests import make_assessment
from tests.make_assessment import WORDS

FIRST = "indicators[0] BULLIED"
PARENT = ", ".join(FACTS["father_status"].codes)
IS_BULLIED = {"field": "bullied", "op": "is", "value": True}


def bad(change):
    body = make_assessment.shipped()
    change(body)
    with pytest.raises(Malformed) as refusal:
        compile_instrument(body)
    return str(refusal.value)


def test_shipped_instrument_is_well_formed():
    compiled = compile_instrument(make_assessment.shipped())

    assert (compiled.code, compiled.version) == ("risk-and-needs", 1)
    assert {each.group for each in compiled.indicators} == {"child", "guardianship", "environment"}
    assert len(compiled.needs) == 8


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda b: b.pop("cuts"), "The instrument lacks cuts."),
        (lambda b: b.update(colour=1), "The instrument has unknown parts: colour."),
        (lambda b: b.update(code=""), "code: a short name in Latin letters is needed."),
        (lambda b: b.update(version="1"), "version: a whole number from 1 is needed, not '1'."),
        (lambda b: b["name"].pop("hant"), 'name: the text in "hant" is missing.'),
        (
            lambda b: b["cuts"].pop("RED"),
            "cuts: give the lowest score for each of RED, ORANGE, YELLOW.",
        ),
        (
            lambda b: b["cuts"].update(RED=0.5),
            "cuts.RED: a whole number from 1 is needed, not 0.5.",
        ),
        (
            lambda b: b["cuts"].update(ORANGE=90),
            "cuts: RED must be higher than ORANGE, and ORANGE higher than YELLOW.",
        ),
        (lambda b: b.update(triggers=[]), "triggers: a list of at least one entry is needed."),
        (
            lambda b: b["indicators"][0].pop("source"),
            "indicators[0]: an entry has exactly code, en, group, hant, points, source, when, zh.",
        ),
        (
            lambda b: b["indicators"][0].update(group="school"),
            f'{FIRST}: the group is {" or ".join(GROUPS)}, not "school".',
        ),
        (
            lambda b: b["indicators"][0].update(points=0),
            "indicators[0] BULLIED: points are a whole number from 1 to 100, not 0.",
        ),
        (
            lambda b: b["indicators"][0].update(points=True),
            "indicators[0] BULLIED: points are a whole number from 1 to 100, not True.",
        ),
        (
            lambda b: b["indicators"][1].update(code="BULLIED"),
            'The code "BULLIED" is given twice.',
        ),
        (
            lambda b: b["indicators"][0].update(zh=" "),
            'indicators[0] BULLIED: the text in "zh" is missing.',
        ),
        (
            lambda b: b["needs"].pop("mind"),
            f"needs: give rules for exactly {', '.join(AXES)}.",
        ),
        (
            lambda b: b["needs"].update(mind=[{"points": 5}]),
            "needs.mind[0]: an entry has exactly points, when.",
        ),
    ],
)
def test_bad_instrument_is_refused_with_the_place_and_the_remedy(change, message):
    assert bad(change) == message


@pytest.mark.parametrize(
    ("when", "message"),
    [
        ("bullied", "a condition is an object, not 'bullied'."),
        (
            {"field": "bullied"},
            'a condition has exactly "field", "op" and "value", or "all", or "any".',
        ),
        (
            {"field": "bullied", "op": "is", "value": False},
            'the flag "bullied" can only be asked for true.',
        ),
        (
            {"field": "bullied", "op": "at_least", "value": 1},
            '"bullied" is a flag; "at_least" does not fit, use is.',
        ),
        (
            {"field": "father_status", "op": "is", "value": "PRISSON"},
            f'"PRISSON" is no code of "father_status"; known are {PARENT}.',
        ),
        (
            {"field": "father_status", "op": "in", "value": "PRISON"},
            "\"in\" takes a list of at least one code, not 'PRISON'.",
        ),
        (
            {"field": "father_status", "op": "is", "value": ["PRISON"]},
            "\"is\" takes one code, not ['PRISON'].",
        ),
        (
            {"field": "age", "op": "at_least", "value": "six"},
            "\"age\" is compared with a number, not 'six'.",
        ),
        ({"all": []}, '"all" takes a list of at least one condition.'),
        ({"all": [IS_BULLIED], "any": [IS_BULLIED]}, '"all" stands alone in its object.'),
    ],
)
def test_bad_condition_is_refused_with_the_place_and_the_remedy(when, message):
    place = "indicators[0] BULLIED.when: "

    assert bad(lambda body: body["indicators"][0].update(when=when)) == place + message


def test_unknown_fact_is_refused_with_the_known_ones():
    when = {"any": [IS_BULLIED, {"field": "shoe_size", "op": "is", "value": 1}]}

    message = bad(lambda body: body["indicators"][0].update(when=when))

    assert message.startswith(
        'indicators[0] BULLIED.when.any[1]: the fact "shoe_size" is unknown; known are age, '
    )


def test_conditions_may_not_be_nested_without_end():
    when = IS_BULLIED
    for _ in range(6):
        when = {"all": [when]}

    assert "nested deeper than 4 levels" in bad(
        lambda body: body["indicators"][0].update(when=when)
    )


def test_instrument_that_is_no_object_is_refused():
    with pytest.raises(Malformed, match="one JSON object"):
        compile_instrument([WORDS])


def test_results_are_remembered_up_to_a_bound_and_stay_the_same(monkeypatch):
    monkeypatch.setattr(instrument, "MOST_REMEMBERED", 2)
    scale = compile_instrument(make_assessment.shipped())
    circumstances = [{"bullied": True}, {"lives_alone": True}, {"psych": "SERIOUS"}, {"age": 3}]

    first = [scale.result(facts) for facts in circumstances]
    again = [scale.result(facts) for facts in circumstances]

    assert again == first
    assert len(scale._results) <= 2


@pytest.mark.parametrize(
    ("facts", "met"),
    [
        ({"bullied": True, "age": 5}, True),
        ({"bullied": True, "age": 6}, False),
        ({"age": 5}, False),
        ({"psych": "SERIOUS", "age": 17}, True),
        ({"psych": "NORMAL"}, False),
        ({}, False),
    ],
)
def test_conditions_nest(facts, met):
    raw = {
        "any": [
            {"all": [IS_BULLIED, {"field": "age", "op": "at_most", "value": 5}]},
            {"any": [{"field": "psych", "op": "in", "value": ["ATTENTION", "SERIOUS"]}]},
        ]
    }
    bits = Bits()
    condition = compiled(raw, bits, "here")

    assert condition.holds(bits.mask(facts)) is met
