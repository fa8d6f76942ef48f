"""Plans that share children out, and plans that keep what stands, stay exact and verifiable."""

import numpy as np
import pytest

from qianshou.engines.matching import command
from qianshou.engines.matching.archive import write_plan
from qianshou.engines.matching.levels import levels_of, solve_levelled
from qianshou.engines.matching.plan import make_plan
from qianshou.engines.matching.policy import load_policy
from qianshou.engines.matching.prepare import graph_from_pairs
from qianshou.engines.matching.solver import solve

from . import make, policies


def verdict(plan, folder) -> int:
    write_plan(plan, folder)
    tables = [f"--{name}={folder / name}.parquet" for name in ("children", "mothers", "pairs")]
    return command.verify([str(folder), *tables])


def best_sharing(it, load, step):
    """Return the least cost over all plans, trying each; small instances only."""
    mothers_of = {i: [-1, *it.mother[it.child == i].tolist()] for i in range(len(it.limit))}
    price = dict(zip(zip(it.child, it.mother, strict=True), it.cost, strict=True))

    def cheapest(i, held):
        if i == len(it.limit):
            return 0
        costs = []
        for j in mothers_of[i]:
            if j < 0:
                costs.append(int(it.limit[i]) + cheapest(i + 1, held))
            elif held[j] < it.capacity[j]:
                more = [n + (k == j) for k, n in enumerate(held)]
                extra = step * (int(load[j]) + held[j])
                costs.append(int(price[i, j]) + extra + cheapest(i + 1, more))
        return min(costs)

    return cheapest(0, [0] * len(it.capacity))


@pytest.mark.parametrize("seed", range(40))
def test_levels_find_the_best_of_all_plans(seed):
    rng = np.random.default_rng(seed)
    it = make.an_instance(rng, largest=7)
    load, step = rng.integers(0, 3, len(it.capacity)), int(it.cost.max(initial=0)) // 3 + 1
    graph = graph_from_pairs(
        it.child, it.mother, np.ascontiguousarray(it.cost, np.int64),
        children=len(it.limit), mothers=len(it.capacity),
    )  # fmt: skip

    found, _ = solve_levelled(graph, it.limit, levels_of(it.capacity, load, step=step))

    assert found.cost == found.dual == best_sharing(it, load, step)


def test_make_plan_with_a_step_gives_more_mothers_a_child_and_can_be_verified(tmp_path):
    children = make.some_children(60, town=np.zeros(60), tier=np.zeros(60))
    mothers = make.some_mothers(40, town=np.zeros(40), capacity=np.full(40, 4), load=np.zeros(40))

    free = make_plan(children, mothers, policies.sharing(0))
    shared = make_plan(children, mothers, policies.sharing(3000))

    assert len(np.unique(shared.mate)) == 40
    assert np.bincount(shared.mate).max() < np.bincount(free.mate).max()
    assert shared.gap == 0
    assert (shared.mate >= 0).sum() == (free.mate >= 0).sum() == 60
    assert verdict(shared, tmp_path / "shared") == 0
    assert verdict(free, tmp_path / "free") == 0


def test_make_plan_with_a_step_and_shortage_is_the_same_from_an_older_plan(tmp_path):
    children, mothers = make.some_children(90), make.some_mothers(30)

    cold = make_plan(children, mothers, policies.sharing(500))
    warm = make_plan(children, mothers, policies.sharing(500), previous=cold)

    assert warm.objective == cold.objective
    assert (cold.mate < 0).any()
    assert verdict(cold, tmp_path) == 0


def standing_pairs(plan, points):
    paired = np.flatnonzero(plan.mate >= 0)
    return np.stack([paired, plan.mate[paired], np.full(len(paired), points)], axis=1)


def test_make_plan_keeps_more_of_what_stands_the_more_it_is_worth(tmp_path):
    children, mothers = make.some_children(120), make.some_mothers(80)
    before = make_plan(children, mothers, load_policy())
    changed = make.some_mothers(80, skills=np.roll(mothers.skills, 1, axis=0))

    kept = []
    for points in (0, 300, 20_000):
        plan = make_plan(children, changed, load_policy(), standing=standing_pairs(before, points))
        kept.append(int((plan.mate == before.mate).sum()))
        assert plan.gap == 0
        assert verdict(plan, tmp_path / str(points)) == 0

    assert kept[0] < kept[1] < kept[2]


def test_a_pairing_is_worth_more_the_longer_and_the_better_it_is():
    policy = load_policy()

    assert policy.bonus_for_standing(0, 0) == 400
    assert policy.bonus_for_standing(12, 50) == 400 + 12 * 20 + 50 * 4
    assert policy.bonus_for_standing(900, 100) == 2000


def test_levels_without_a_step_are_none():
    assert levels_of(np.array([1, 2]), np.array([0, 0]), step=0) is None


def test_solving_by_levels_costs_as_much_as_without_when_the_step_is_nothing():
    it = make.an_instance(np.random.default_rng(8), largest=40)
    graph = graph_from_pairs(
        it.child, it.mother, np.ascontiguousarray(it.cost, np.int64),
        children=len(it.limit), mothers=len(it.capacity),
    )  # fmt: skip
    levels = levels_of(it.capacity, np.zeros(len(it.capacity), np.int64), step=1)

    found, _ = solve_levelled(graph, it.limit, levels._replace(extra=levels.extra * 0))

    assert found.cost == solve(graph, it.limit, it.capacity).cost
