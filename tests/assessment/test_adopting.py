"""Putting another version of the instrument in force."""

import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from qianshou.assessment.actions import assessing, confirming, instruments
from qianshou.assessment.models import Assessment, Instrument
from qianshou.assessment.rules import conditions, facts, instrument
from tests import make, make_assessment

pytestmark = pytest.mark.django_db
REPOSITORY = Path(__file__).resolve().parents[2]


def next_version(**changes):
    body = make_assessment.shipped() | {"version": 3} | changes
    return json.dumps(body, ensure_ascii=False)


def test_adopt_puts_the_new_version_in_force_and_children_are_assessed_with_it():
    assessment = make_assessment.an_assessment(bullied=True)

    instruments.adopt_instrument(
        next_version(cuts={"RED": 60, "ORANGE": 14, "YELLOW": 5}),
        by=make.a_user("fed_city", area=make.CITY),
    )
    assessing.assess_area(make.COUNTY, today=make.TODAY)

    now = Assessment.objects.current().get(child=assessment.child)
    assert (now.grade, now.instrument.version) == ("ORANGE", 3)
    assert sorted(Instrument.objects.values_list("version", "is_current")) == [
        (1, False),
        (2, False),
        (3, True),
    ]


def test_adopt_refuses_who_may_not():
    with pytest.raises(confirming.powers.NotAllowed):
        instruments.adopt_instrument(next_version(), by=make.a_worker())

    assert not Instrument.objects.exists()


def test_adopt_refuses_a_version_that_exists():
    instruments.load_instruments()

    with pytest.raises(instruments.VersionTaken):
        instruments.adopt_instrument(make_assessment.SHIPPED, by=None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "This is not JSON (line 1, column 2)"),
        ("[]", "An instrument is one JSON object."),
        (next_version(code="ours"), "code: the instrument in use is “risk-and-needs”, not “ours”."),
    ],
)
def test_adopt_says_what_is_wrong_with_a_file(text, message):
    with translation.override("en"):
        with pytest.raises(instruments.NotAnInstrument) as refusal:
            instruments.adopt_instrument(text, by=None)
        assert str(refusal.value).startswith(message)


def test_own_version_stays_in_force_when_the_shipped_ones_are_loaded_again():
    instruments.load_instruments()
    instruments.adopt_instrument(next_version(), by=None)

    instruments.load_instruments()

    assert Instrument.objects.get(is_current=True).version == 3


def told(act, path):
    out = StringIO()
    call_command("instrument", act, str(path), stdout=out)
    return out.getvalue()


def test_console_checks_tries_and_adopts_a_file(tmp_path):
    assessment = make_assessment.an_assessment(bullied=True)
    file = tmp_path / "risk-and-needs-3.json"
    file.write_text(next_version(cuts={"RED": 60, "ORANGE": 14, "YELLOW": 5}), encoding="utf-8")

    checked, tried = told("check", file), told("try", file)
    after_trying = Assessment.objects.current().get(child=assessment.child)
    adopted = told("adopt", file)

    assert checked == (
        "risk-and-needs, version 3: 32 indicators, 3 red triggers. It is well formed.\n"
    )
    assert "GREEN -> ORANGE         1" in tried
    assert after_trying == assessment
    assert "1 children assessed, 1 grades raised." in adopted
    assert Assessment.objects.current().get(child=assessment.child).grade == "ORANGE"


def test_console_says_what_is_wrong_with_a_file(tmp_path):
    file = tmp_path / "bad.json"
    file.write_text(next_version(cuts={"RED": 60, "ORANGE": 61, "YELLOW": 5}), encoding="utf-8")

    with pytest.raises(CommandError, match="RED must be higher than ORANGE"):
        told("adopt", file)

    assert not Instrument.objects.filter(version=3).exists()


def test_reference_names_every_fact_operator_and_group():
    text = (REPOSITORY / "docs/reference/instruments.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_0-9]+)`", text))
    ops = {op for kind in conditions.OPS.values() for op in kind}

    assert (set(facts.FACTS) | ops | set(instrument.GROUPS) | instrument._PARTS) - named == set()
