"""Approving and refusing: each refusal, each effect, and that a refusal changes nothing."""

from datetime import date

import pytest

from qianshou.audit.models import Entry
from qianshou.common.errors import NotAllowed
from qianshou.pairing.actions import deciding
from qianshou.pairing.models import Pairing
from qianshou.registry.models import Consent
from tests import make, make_pairing

pytestmark = pytest.mark.django_db


def approve(proposal, by=None):
    return deciding.approve(proposal, by=by or make.a_worker(), today=make.TODAY)


def test_approve_makes_a_pairing_and_one_entry():
    proposal = make_pairing.a_proposal()

    pairing = approve(proposal)

    proposal.refresh_from_db()
    assert (pairing.child_id, pairing.mother_id) == (proposal.child_id, proposal.mother_id)
    assert proposal.state == "APPROVED"
    assert Entry.objects.filter(act="pairing.proposal.approved").count() == 1


def test_approve_refuses_a_second_time():
    proposal = make_pairing.a_proposal()
    approve(proposal)

    with pytest.raises(deciding.AlreadyDecided):
        approve(proposal)

    assert Pairing.objects.count() == 1


def test_approve_refuses_a_child_who_has_a_mother():
    child = make_pairing.a_child()
    approve(make_pairing.a_proposal(child))
    second = make_pairing.a_proposal(child)

    with pytest.raises(deciding.ChildAlreadyPaired):
        approve(second)

    second.refresh_from_db()
    assert second.state == "OPEN"


def test_approve_refuses_a_mother_without_a_free_place():
    mother = make_pairing.a_mother(capacity=1)
    approve(make_pairing.a_proposal(mother=mother))

    with pytest.raises(deciding.MotherIsFull):
        approve(make_pairing.a_proposal(mother=mother))

    assert Pairing.objects.count() == 1


@pytest.mark.parametrize(
    "flaw",
    [{"state": "PAUSED"}, {"screening": "HIT"}, {"screened_on": date(2025, 11, 1)}],
    ids=["paused", "on record", "screening expired"],
)
def test_approve_refuses_a_mother_who_is_no_longer_ready(flaw):
    proposal = make_pairing.a_proposal(mother=make_pairing.a_mother(**flaw))

    with pytest.raises(deciding.MotherNotReady):
        approve(proposal)

    assert not Pairing.objects.exists()


def test_approve_refuses_after_the_guardian_withdrew():
    proposal = make_pairing.a_proposal()
    Consent.objects.create(
        child=proposal.child, area_code=proposal.area_code, purpose="MATCHING", given=False,
        given_on=make.TODAY, channel="DEPARTMENT_LIST", noted_at=make.now(),
    )  # fmt: skip

    with pytest.raises(deciding.NoConsent):
        approve(proposal)

    assert not Pairing.objects.exists()


@pytest.mark.parametrize(
    ("role", "area"),
    [("fed_county", make.OTHER_COUNTY), ("clerk", make.COUNTY), ("fed_city", make.CITY)],
)
def test_approve_refuses_others(role, area):
    proposal = make_pairing.a_proposal()

    with pytest.raises(NotAllowed):
        approve(proposal, by=make.a_user(role, area=area))

    assert not Entry.objects.filter(act__startswith="pairing.").exists()


def test_refuse_keeps_the_reason():
    proposal = make_pairing.a_proposal()

    deciding.refuse(proposal, by=make.a_worker(), reason="两家有矛盾")

    proposal.refresh_from_db()
    assert (proposal.state, proposal.reason) == ("REFUSED", "两家有矛盾")


def test_refuse_needs_a_reason():
    proposal = make_pairing.a_proposal()

    with pytest.raises(deciding.ReasonMissing):
        deciding.refuse(proposal, by=make.a_worker(), reason=" ")

    proposal.refresh_from_db()
    assert proposal.state == "OPEN"


def test_approve_many_lets_the_good_ones_through():
    mother = make_pairing.a_mother(capacity=1)
    proposals = [make_pairing.a_proposal(mother=mother) for _ in range(2)]
    proposals.append(make_pairing.a_proposal())

    outcomes = deciding.approve_many(proposals, by=make.a_worker(), today=make.TODAY)

    assert sum(not each.refusal for each in outcomes) == 2
    assert Pairing.objects.count() == 2


def test_an_ended_pairing_frees_child_and_place():
    mother, child = make_pairing.a_mother(capacity=1), make_pairing.a_child()
    pairing = approve(make_pairing.a_proposal(child, mother))

    deciding.end_pairing(pairing, by=make.a_worker(), today=make.TODAY, reason="搬家")

    assert approve(make_pairing.a_proposal(child, mother)).pk != pairing.pk
