"""Pairs by hand: the hard rules are named, a second person reviews."""

from datetime import date

import pytest

from qianshou.audit.models import Entry
from qianshou.bonds.actions import proposing
from qianshou.common.errors import NotAllowed
from qianshou.pairing.actions import deciding, matching, moving
from qianshou.pairing.models import MatchRun, Pairing, Proposal
from qianshou.pairing.rules import life
from qianshou.registry.models import Consent
from tests import make, make_pairing
from tests.make_bonds import TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _policy():
    matching.load_policies()


def propose(child=None, mother=None, by=None, reason="邻居，孩子常去她家"):
    return proposing.propose(
        child or make_pairing.a_child(), mother or make_pairing.a_mother(),
        by=by or make.a_user("fed_town"), reason=reason, today=TODAY,
    )  # fmt: skip


def test_a_town_proposes_and_the_county_reviews():
    pairing = propose()
    assert (pairing.state, pairing.proposal) == (life.PROPOSED, None)
    assert pairing.steps.get().reason == "邻居，孩子常去她家"

    proposing.review(pairing, by=make.a_worker(), today=TODAY)

    assert Pairing.objects.get().state == life.REVIEWED


def test_nobody_reviews_her_own_proposal():
    worker = make.a_worker()
    pairing = propose(by=worker)

    with pytest.raises(proposing.SamePerson):
        proposing.review(pairing, by=worker, today=TODAY)
    with pytest.raises(NotAllowed):
        proposing.review(pairing, by=make.a_user("fed_town"), today=TODAY)

    assert Pairing.objects.get().state == life.PROPOSED


def test_the_broken_rules_are_named_and_nothing_is_kept():
    child, mother = make_pairing.a_child(), make_pairing.a_mother()
    policy = matching.policy_for_area(make.COUNTY)
    run = MatchRun.objects.create(area_code=make.COUNTY, policy=policy, state="DONE")
    Proposal.objects.create(
        run=run, child=child, mother=mother, area_code=child.area_code, tier=2,
        grade="YELLOW", score=1, state="REFUSED", decided_by=make.a_worker(),
        decided_at=make.now(), reason="有矛盾",
    )  # fmt: skip

    with pytest.raises(proposing.RuleBroken) as refusal:
        propose(child, mother)

    assert len(str(refusal.value)) > 20
    assert not Pairing.objects.exists()
    assert not Entry.objects.filter(act="bonds.pair.proposed").exists()


@pytest.mark.parametrize(
    ("child", "mother", "refusal"),
    [
        ({"consent": False}, {}, deciding.NoConsent),
        ({}, {"screening": "HIT"}, deciding.MotherNotReady),
        ({}, {"capacity": 0}, proposing.RuleBroken),
        ({"birth_on": date(2005, 1, 1)}, {}, proposing.NotForPairing),
        ({"state": "CLOSED"}, {}, proposing.NotForPairing),
    ],
)
def test_consent_gates_and_places_are_always_asked(child, mother, refusal):
    with pytest.raises(refusal):
        propose(make_pairing.a_child(**child), make_pairing.a_mother(**mother))

    assert not Pairing.objects.exists()


def test_a_child_without_an_assessment_is_refused_in_words():
    child = make_pairing.a_child()
    child.assessments.all().delete()

    with pytest.raises(proposing.NotAssessed):
        propose(child)


def test_a_proposal_needs_its_reason_and_the_right_person():
    with pytest.raises(moving.StepNeedsReason):
        propose(reason=" ")
    with pytest.raises(NotAllowed):
        propose(by=make.a_user("clerk"))
    with pytest.raises(NotAllowed):
        propose(by=make.a_user("fed_town", area=make.OTHER_COUNTY))


def test_a_proposed_child_is_held_and_not_proposed_twice():
    child = make_pairing.a_child()
    propose(child)

    with pytest.raises(deciding.ChildAlreadyPaired):
        propose(child)


def test_the_review_asks_consent_anew():
    pairing = propose()
    Consent.objects.create(
        child=pairing.child, area_code=pairing.area_code, purpose="MATCHING", given=False,
        given_on=TODAY, channel="ON_PAPER", noted_at=make.now(),
    )  # fmt: skip

    with pytest.raises(deciding.NoConsent):
        proposing.review(pairing, by=make.a_worker(), today=TODAY)

    assert Pairing.objects.get().state == life.PROPOSED


def test_a_pair_from_before_is_taken_over_as_it_stands_and_its_proposal_lapses():
    proposal = make_pairing.a_proposal()

    made = proposing.take_over(
        proposal.child, proposal.mother, by=make.a_worker(), since=date(2025, 9, 1),
        note="原台账第12号", today=TODAY,
    )  # fmt: skip

    proposal.refresh_from_db()
    assert (made.state, made.active_on, proposal.state) == ("ACTIVE", date(2025, 9, 1), "LAPSED")
    assert made.steps.get().act == "take_over"


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"since": date(2999, 1, 1)}, proposing.BeganInFuture),
        ({"note": " "}, moving.StepNeedsReason),
        ({"by": "fed_town"}, NotAllowed),
    ],
)
def test_a_pair_is_not_taken_over_without_sense_reason_or_right(fields, refusal):
    given = {"since": TODAY, "note": "原台账", "by": "fed_county"} | fields
    given["by"] = make.a_user(given["by"])

    with pytest.raises(refusal):
        proposing.take_over(make_pairing.a_child(), make_pairing.a_mother(), today=TODAY, **given)

    assert not Pairing.objects.exists()
