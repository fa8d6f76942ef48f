"""What if: two exact plans side by side, of today's people, with nothing written."""

import pytest
from django.urls import reverse
from django.utils import translation

from qianshou.common.errors import NotAllowed
from qianshou.mothers.models import Mother
from qianshou.pairing.actions import adopting, matching
from qianshou.pairing.actions.policies import PolicyReasonMissing
from qianshou.pairing.models import MatchRun, Proposal
from qianshou.pairing.queries import arrays, whatifs
from qianshou.registry.models import Child
from tests import make, make_pairing

pytestmark = pytest.mark.django_db
TOWN = "500236103000"


@pytest.fixture
def policy():
    """Three children and one place."""
    whatifs.forget()
    for _ in range(3):
        make_pairing.a_child()
    make_pairing.a_mother(capacity=1)
    return matching.load_policies()


def asked(policy, **changes):
    weights = changes.pop("weights", whatifs.weights_of(policy))
    question = whatifs.Question(weights, **changes)
    whatifs.forget()
    with translation.override("en"):
        rows = whatifs.compare(make.COUNTY, policy, question).rows
    return {row.label: row for row in rows}


def paired(rows):
    return next(iter(rows.values()))


def test_more_mothers_place_more_children(policy):
    row = paired(asked(policy, mothers=2, town=TOWN))

    assert (row.now, row.then, row.change) == ("1", "3", "+2")


def test_without_changes_both_plans_are_the_same(policy):
    """The control: no change is told where nothing was changed."""
    rows = asked(policy)

    assert not any(row.change for row in rows.values())
    assert list(rows.values())[-1].then == "0"


def test_other_weights_are_asked_for_and_both_plans_measured_with_one_ruler(policy):
    only = dict.fromkeys(whatifs.weights_of(policy), 0) | {"skills": 1}

    rows = asked(policy, weights=only)

    assert whatifs.asked_policy(policy, whatifs.Question(only)).weights["skills"] == 1000
    assert rows["Mean fit"].change == ""


def test_sliders_scale_the_way_against_all_other_parts(policy):
    near = whatifs.asked_policy(policy, whatifs.Question({}, fit=50, distance=200, fairness=300))

    own = whatifs.weights_of(policy)
    assert near.weights["travel"] == 1000 * 4 * own["travel"] // (1000 + 3 * own["travel"])
    assert sum(near.weights.values()) == 1000
    assert near.fairness_step == 300
    untouched = whatifs.asked_policy(policy, whatifs.Question({}))
    assert dict(untouched.weights) == own


def test_stability_keeps_what_is_proposed_today(policy):
    for number in range(5):
        make_pairing.a_child(needs=[15 * number] * 8)
        make_pairing.a_mother(skills=[90 - 15 * number] * 8)
    people = arrays.read_instance(make.COUNTY, today=make.TODAY)
    run = make_pairing.a_run()
    for child, mother in zip(people.child_rows, reversed(people.mother_rows), strict=False):
        kid, mum = Child.objects.get(pk=child.id), Mother.objects.get(pk=mother.id)
        make_pairing.a_proposal(kid, mum, run)

    rows = asked(policy, stability=2000)

    stay = rows["Proposals of today that would stay"]
    assert int(stay.then) > int(stay.now)


def test_a_city_is_refused_before_anybody_is_read(policy, client, monkeypatch):
    monkeypatch.setattr(whatifs, "LARGEST", 2)
    monkeypatch.setattr(arrays, "read_instance", None)
    client.force_login(make.a_worker())

    page = client.get(reverse("pairing:what-if"))

    assert page.status_code == 200
    assert page.context["refused"]
    assert "form" not in page.context


def test_slider_gets_the_answer_alone(policy, client):
    client.force_login(make.a_worker())

    page = client.get(
        reverse("pairing:what-if"), {"distance": "150"}, headers={"HX-Request": "true"}
    )

    assert page.context["rows"]
    assert b"<html" not in page.content


def test_pairs_are_named_to_those_who_may_see_pairs_only(policy):
    question = whatifs.Question({}, mothers=2, town=TOWN)
    whatifs.forget()

    worker, city = make.a_worker(), make.a_user("fed_city", area=make.CITY)
    seen = whatifs.compare(make.COUNTY, policy, question, user=worker)
    figures = whatifs.compare(make.COUNTY, policy, question, user=city)

    assert len(seen.differing) == seen.differ >= 2
    assert figures.differing == []
    assert figures.differ == seen.differ


def test_the_city_may_run_with_what_was_tried_out_and_the_county_may_not(policy):
    question = whatifs.Question({}, distance=200, fairness=100)

    with pytest.raises(NotAllowed):
        adopting.adopt(make.COUNTY, policy, question, by=make.a_worker(), reason="试算更公平")
    city = make.a_user("fed_city", area=make.CITY)
    with pytest.raises(PolicyReasonMissing):
        adopting.adopt(make.COUNTY, policy, question, by=city, reason=" ")
    run = adopting.adopt(make.COUNTY, policy, question, by=city, reason="试算更公平")
    adopting.adopt(make.COUNTY, run.policy, whatifs.Question({}), by=city, reason="再试一次")

    asked = whatifs.asked_policy(policy, question)
    assert whatifs.weights_of(run.policy) == dict(asked.weights)
    assert whatifs.step_of(run.policy) == 100
    assert run.policy.adopted_for == "试算更公平"
    assert (run.policy.area_code, run.policy.version) == (make.COUNTY, 1)
    assert matching.policy_for_area(make.COUNTY).version == 2
    assert matching.policy_for_area(make.OTHER_COUNTY) == policy


def test_nothing_is_stored(policy):
    asked(policy, mothers=2, town=TOWN)

    assert not MatchRun.objects.exists()
    assert not Proposal.objects.exists()


def test_too_large_an_area_is_refused(policy, monkeypatch):
    monkeypatch.setattr(whatifs, "LARGEST", 2)

    with pytest.raises(whatifs.TooManyChildren):
        asked(policy)


def test_invented_mothers_need_one_to_resemble():
    make_pairing.a_child()

    with pytest.raises(whatifs.NoMothers):
        asked(matching.load_policies(), mothers=1, town=TOWN)


def test_page_computes_what_was_asked(policy, client):
    client.force_login(make.a_worker())
    given = {name: str(n) for name, n in whatifs.weights_of(policy).items()}
    address = reverse("pairing:what-if")

    page = client.get(address, given | {"mothers": "2", "town": TOWN})
    without_town = client.get(address, given | {"mothers": "2"})

    assert page.context["rows"][0].change == "+2"
    assert "rows" not in without_town.context
    assert without_town.context["form"].errors["town"]


def test_page_is_for_those_who_may_run_a_matching(policy, client):
    clerk = make.a_user("clerk")
    client.force_login(clerk)

    assert client.get(reverse("pairing:what-if")).status_code == 403
    with pytest.raises(NotAllowed):
        matching.start(make.COUNTY, by=clerk)
