"""Siblings go to one mother or to none, from the policy through run, steering and decision."""

import itertools
import tomllib
from pathlib import Path

import pytest
from django.conf import settings

from qianshou.common.errors import NotAllowed
from qianshou.common.identity import new_id
from qianshou.engines.matching.archive import write_plan
from qianshou.engines.matching.policy import DEFAULT, BadPolicyError, policy_from
from qianshou.mothers.models import Mother
from qianshou.pairing.actions import deciding, matching, repairing, siblings, steering
from qianshou.pairing.models import Pairing, Policy, Proposal, SiblingRule
from qianshou.pairing.queries import archived, arrays, standing
from qianshou.pairing.queries.siblings import families_of
from qianshou.pairing.queries.standing import Demand
from tests import make, make_pairing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def unjudged(request, monkeypatch):
    """Leave out the verifier's process, which takes seconds; one test below asks it."""

    def store(run, plan):
        run.folder = f"runs/{run.pk}"
        write_plan(plan, Path(settings.VAR) / run.folder)
        return True

    if "verifier" not in request.node.name:
        monkeypatch.setattr(matching, "_prove", store)


def a_policy(*, together=True, step=0):
    """The shipped policy, with siblings together, in force for the county."""
    body = tomllib.loads(DEFAULT.read_text(encoding="utf-8"))
    body["siblings"], body["fairness"] = {"together": together}, {"step": step}
    policy, _ = Policy.objects.get_or_create(
        area_code=make.COUNTY, version=1,
        defaults={"name": "test", "body": body, "sha256": "2" * 64},
    )  # fmt: skip
    return policy


def a_family(count, **fields):
    home = new_id()
    return [make_pairing.a_child(household_id=home, **fields) for _ in range(count)]


def mates(run):
    return dict(run.proposals.current().values_list("child_id", "mother_id"))


@pytest.fixture
def run():
    """A run with a family of two and one of three, some alone, and mothers of one to three."""
    a_policy()
    a_family(2, tier=0), a_family(3, tier=1)
    for number in range(4):
        make_pairing.a_child(tier=number % 3, needs=[10 * number] * 8)
    for number in range(6):
        make_pairing.a_mother(skills=[15 * number] * 8, capacity=1 + number % 3)
    return matching.run_now(make.COUNTY)


def families_in(run):
    rows = run.proposals.current().exclude(family=None)
    found = {}
    for home, mother in rows.values_list("family", "mother_id"):
        found.setdefault(home, []).append(mother)
    return found


def test_a_run_keeps_siblings_with_one_mother_and_the_verifier_agrees(run):
    together = families_in(run)

    assert run.verified
    assert sorted(map(len, together.values())) == [2, 3]
    assert all(len(set(mothers)) == 1 for mothers in together.values())
    assert (run.figures["families"], run.figures["families_placed"], run.figures["gap"]) == (
        2,
        2,
        0,
    )


def test_without_the_rule_siblings_may_go_apart():
    a_policy(together=False)
    a_family(2)
    for _ in range(2):
        make_pairing.a_mother(capacity=1)

    run = matching.run_now(make.COUNTY)

    assert len(set(mates(run).values())) == 2
    assert not run.proposals.exclude(family=None).exists()


def test_siblings_for_whom_nobody_has_room_are_left_over_until_a_person_lets_them_go_apart():
    a_policy()
    family = a_family(2)
    for _ in range(2):
        make_pairing.a_mother(capacity=1)
    run = matching.run_now(make.COUNTY)

    left = list(run.left_over.values_list("reason", "details__siblings"))
    siblings.decide(family[1], by=make.a_worker(), together=False, reason="两家相邻")
    after = matching.run_now(make.COUNTY)

    assert left == [("SIBLINGS", 2)] * 2
    assert len(set(mates(after).values())) == 2


def test_a_person_can_keep_one_family_together_where_the_policy_does_not():
    a_policy(together=False)
    family, other = a_family(2), a_family(2)
    make_pairing.a_mother(capacity=2)
    for _ in range(2):
        make_pairing.a_mother(capacity=1, skills=[99] * 8)
    worker = make.a_worker()

    rule = siblings.decide(family[0], by=worker, together=True, reason="年幼，不宜分开")
    again = siblings.decide(family[1], by=worker, together=True, reason="再次确认")
    found = mates(matching.run_now(make.COUNTY))

    assert found[family[0].pk] == found[family[1].pk]
    assert found[other[0].pk] != found[other[1].pk]
    rule.refresh_from_db()
    assert (rule.undone_by, again.undone_by) == (worker, None)
    siblings.leave(family[0], by=worker)
    assert not SiblingRule.objects.in_force().exists()


def test_who_may_decide_for_a_family_and_when():
    child = make_pairing.a_child()
    family = a_family(2)

    with pytest.raises(NotAllowed):
        siblings.decide(family[0], by=make.a_user("clerk"), together=True, reason="因为")
    with pytest.raises(siblings.NoSiblings):
        siblings.decide(child, by=make.a_worker(), together=True, reason="因为")
    with pytest.raises(siblings.SiblingReasonMissing):
        siblings.decide(family[0], by=make.a_worker(), together=True, reason=" ")
    with pytest.raises(siblings.NothingDecided):
        siblings.leave(family[0], by=make.a_worker())
    assert not SiblingRule.objects.exists()


def seal_of(run, demand):
    return standing.standing(run, run.area_code).answer(demand)


def steered(run, demand):
    seal = seal_of(run, demand).seal
    why = steering.Why("OTHER", "因为")
    return steering.steer(run, run.area_code, demand, by=make.a_worker(), why=why, seal=seal)


def test_steering_moves_a_family_together_and_back(run):
    pair = run.proposals.filter(family__isnull=False).order_by("tier").first()
    before = mates(run)

    act = steered(run, Demand("VETO", pair.child_id, pair.mother_id))
    moved = mates(run)
    kin = set(run.proposals.filter(family=pair.family).values_list("child_id", flat=True))

    assert all(len(set(mothers)) == 1 for mothers in families_in(run).values())
    assert pair.mother_id not in {moved.get(child) for child in kin}
    whys = set(act.moves.filter(child_id__in=kin).values_list("why", flat=True))
    assert whys == {"veto", "with_siblings"}
    back = Demand("VETO", pair.child_id, pair.mother_id, undoes=act)
    steering.undo(act, run.area_code, by=make.a_worker(), seal=seal_of(run, back).seal)
    assert mates(run) == before


def test_a_forced_pair_takes_the_siblings_along_or_is_refused(run):
    pair = run.proposals.filter(family__isnull=False).order_by("tier").first()
    rooms = dict(Mother.objects.values_list("pk", "capacity"))
    small = next(mother for mother, room in rooms.items() if room == 1)
    large = next(m for m, room in rooms.items() if room == 3 and m != pair.mother_id)

    with pytest.raises(standing.SiblingsApart):
        seal_of(run, Demand("FORCE", pair.child_id, small))
    steered(run, Demand("FORCE", pair.child_id, large))

    rows = run.proposals.current().filter(family=pair.family)
    assert set(rows.values_list("mother_id", flat=True)) == {large}
    after = matching.run_now(make.COUNTY)
    kin = after.proposals.filter(family=pair.family)
    assert {each.mother_id for each in kin} == {large}
    assert {tuple(each.attention) for each in kin} == {("FIXED",)}


def test_a_repair_keeps_families_together(run):
    pair = run.proposals.filter(family__isnull=False).first()
    pair.mother.state = "PAUSED"
    pair.mother.save()
    make_pairing.a_mother(capacity=3)

    asked = repairing.repair(run, run.area_code, by=make.a_worker())
    after = matching.compute(asked.pk)

    together = families_in(after)
    assert len(together) == 2
    assert all(len(set(mothers)) == 1 for mothers in together.values())


def test_siblings_are_approved_and_refused_together(run):
    two, three = (
        run.proposals.filter(family=home).first()
        for home, mothers in sorted(families_in(run).items(), key=lambda each: len(each[1]))
    )
    worker = make.a_worker()

    chosen = run.proposals.filter(family=two.family)
    outcomes = deciding.approve_many(chosen, by=worker, today=make.TODAY)
    deciding.refuse(three, by=worker, reason="路太远")

    assert [each.refusal for each in outcomes] == ["", ""]
    assert Pairing.objects.filter(mother=two.mother_id).count() == 2
    states = run.proposals.filter(family=three.family).values_list("state", flat=True)
    assert set(states) == {"REFUSED"}


def test_siblings_are_not_approved_when_one_of_them_cannot_be(run):
    pair = run.proposals.filter(family__isnull=False).first()
    other = run.proposals.filter(family=pair.family).exclude(pk=pair.pk).first()
    other.child.consents.update(given=False)

    with pytest.raises(deciding.NoConsent):
        deciding.approve(pair, by=make.a_worker(), today=make.TODAY)

    assert not Pairing.objects.exists()
    assert Proposal.objects.get(pk=pair.pk).state == "OPEN"


def test_the_cost_of_a_refusal_is_told_for_who_is_alone(run):
    alone = run.proposals.filter(family=None).first()
    sibling = run.proposals.filter(family__isnull=False).first()
    plan = archived.archived(run)

    assert plan.veto(str(alone.child_id)) is not None
    assert plan.veto(str(sibling.child_id)) is None


def test_rising_costs_and_siblings_together_are_refused_in_one_policy():
    body = tomllib.loads(DEFAULT.read_text(encoding="utf-8"))
    body |= {"siblings": {"together": True}, "fairness": {"step": 100}}

    with pytest.raises(BadPolicyError, match="is not 0"):
        policy_from(body, digest="0")
    body["siblings"] = {"together": "yes"}
    with pytest.raises(BadPolicyError, match="write true or false"):
        policy_from(body, digest="0")


def best_by_hand(people, policy):
    """Return most children by tier, then the best sum of scores, over all plans by families."""
    from qianshou.engines.matching.explain import explain_pair

    kids, mums = people.children, people.mothers
    units = {}
    for row, number in enumerate(kids.group.tolist()):
        units.setdefault(("family", number) if number >= 0 else ("alone", row), []).append(row)
    found = {
        (i, j): explain_pair(kids, mums, policy, child=i, mother=j)
        for i, j in itertools.product(range(len(kids.ids)), range(len(mums.ids)))
    }
    waiting = policy.bonus_for_waiting(kids.waiting_days)
    best = None
    for choice in itertools.product(range(-1, len(mums.ids)), repeat=len(units)):
        pairs = [(i, j) for j, rows in zip(choice, units.values(), strict=True) if j >= 0
                 for i in rows]  # fmt: skip
        full = all(sum(k == j for _, k in pairs) <= places
                   for j, places in enumerate(mums.capacity.tolist()))  # fmt: skip
        if full and all(found[pair].is_allowed for pair in pairs):
            counts = [sum(kids.tier[i] == tier for i, _ in pairs) for tier in range(4)]
            worth = sum(found[i, j].score + int(waiting[i]) for i, j in pairs)
            best = max(best or (), (*counts, worth))
    return best


@pytest.mark.parametrize("seed", range(6))
def test_a_run_is_the_best_of_all_plans_that_keep_families(seed):
    import numpy as np

    rng = np.random.default_rng(seed)
    policy = a_policy()
    for size in rng.integers(1, 4, 3).tolist():
        a_family(size, tier=int(rng.integers(0, 3)), needs=rng.integers(0, 99, 8).tolist())
    for _ in range(3):
        make_pairing.a_mother(
            capacity=int(rng.integers(1, 4)), skills=rng.integers(0, 99, 8).tolist()
        )
    engine = policy_from(policy.body, digest=policy.sha256)
    people = arrays.read_instance(make.COUNTY, today=make.TODAY, policy=engine)
    assert set(people.families) == set(families_of(people.child_rows, engine))

    run = matching.run_now(make.COUNTY)

    best = best_by_hand(people, engine)
    assert [row["paired"] for row in run.figures["by_tier"]] == list(best[:4])
    waiting = engine.bonus_for_waiting(people.children.waiting_days)
    placed = {str(each) for each in mates(run)}
    bonus = sum(int(w) for name, w in zip(people.children.ids, waiting, strict=True)
                if name in placed)  # fmt: skip
    assert run.figures["objective"] + bonus == best[4]
