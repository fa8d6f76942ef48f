"""Plans for people: hard rules hold, every figure is proven, stored plans can be verified."""

from dataclasses import replace

import numpy as np
import pytest

from qianshou.engines.matching import command
from qianshou.engines.matching.archive import write_plan
from qianshou.engines.matching.explain import explain_pair
from qianshou.engines.matching.living import joined
from qianshou.engines.matching.penalties import penalties_for
from qianshou.engines.matching.people import BadColumnError, taken
from qianshou.engines.matching.plan import make_plan
from qianshou.engines.matching.policy import PARTS, RULES, load_policy
from qianshou.engines.matching.solver import solve_pairs
from qianshou.engines.matching.whatif import reweighted

from . import make, policies


def a_plan(**given):
    children = given.pop("children", None) or make.some_children(80)
    mothers = given.pop("mothers", None) or make.some_mothers(40)
    return make_plan(children, mothers, given.pop("policy", load_policy()), **given)


def every_pair(plan):
    """Return all allowed pairs with what they are worth by explaining each pair on its own."""
    found = {}
    waiting = plan.policy.bonus_for_waiting(plan.children.waiting_days).tolist()
    for i in range(len(plan.children.ids)):
        for j in range(len(plan.mothers.ids)):
            said = explain_pair(
                plan.children, plan.mothers, plan.policy, child=i, mother=j, barred=plan.barred
            )
            if said.is_allowed:
                found[i, j] = said.score + waiting[i]
    return found


def test_make_plan_is_optimal_over_all_pairs_that_are_allowed_one_by_one():
    plan = a_plan(
        children=make.some_children(40, dialects=np.arange(40) % 3),
        mothers=make.some_mothers(20, dialects=np.arange(20) % 3, strain=np.arange(20) * 5),
        barred=np.array([[0, 3], [1, 4]]),
    )
    score = every_pair(plan)
    penalties = penalties_for(plan.children.tier, lowest=0, top=plan.penalties.top)

    best = solve_pairs(
        np.array([i for i, _ in score], np.int32),
        np.array([j for _, j in score], np.int32),
        penalties.top - np.array(list(score.values())),
        limit=penalties.limit,
        capacity=plan.places,
    )

    assert len(score) == plan.feasible_pairs
    assert plan.objective == int(penalties.limit.sum()) - best.cost
    assert plan.gap == 0
    waiting = plan.policy.bonus_for_waiting(plan.children.waiting_days)
    for i, j in enumerate(plan.mate):
        assert plan.score[i] == (score[i, j] - waiting[i] if j >= 0 else -1)


def test_make_plan_takes_the_child_who_has_waited_longer_of_two_alike():
    one = make.some_children(1, town=np.zeros(1), waiting_days=np.zeros(1))
    alike = joined(one, replace(one, ids=["b"]))
    mothers = make.some_mothers(1, town=np.zeros(1), capacity=np.ones(1))

    for longer in (0, 1):
        days = np.where(np.arange(2) == longer, 90, 10)
        plan = a_plan(children=replace(alike, waiting_days=days), mothers=mothers)
        assert plan.mate[longer] == 0
        assert plan.penalties.top == 10_030


def test_make_plan_gives_the_next_best_mother_and_a_margin_that_never_promises_too_much():
    plan = a_plan(children=make.some_children(30), mothers=make.some_mothers(15))
    score = every_pair(plan)
    penalties = penalties_for(plan.children.tier, lowest=0, top=plan.penalties.top)

    for i in np.flatnonzero(plan.runner_up >= 0)[:10]:
        forced = {
            pair: s for pair, s in score.items() if pair[0] != i or pair[1] == plan.runner_up[i]
        }
        best = solve_pairs(
            np.array([a for a, _ in forced], np.int32),
            np.array([b for _, b in forced], np.int32),
            penalties.top - np.array(list(forced.values())),
            limit=np.where(np.arange(30) == i, 1 << 40, penalties.limit),
            capacity=plan.places,
        )
        assert plan.margin[i] <= plan.objective - (int(penalties.limit.sum()) - best.cost)


@pytest.mark.parametrize("seed", range(10))
def test_make_plan_never_matches_a_mother_who_is_not_ready(seed):
    ready = np.zeros(1000, bool)
    mothers = make.some_mothers(1000, seed=seed, ready=ready)

    plan = a_plan(children=make.some_children(300, seed=seed), mothers=mothers)

    assert (plan.mate == -1).all()


def test_make_plan_would_match_mothers_not_ready_if_the_rule_were_off():
    """The control of the test above: without the rule they are matched."""
    mothers = make.some_mothers(1000, ready=np.zeros(1000, bool))

    plan = a_plan(
        children=make.some_children(300), mothers=mothers, policy=policies.without("not_ready")
    )

    assert (plan.mate >= 0).sum() > 0


BARRIERS = {
    "no_consent": ({"consented": np.zeros(20, bool)}, {}),
    "not_ready": ({}, {"ready": np.zeros(10, bool)}),
    "no_capacity": ({}, {"capacity": np.zeros(10, int)}),
    "too_far": ({"town": np.arange(20)}, {"town": np.full(10, 99), "x": np.full(10, 10**6)}),
    "no_common_dialect": ({"dialects": np.full(20, 1)}, {"dialects": np.full(10, 2)}),
    "qualification_missing": (
        {"special_needs": np.full(20, 4)},
        {"qualifications": np.full(10, 3)},
    ),
    "same_sex_for_teens": ({"sex": np.full(20, 1), "age": np.full(20, 14)}, {}),
    "no_common_time": ({"free_times": np.full(20, 1)}, {"free_times": np.full(10, 2)}),
}


@pytest.mark.parametrize("rule", BARRIERS)
def test_make_plan_counts_the_rule_that_bars_every_mother(rule):
    kids, mums = BARRIERS[rule]
    children = make.some_children(20, **({"town": np.zeros(20)} | kids))
    mothers = make.some_mothers(
        10, **({"town": np.zeros(10), "travel_limit": np.full(10, 99)} | mums)
    )

    plan = a_plan(children=children, mothers=mothers, policy=policies.with_rule(rule))
    free = a_plan(children=children, mothers=mothers, policy=policies.without(rule))

    assert (plan.mate == -1).all()
    if rule != "too_far":  # nobody that far away is even looked at
        assert (plan.refusals[:, RULES.index(rule)] > 0).all()
    if rule != "no_capacity":  # without a place there is nothing to give, rule or not
        assert rule == "too_far" or (free.mate >= 0).any()


def test_make_plan_counts_barred_pairs_as_conflicts():
    children, mothers = make.some_children(3), make.some_mothers(2, town=np.zeros(2))
    everyone = np.array([[i, j] for i in range(3) for j in range(2)])

    plan = a_plan(children=children, mothers=mothers, barred=everyone)

    assert (plan.mate == -1).all()
    assert (plan.refusals[:, RULES.index("conflict")] == 2).all()


def test_make_plan_follows_the_wish_when_all_else_is_equal():
    mothers = make.some_mothers(2)
    twins = make.some_mothers(
        2,
        **{
            name: np.repeat(getattr(mothers, name)[:1], 2, axis=0)
            for name in ("town", "x", "y", "skills", "interests", "dislikes", "free_times")
        },
        capacity=np.ones(2),
        load=np.zeros(2),
        residence_years=np.ones(2),
        kept_matches=np.ones(2),
    )
    for wish in (0, 1):
        child = make.some_children(1, town=twins.town[:1], wish=np.array([wish]))

        assert a_plan(children=child, mothers=twins).mate[0] == wish


def test_make_plan_explains_shortage_by_sets_and_by_town():
    children = make.some_children(30, town=np.zeros(30), tier=np.zeros(30))
    mothers = make.some_mothers(5, town=np.zeros(5), capacity=np.ones(5))

    plan = a_plan(children=children, mothers=mothers)

    assert len(plan.left_over) == 25
    one = plan.left_over[0]
    assert (one.reason, one.children, one.mothers, one.places) == ("places_taken", 30, 5, 5)
    town = plan.shortages[0]
    assert (town.children, town.left_over, town.mothers, town.places) == (30, 25, 5, 5)
    assert town.price > 0


def test_make_plan_from_an_older_plan_finds_the_same_optimum():
    children, mothers = make.some_children(120), make.some_mothers(50)
    before = a_plan(children=children, mothers=mothers)
    fewer = taken(mothers, np.arange(48))

    warm = a_plan(children=children, mothers=fewer, previous=before)
    cold = a_plan(children=children, mothers=fewer)

    assert warm.objective == cold.objective
    assert warm.gap == cold.gap == 0


def test_make_plan_does_not_depend_on_the_order_of_people():
    children, mothers = make.some_children(60), make.some_mothers(30)
    rng = np.random.default_rng(4)
    kids, mums = rng.permutation(60), rng.permutation(30)
    plan = a_plan(children=children, mothers=mothers)

    other = a_plan(children=taken(children, kids), mothers=taken(mothers, mums))

    named = {
        c: plan.mothers.ids[j] for c, j in zip(plan.children.ids, plan.mate, strict=True) if j >= 0
    }
    again = {
        c: other.mothers.ids[j]
        for c, j in zip(other.children.ids, other.mate, strict=True)
        if j >= 0
    }
    assert named == again


def test_make_plan_tells_its_stages():
    told = []

    plan = a_plan(progress=lambda stage, share: told.append((stage, share)))

    assert told[0][0] == "prepare"
    assert told[-1] == ("explain", 1.0)
    assert set(plan.seconds) >= {"prepare", "candidates", "solve", "explain"}


def test_make_plan_accepts_nobody():
    plan = a_plan(children=make.some_children(0), mothers=make.some_mothers(3))
    alone = a_plan(children=make.some_children(3), mothers=make.some_mothers(0))

    assert plan.objective == 0
    assert [one.reason for one in alone.left_over] == ["no_candidate"] * 3


def test_a_stored_plan_can_be_verified_and_a_changed_one_cannot(tmp_path):
    plan = a_plan()
    options = [
        str(tmp_path),
        *(f"--{name}={tmp_path / name}.parquet" for name in ("children", "mothers", "pairs")),
    ]

    written = write_plan(plan, tmp_path)

    assert (written["objective"], written["gap"]) == (plan.objective, 0)
    assert command.verify(options) == 0
    text = (tmp_path / "matches.csv").read_text().splitlines()
    (tmp_path / "matches.csv").write_text("\n".join(text[:-1]))
    assert command.verify(options) == 1


def test_explain_pair_adds_up_to_the_score():
    children, mothers = make.some_children(5), make.some_mothers(5)

    said = explain_pair(children, mothers, load_policy(), child=1, mother=2)

    total = sum(part.points * part.weight for part in said.parts)
    assert said.score == total // 100
    assert [part.name for part in said.parts] == list(PARTS)
    assert all(0 <= part.points <= 1000 and part.sentence.zh for part in said.parts)


def test_make_plan_refuses_bonuses_that_do_not_fit():
    with pytest.raises(BadColumnError, match="keep the sum of score and bonuses"):
        a_plan(standing=np.array([[0, 0, 30_000]]))


def test_people_refuse_columns_that_do_not_fit():
    with pytest.raises(BadColumnError, match=r"Children\.needs"):
        make.some_children(3, needs=np.zeros((3, 7)))
    with pytest.raises(BadColumnError, match=r"Mothers\.strain"):
        make.some_mothers(3, strain=np.full(3, 300))
    with pytest.raises(BadColumnError, match="unique"):
        make.some_children(2, ids=["a", "a"])


def a_twin_case(**said):
    """One child and three mothers who differ in nothing but their traits: 1, 2 and 3."""
    twins = make.some_mothers(
        3, seed=2, town=np.zeros(3), x=np.zeros(3), y=np.zeros(3), skills=np.full((3, 8), 50),
        residence_years=np.ones(3), kept_matches=np.ones(3), interests=np.zeros(3),
        load=np.zeros(3), free_times=np.ones(3), capacity=np.ones(3),
        traits=np.array([1, 2, 3]),
    )  # fmt: skip
    return make.some_children(1, town=np.zeros(1), **said), twins


def named_first(*rows):
    return np.array([[*rows, -1, -1, -1, -1][:4]])


@pytest.mark.parametrize(
    ("said", "mother"),
    [
        ({"wishes": named_first(2, 1)}, {1, 2}),
        ({"wish": np.array([1])}, {1}),
        ({"avoids": named_first(0, 1)}, {2}),
        ({"likes": np.array([2]), "avoids": named_first(2)}, {1}),
        ({"likes": np.array([3])}, {2}),
        ({"unlikes": np.array([2])}, {0}),
        ({"unlikes": np.array([3]), "wishes": named_first(1)}, {1}),
    ],
)
def test_wishes_for_and_against_persons_and_traits_decide_between_equals(said, mother):
    children, mothers = a_twin_case(**said)

    plan = make_plan(children, mothers, load_policy())

    assert int(plan.mate[0]) in mother
    told = explain_pair(children, mothers, load_policy(), child=0, mother=int(plan.mate[0]))
    assert told.score == plan.score[0]
    assert plan.input_hash != make_plan(*a_twin_case(), load_policy()).input_hash


def test_a_wish_against_never_makes_a_score_negative_nor_leaves_a_place_empty():
    children, mothers = a_twin_case(avoids=named_first(0, 1, 2), needs=np.zeros((1, 8)))
    policy = reweighted(load_policy(), dict.fromkeys(PARTS, 0.0) | {"wish": 1.0})

    plan = make_plan(children, mothers, policy)

    assert plan.mate[0] >= 0
    assert plan.score[0] == 0
