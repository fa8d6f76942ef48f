"""The price of one veto or forced pair equals what solving again finds."""

import numpy as np
import pytest

from qianshou.engines.matching.prepare import graph_from_pairs
from qianshou.engines.matching.solver import solve, solve_pairs
from qianshou.engines.matching.steering import NoSuchPairError, Steering

from . import make
from .make import Instance


def steered(it: Instance):
    graph = graph_from_pairs(
        it.child,
        it.mother,
        np.ascontiguousarray(it.cost, np.int64),
        children=len(it.limit),
        mothers=len(it.capacity),
    )
    found = solve(graph, it.limit, it.capacity)
    return found, Steering(graph, it.limit, it.capacity, solution=found)


def cost_of(it: Instance, keep) -> int:
    return solve_pairs(
        it.child[keep], it.mother[keep], it.cost[keep], limit=it.limit, capacity=it.capacity
    ).cost


def cost_without(it: Instance, i: int, j: int) -> int:
    return cost_of(it, ~((it.child == i) & (it.mother == j)))


def cost_with(it: Instance, i: int, j: int) -> int:
    """Solve for the others, with one place fewer, and add the pair."""
    capacity, limit = it.capacity.copy(), it.limit.copy()
    capacity[j] -= 1
    limit[i] = 0
    others = it.child != i
    rest = solve_pairs(
        it.child[others], it.mother[others], it.cost[others], limit=limit, capacity=capacity
    )
    return rest.cost + int(it.cost[(it.child == i) & (it.mother == j)][0])


def applied(it: Instance, mate, regret) -> int:
    """Carry out the moves and return what the plan costs then."""
    after = mate.copy()
    for child, mother in regret.moves:
        after[child] = mother
    load = np.bincount(after[after >= 0], minlength=len(it.capacity))
    assert (load <= it.capacity).all()
    price = dict(zip(zip(it.child, it.mother, strict=True), it.cost, strict=True))
    return sum(int(price[i, j]) if j >= 0 else int(it.limit[i]) for i, j in enumerate(after))


@pytest.mark.parametrize("seed", range(3))
def test_regrets_equal_solving_again(seed):
    rng = np.random.default_rng(seed)
    asked = 0

    for _ in range(150):
        it = make.an_instance(rng)
        found, steering = steered(it)
        for i in np.flatnonzero(found.mate >= 0).tolist():
            regret = steering.veto(i)
            assert found.cost + regret.cost == cost_without(it, i, int(found.mate[i]))
            assert applied(it, found.mate, regret) == found.cost + regret.cost
            asked += 1
        for i, j in zip(it.child.tolist(), it.mother.tolist(), strict=True):
            if it.capacity[j] > 0:
                regret = steering.force(i, j)
                assert found.cost + regret.cost == cost_with(it, i, j)
                assert applied(it, found.mate, regret) == found.cost + regret.cost
                asked += 1
    assert asked > 1000


def test_regrets_leave_the_plan_as_it_is():
    it = make.an_instance(np.random.default_rng(5), largest=40)
    found, steering = steered(it)
    children = np.flatnonzero(found.mate >= 0).tolist()

    once = [steering.veto(i) for i in children]
    again = [steering.veto(i) for i in children]

    assert once == again


def test_regret_tells_who_loses_a_place_and_who_gains_one():
    """Two children, one place: without its mother the first is left over and the second comes."""
    it = Instance(
        np.array([0, 1], np.int32), np.zeros(2, np.int32), np.array([1, 3]),
        np.array([100, 50]), np.array([1]),
    )  # fmt: skip
    _, steering = steered(it)

    regret = steering.veto(0)

    assert (regret.left_out, regret.taken_in) == (0, 1)
    assert regret.cost == 100 + 3 - (1 + 50)
    assert regret.points == 3 - 1
    assert set(regret.moves) == {(0, -1), (1, 0)}


def test_why_not_splits_personal_fit_from_scarcity():
    """Mother 1 suits child 0 better, but child 1 has nobody else as good."""
    it = Instance(
        np.array([0, 0, 1, 1], np.int32), np.array([0, 1, 0, 1], np.int32),
        np.array([40, 10, 95, 5]), np.array([1000, 1000]), np.array([1, 1]),
    )  # fmt: skip
    found, steering = steered(it)

    said = steering.why_not(0, 1)

    assert found.mate.tolist() == [0, 1]
    assert said.fit == 30
    assert said.scarcity - said.fit == said.at_least
    assert said.at_least <= said.regret.cost == 60


@pytest.mark.parametrize("seed", range(20))
def test_why_not_bounds_the_regret_from_below(seed):
    it = make.an_instance(np.random.default_rng(seed), largest=30)
    found, steering = steered(it)

    for i, j in zip(it.child.tolist(), it.mother.tolist(), strict=True):
        if it.capacity[j] > 0 and found.mate[i] != j:
            said = steering.why_not(i, j)
            assert 0 <= said.at_least <= said.regret.cost
            assert said.at_least == said.scarcity - said.fit


def test_steering_refuses_pairs_that_are_not_there():
    it = Instance(
        np.array([0], np.int32), np.array([0], np.int32), np.array([1]),
        np.array([9, 9]), np.array([1, 0]),
    )  # fmt: skip
    _, steering = steered(it)

    with pytest.raises(NoSuchPairError, match="has no mother"):
        steering.veto(1)
    with pytest.raises(NoSuchPairError, match="not a feasible pair"):
        steering.force(1, 0)
