"""Plans of people in which siblings go together: exact over all pairs, proven, and told."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest

from qianshou.engines.matching import certificate, families, pricing
from qianshou.engines.matching.archive import write_plan
from qianshou.engines.matching.people import BadColumnError
from qianshou.engines.matching.plan import earlier_of, make_plan
from qianshou.engines.matching.policy import load_policy
from qianshou.engines.matching.questions import Questions
from qianshou.engines.matching.tables import read_problem

from . import make, policies


def siblings(children, sizes, rng):
    """Number groups of these sizes over random children; the others are alone."""
    groups = np.full(children, -1)
    order = rng.permutation(children)
    for number, size in enumerate(sizes):
        groups[order[:size]], order = number, order[size:]
    return groups


def a_case(seed, *, children=30, mothers=14, places=4):
    rng = np.random.default_rng(seed)
    kids = make.some_children(children, seed=seed, town=rng.integers(0, 3, children))
    mums = make.some_mothers(
        mothers, seed=seed, town=rng.integers(0, 3, mothers),
        capacity=rng.integers(1, places, mothers),
    )  # fmt: skip
    groups = siblings(children, rng.integers(2, 4, children // 5), rng)
    return replace(kids, group=groups), mums, groups


def named(folder):
    return ["--children", str(folder / "children.parquet"), "--mothers",
            str(folder / "mothers.parquet"), "--pairs", str(folder / "pairs.parquet")]  # fmt: skip


@pytest.mark.parametrize("seed", range(25))
def test_a_plan_keeps_siblings_together_and_is_the_best_over_all_pairs(tmp_path, seed, monkeypatch):
    monkeypatch.setattr(pricing, "KEEP", 2)  # nearly all pairs have to be priced in
    kids, mums, groups = a_case(seed)

    plan = make_plan(kids, mums, load_policy())

    for number in range(groups.max() + 1):
        assert len(set(plan.mate[groups == number])) == 1
    write_plan(plan, tmp_path)
    tables = (tmp_path / f"{name}.parquet" for name in ("children", "mothers", "pairs"))
    whole = certificate.answer(read_problem(*tables), budget=20.0)
    cert = json.loads((tmp_path / "certificate.json").read_text())
    figures = certificate.write(tmp_path / "whole", whole, seconds={})
    assert plan.gap == 0
    assert [row["matched"] for row in cert["tiers"]] == [row["matched"] for row in figures["tiers"]]
    assert cert["total_score"] == figures["total_score"]
    assert make.a_verdict(named(tmp_path), tmp_path) == 0


def best_by_hand(plan, groups):
    """Return the best objective over all plans that send no siblings apart."""
    n, places = len(groups), plan.places.tolist()
    asked = Questions(plan)
    worth = {}
    for i, j in itertools.product(range(n), range(len(places))):
        if (pair := asked_cost(asked, i, j)) is not None:
            worth[i, j] = plan.penalties.limit[i] - pair
    best = 0
    for mates in itertools.product(range(-1, len(places)), repeat=n):
        together = all(len({mates[i] for i in np.flatnonzero(groups == g)}) == 1
                       for g in set(groups[groups >= 0].tolist()))  # fmt: skip
        if together and all(mates.count(j) <= places[j] for j in range(len(places))):
            pairs = [(i, j) for i, j in enumerate(mates) if j >= 0]
            if all(pair in worth for pair in pairs):
                best = max(best, sum(worth[pair] for pair in pairs))
    return best


def asked_cost(asked, i, j):
    """Return what a pair costs, or None; read from the listed pairs."""
    graph, k = asked._by_mother, int(asked._kid_at[i])
    mother = int(asked._mum_at[j])
    row = slice(graph.first[k], graph.first[k + 1])
    found = graph.cost[row][graph.mother[row] == mother]
    return int(found[0]) if mother >= 0 and len(found) else None


@pytest.mark.parametrize("seed", range(20))
def test_small_plans_agree_with_trying_everything(seed):
    kids, mums, groups = a_case(100 + seed, children=6, mothers=3)
    alone = make_plan(replace(kids, group=np.full(6, -1)), mums, load_policy())

    plan = make_plan(kids, mums, load_policy())

    # The same places' worth for both, whatever groups add to the tiers' distance.
    same = alone.__class__(**{**vars(alone), "penalties": plan.penalties})
    assert plan.gap == 0
    assert plan.objective == best_by_hand(same, groups)


def test_a_later_plan_starts_from_an_older_one_and_ends_the_same():
    kids, mums, _ = a_case(7, children=60, mothers=25)
    before = make_plan(kids, mums, load_policy(), keep=True)
    fewer = make.some_mothers(25, seed=7, town=mums.town, capacity=np.maximum(mums.capacity - 1, 0))

    warm = make_plan(kids, fewer, load_policy(), previous=earlier_of(before))
    cold = make_plan(kids, fewer, load_policy())

    assert (warm.objective, warm.gap) == (cold.objective, 0)


def test_without_time_the_gap_is_stated_and_never_less_than_it_is(tmp_path, monkeypatch):
    kids, mums, _ = a_case(3, children=80, mothers=24, places=5)

    plan = make_plan(kids, mums, load_policy())
    monkeypatch.setattr(families, "BUDGET", 0.0)
    hasty = make_plan(kids, mums, load_policy())

    assert hasty.objective <= plan.objective <= hasty.objective + hasty.gap
    write_plan(hasty, tmp_path)
    assert make.a_verdict(named(tmp_path), tmp_path) == 0
    assert json.loads((tmp_path / "certificate.json").read_text())["gap"] == hasty.gap


def test_siblings_for_whom_nobody_has_room_are_left_over_together_and_told_so():
    kids = make.some_children(3, town=np.zeros(3), group=np.array([5, -1, 5]))
    mums = make.some_mothers(4, town=np.zeros(4), capacity=[1, 1, 1, 1])

    plan = make_plan(kids, mums, load_policy())

    assert plan.mate.tolist()[::2] == [-1, -1]
    assert plan.mate[1] >= 0
    assert {one.reason for one in plan.left_over} == {"group_does_not_fit"}


def test_rising_costs_and_groups_do_not_go_together():
    with pytest.raises(BadColumnError, match="fairness"):
        make_plan(
            make.some_children(4, group=np.array([0, 0, -1, -1])), make.some_mothers(4),
            policies.sharing(100),
        )  # fmt: skip


def test_a_lone_child_is_no_group():
    kids, mums, _ = a_case(1)

    plan = make_plan(replace(kids, group=np.arange(30)), mums, load_policy())
    alone = make_plan(replace(kids, group=np.full(30, -1)), mums, load_policy())

    assert plan.together is None
    assert plan.mate.tolist() == alone.mate.tolist()


def test_the_bound_of_too_many_pairs_is_the_relaxation(monkeypatch):
    kids, mums, _ = a_case(3, children=60, mothers=20)
    exact = make_plan(kids, mums, load_policy())
    monkeypatch.setattr(families, "MOST", 1)

    plan = make_plan(kids, mums, load_policy())

    assert plan.objective <= exact.objective <= plan.objective + plan.gap
