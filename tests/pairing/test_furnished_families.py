"""The demo's wishes, conflicts and families are noted by the real acts, and stay a few."""

from uuid import uuid4

import pytest

from qianshou.config.commands import furnish_families
from qianshou.pairing.models import Conflict, Proposal, SiblingRule, Wish
from tests import make, make_pairing

pytestmark = pytest.mark.django_db


def test_wishes_conflicts_and_families_are_noted_for_children_with_a_proposal():
    home, run = uuid4(), make_pairing.a_run()
    for number in range(14):
        child = make_pairing.a_child(household_id=home if number < 2 else None)
        make_pairing.a_proposal(child, run=run)

    made = furnish_families.furnish(make.COUNTY, by=make.a_user("fed_county"))

    assert Wish.objects.count() == len(furnish_families.WISHES)
    assert Conflict.objects.count() == len(furnish_families.CONFLICTS)
    assert SiblingRule.objects.count() == 1
    assert made == 11
    proposed = set(Proposal.objects.values_list("child", "mother"))
    assert not proposed & set(Conflict.objects.values_list("child", "mother"))


def test_a_county_without_proposals_gets_none():
    assert furnish_families.furnish(make.COUNTY, by=make.a_user("fed_county")) == 0
