"""Solving a stored problem again under orders equals solving it anew, and single questions."""

import numpy as np
import pytest

from qianshou.engines.matching.prepare import graph_from_pairs
from qianshou.engines.matching.resettle import (
    NoPlaceError,
    Orders,
    Problem,
    blocked,
    resettle,
    runner_up,
)
from qianshou.engines.matching.solver import solve
from qianshou.engines.matching.steering import NoSuchPairError, Steering

from . import make


def a_problem(rng):
    """Return a random problem, its graph and its best plan."""
    it = make.an_instance(rng, largest=14)
    graph = graph_from_pairs(
        it.child, it.mother, it.cost, children=len(it.limit), mothers=len(it.capacity)
    )
    room = it.capacity.astype(np.int64)
    best = solve(graph, it.limit, room)
    owner = np.arange(len(room), dtype=np.int32)
    problem = Problem(graph.first, graph.mother, graph.cost, it.limit, room, owner)
    return problem, graph, best


def anew(it, *, orders):
    """Return what the best plan under orders costs, from nothing and by OR-Tools."""
    limit = it.limit.copy()
    rows = np.repeat(np.arange(len(limit)), np.diff(it.first))
    keep = np.array([
        (int(i), int(j)) not in orders.barred
        and i not in orders.away
        and orders.fixed.get(int(i), int(j)) == j
        for i, j in zip(rows, it.place, strict=True)
    ], bool)  # fmt: skip
    room = np.array([min(n, orders.room.get(j, n)) for j, n in enumerate(it.room.tolist())])
    limit[list(orders.fixed)] = 2 * limit.max() + 1
    kept = (rows[keep].astype(np.int32), it.place[keep], it.cost[keep])
    return make.cost_by_or_tools(make.Instance(*kept, limit, room))


@pytest.mark.parametrize("seed", range(150))
def test_orders_are_obeyed_at_the_least_cost(seed):
    rng = np.random.default_rng(seed)
    problem, _graph, best = a_problem(rng)
    paired = np.flatnonzero(best.mate >= 0).tolist()
    if len(paired) < 2:
        return
    barred = frozenset({(paired[0], int(best.mate[paired[0]]))})
    orders = Orders(
        barred=barred,
        fixed={paired[1]: int(best.mate[paired[1]])},
        away=frozenset(paired[2:3]),
        room={j: int(rng.integers(0, 3)) for j in range(1, len(problem.room), 3)},
    )
    try:
        found = resettle(problem, orders, mate=best.mate, price=best.v)
    except NoPlaceError:
        assert orders.room.get(int(best.mate[paired[1]])) == 0
        return

    assert found.cost == anew(problem, orders=orders)
    assert found.mate[paired[1]] == best.mate[paired[1]]
    assert (paired[0], int(found.mate[paired[0]])) not in barred


@pytest.mark.parametrize("seed", range(60))
def test_a_veto_and_a_forced_pair_cost_what_the_local_search_says(seed):
    problem, graph, best = a_problem(np.random.default_rng(1000 + seed))
    steering = Steering(graph, problem.limit, problem.room, solution=best)
    before = resettle(problem, Orders(), mate=best.mate, price=best.v)
    for child in np.flatnonzero(best.mate >= 0).tolist()[:3]:
        barred = frozenset({(child, int(best.mate[child]))})
        after = resettle(problem, Orders(barred=barred), mate=before.mate, price=before.v)
        assert after.cost - before.cost == steering.veto(child).cost
        other = int(problem.place[problem.pairs_of(child)][-1])
        if problem.room[other]:
            forced = resettle(problem, Orders(fixed={child: other}), mate=best.mate, price=best.v)
            assert forced.cost - before.cost == steering.force(child, other).cost


def test_places_listed_one_by_one_belong_to_one_mother():
    """Three children, one mother with two places of which the second costs more."""
    first, place = np.array([0, 2, 4, 6], np.int64), np.tile(np.array([0, 1], np.int32), 3)
    cost = np.array([10, 60, 20, 70, 30, 80], np.int32)
    problem = Problem(
        first, place, cost, np.full(3, 1000, np.int64), np.ones(2, np.int64), np.zeros(2, np.int32)
    )
    nobody, free = np.full(3, -1, np.int32), np.zeros(2, np.int64)

    found = resettle(problem, Orders(), mate=nobody, price=free)
    without = resettle(problem, Orders(barred=frozenset({(0, 0)})), mate=found.mate, price=found.v)
    one = resettle(problem, Orders(room={0: 1}), mate=found.mate, price=found.v)

    assert found.mate.tolist() == [0, 0, -1]
    assert without.mate.tolist() == [-1, 0, 0]
    assert (one.mate.tolist(), one.paid_by_all) == ([0, -1, -1], 60)
    assert runner_up(problem, found, 0) == (-1, 0)
    assert blocked(problem, Orders(), found, child=2) == ([2, 0, 1], [0], 2)


def test_what_cannot_be_is_refused():
    problem = Problem(
        np.array([0, 1, 2], np.int64), np.zeros(2, np.int32), np.array([5, 7], np.int32),
        np.full(2, 100, np.int64), np.ones(1, np.int64), np.zeros(1, np.int32),
    )  # fmt: skip
    nobody, free = np.full(2, -1, np.int32), np.zeros(1, np.int64)

    with pytest.raises(NoSuchPairError):
        resettle(problem, Orders(barred=frozenset({(0, 0)}), fixed={0: 0}), mate=nobody, price=free)
    with pytest.raises(NoPlaceError):
        resettle(problem, Orders(fixed={0: 0, 1: 0}), mate=nobody, price=free)
