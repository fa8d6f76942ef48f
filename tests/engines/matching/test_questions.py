"""What a plan answers equals what solving again with one change finds."""

from dataclasses import replace

import numpy as np
import pytest

from qianshou.engines.matching.explain import explain_pair
from qianshou.engines.matching.living import changes, joined, set_aside
from qianshou.engines.matching.people import taken
from qianshou.engines.matching.plan import make_plan
from qianshou.engines.matching.policy import PARTS, load_policy
from qianshou.engines.matching.questions import Questions
from qianshou.engines.matching.steering import NoSuchPairError
from qianshou.engines.matching.whatif import figures, reweighted, wanted, with_newcomers

from . import make, policies


def cost(plan) -> int:
    """Return what the plan costs in units that do not depend on who takes part."""
    return int(plan.penalties.limit.sum()) - plan.objective


def value_without(plan, child):
    barred = np.array([[child, plan.mate[child]]])
    return make_plan(plan.children, plan.mothers, plan.policy, barred=barred)


@pytest.mark.parametrize("step", [0, 700])
def test_veto_costs_what_solving_without_the_pair_loses(step):
    plan = make_plan(make.some_children(50), make.some_mothers(20), policies.sharing(step))
    questions = Questions(plan)

    for child in np.flatnonzero(plan.mate >= 0)[:12].tolist():
        regret = questions.veto(child)
        other = value_without(plan, child)
        assert plan.objective - regret.cost == other.objective
        assert (regret.left_out < 0) or plan.mate[regret.left_out] >= 0


def price_paid(plan, *, top):
    """Return what the pairs of a plan cost together."""
    paired = plan.mate >= 0
    waiting = plan.policy.bonus_for_waiting(plan.children.waiting_days)
    return int((top - plan.score - waiting)[paired].sum())


@pytest.mark.parametrize("step", [0, 700])
def test_force_costs_what_solving_with_the_pair_loses(step):
    children, mothers = make.some_children(50), make.some_mothers(20)
    plan = make_plan(children, mothers, policies.sharing(step))
    questions = Questions(plan)
    rng = np.random.default_rng(1)
    asked = 0

    for child in range(0, 50, 3):
        mother = int(rng.integers(0, 20))
        said = explain_pair(children, mothers, plan.policy, child=child, mother=mother)
        if not said.is_allowed or plan.mate[child] == mother:
            continue
        others = np.array([[child, j] for j in range(20) if j != mother])
        urgent = replace(children, tier=np.where(np.arange(50) == child, 0, children.tier + 1))
        forced = make_plan(urgent, mothers, plan.policy, barred=others)
        if forced.mate[child] != mother:
            continue
        asked += 1
        regret = questions.force(child, mother)
        after = plan.mate.copy()
        for moved, to in regret.moves:
            after[moved] = to
        assert after[child] == mother
        limit = plan.penalties.limit
        if step == 0:
            lost = sum(int(limit[i]) for i in np.flatnonzero(forced.mate < 0))
            lost_now = sum(int(limit[i]) for i in np.flatnonzero(plan.mate < 0))
            paid, paid_now = (price_paid(one, top=plan.penalties.top) for one in (forced, plan))
            assert regret.cost == lost + paid - lost_now - paid_now
    assert asked > 3


def test_why_not_adds_up_for_people():
    plan = make_plan(make.some_children(50), make.some_mothers(20), load_policy())
    questions = Questions(plan)

    for child in np.flatnonzero((plan.mate >= 0) & (plan.runner_up >= 0))[:20].tolist():
        said = questions.why_not(child, int(plan.runner_up[child]))
        her = explain_pair(
            plan.children, plan.mothers, plan.policy, child=child, mother=int(plan.runner_up[child])
        )
        assert said.fit == her.score - plan.score[child]
        assert said.at_least == plan.margin[child] == said.scarcity - said.fit
        assert said.at_least <= said.regret.cost


def test_block_names_the_children_and_mothers_that_keep_a_child_out():
    children = make.some_children(30, town=np.zeros(30), tier=np.zeros(30))
    plan = make_plan(children, make.some_mothers(5, town=np.zeros(5)), load_policy())

    block = Questions(plan).block(plan.left_over[0].child)

    assert block.children[0] == plan.left_over[0].child
    assert block.places == len(block.children) - 1
    assert set(block.mothers) == set(plan.mate[block.children[1:]].tolist())


def test_questions_refuse_mothers_without_a_place():
    mothers = make.some_mothers(3, capacity=np.array([0, 1, 1]), town=np.zeros(3))
    plan = make_plan(make.some_children(2, town=np.zeros(2)), mothers, load_policy())

    with pytest.raises(NoSuchPairError, match="mother 0 has no place"):
        Questions(plan).force(0, 0)


def test_changes_tell_who_moved_and_why():
    children, mothers = make.some_children(60), make.some_mothers(25)
    before = make_plan(taken(children, np.arange(2, 60)), mothers, load_policy())
    gone = int(before.mate[before.mate >= 0][0])
    leave = replace(mothers, ready=np.arange(25) != gone)
    after = make_plan(
        taken(children, np.arange(58)), leave, load_policy(), previous=before,
    )  # fmt: skip

    found = changes(before, after)

    by_why = {one.why for one in found}
    assert {one.child for one in found if one.why == "new_child"} == set(children.ids[:2])
    assert {one.child for one in found if one.why == "child_gone"} == set(children.ids[58:])
    lost = {c for c, j in zip(before.children.ids, before.mate, strict=True) if j == gone}
    hers = {one.child for one in found if one.why == "mother_gone"}
    assert hers == lost - set(children.ids[58:])
    assert by_why <= {
        "new_child", "child_gone", "mother_gone", "better_for_all", "place_found", "place_lost",
    }  # fmt: skip


def test_changes_name_the_rule_that_forbids_the_old_pair():
    children, mothers = make.some_children(20), make.some_mothers(20)
    before = make_plan(children, mothers, load_policy())
    child = int(np.flatnonzero(before.mate >= 0)[0])

    after = make_plan(
        children, mothers, load_policy(), barred=np.array([[child, before.mate[child]]])
    )

    why = {one.child: one.why for one in changes(before, after)}
    assert why[children.ids[child]] == "conflict"


def test_changes_of_the_same_plan_are_none():
    plan = make_plan(make.some_children(20), make.some_mothers(20), load_policy())

    assert changes(plan, plan) == []


def test_set_aside_takes_the_children_and_their_places():
    children, mothers = make.some_children(10), make.some_mothers(4, capacity=np.full(4, 2))

    rest, fewer, rows = set_aside(children, mothers, pairs=np.array([[3, 1], [5, 1], [6, 0]]))

    assert rest.ids == [children.ids[k] for k in rows] == [
        c for k, c in enumerate(children.ids) if k not in {3, 5, 6}
    ]  # fmt: skip
    assert fewer.capacity.tolist() == [1, 0, 2, 2]
    assert (fewer.load - mothers.load).tolist() == [1, 2, 0, 0]


def test_newcomers_serve_exactly_the_children_a_new_plan_would():
    children = make.some_children(40, town=np.zeros(40), tier=np.arange(40) % 2)
    mothers = make.some_mothers(10, town=np.zeros(10), capacity=np.ones(10))
    plan = make_plan(children, mothers, load_policy())
    more = make.some_mothers(
        3, seed=9, ids=["new1", "new2", "new3"], town=np.zeros(3), capacity=np.full(3, 2)
    )

    served = with_newcomers(plan, more)

    anew = make_plan(children, joined(mothers, more), load_policy())
    assert served.children == 6 == sum(served.by_tier.values())
    assert served.plan.objective == anew.objective
    assert served.by_tier[0] == 6


def test_wanted_groups_the_children_left_over_by_what_they_need():
    children = make.some_children(
        6, town=np.zeros(6), dialects=np.array([2, 2, 2, 4, 4, 1]), tier=np.zeros(6)
    )
    plan = make_plan(children, make.some_mothers(2, town=np.zeros(2)), load_policy())

    groups = {(one.town, one.dialects): one.children for one in wanted(plan)}

    assert groups[0, 2] == 3
    assert groups[0, 4] == 2


def test_figures_stand_side_by_side():
    children, mothers = make.some_children(40), make.some_mothers(30)
    plan = make_plan(children, mothers, load_policy())
    near = make_plan(children, mothers, reweighted(load_policy(), {"travel": 900.0}))

    one, other = figures(plan), figures(near, beside=plan)

    assert one.paired == other.paired == 40 - one.left_over
    assert one.moved == 0 < other.moved
    assert other.mean_distance_m < one.mean_distance_m
    assert sum(one.loads.values()) == 30
    assert one.by_tier == other.by_tier


@pytest.mark.parametrize("weights", [{}, {"travel": 1.0}, {"skills": 333.3, "time": 0.0}])
def test_reweighted_policies_stay_sound(weights):
    policy = reweighted(load_policy(), weights)

    assert sum(policy.weights.values()) == 1000
    assert all(policy.weights[name] >= 0 for name in PARTS)
    if not weights:
        assert policy.weights == load_policy().weights
