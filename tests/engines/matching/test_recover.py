"""Prices are found for every optimal plan, and for no other."""

import numpy as np
import pytest

from qianshou.engines.matching.hall import smallest_block
from qianshou.engines.matching.prepare import graph_from_pairs
from qianshou.engines.matching.recover import duals_of
from qianshou.engines.matching.solver import solve

from . import make


def graph_of(it):
    return graph_from_pairs(
        it.child,
        it.mother,
        np.ascontiguousarray(it.cost, np.int64),
        children=len(it.limit),
        mothers=len(it.capacity),
    )


def cost_of(it, mate):
    price = dict(zip(zip(it.child, it.mother, strict=True), it.cost, strict=True))
    return sum(int(price[i, j]) if j >= 0 else int(it.limit[i]) for i, j in enumerate(mate))


def worsened(it, mate, rng):
    """Return the plan with one child moved to another mother, or out, wherever there is room."""
    other = mate.copy()
    i = int(rng.integers(0, len(mate)))
    load = np.bincount(mate[mate >= 0], minlength=len(it.capacity))
    free = [j for j in it.mother[it.child == i].tolist() if load[j] < it.capacity[j]]
    other[i] = rng.choice([-1, *free])
    return other


@pytest.mark.parametrize("seed", range(3))
def test_duals_exist_exactly_for_optimal_plans(seed):
    rng = np.random.default_rng(seed)
    refused = accepted = 0

    for _ in range(200):
        it = make.an_instance(rng)
        graph = graph_of(it)
        best = solve(graph, it.limit, it.capacity)
        for mate in (best.mate, *(worsened(it, best.mate, rng) for _ in range(5))):
            found = duals_of(graph, it.limit, it.capacity, mate=mate)
            assert (found is not None) == (cost_of(it, mate) == best.cost)
            if found is None:
                refused += 1
                continue
            u, v = found
            accepted += 1
            assert (u[it.child] + v[it.mother] <= it.cost).all()
            assert (u <= it.limit).all()
            assert (v <= 0).all()
            assert int(u.sum()) + int(it.capacity @ v) == best.cost
    assert refused > 100
    assert accepted > 200


def test_duals_refuse_a_plan_one_swap_from_optimal():
    """The swap costs one point and changes nothing else."""
    i, j = np.array([0, 0, 1, 1], np.int32), np.array([0, 1, 0, 1], np.int32)
    it = make.Instance(i, j, np.array([5, 6, 5, 5]), np.array([99, 99]), np.array([1, 1]))

    best = duals_of(graph_of(it), it.limit, it.capacity, mate=np.array([0, 1], np.int32))
    swapped = duals_of(graph_of(it), it.limit, it.capacity, mate=np.array([1, 0], np.int32))

    assert best is not None
    assert swapped is None


def test_duals_refuse_pairs_and_places_that_are_not_there():
    it = make.Instance(
        np.array([0, 1], np.int32), np.zeros(2, np.int32), np.array([1, 1]),
        np.array([9, 9]), np.array([1, 1]),
    )  # fmt: skip

    assert duals_of(graph_of(it), it.limit, it.capacity, mate=np.zeros(2, np.int32)) is None
    assert duals_of(graph_of(it), it.limit, it.capacity, mate=np.array([1, 0], np.int32)) is None


@pytest.mark.parametrize("seed", range(30))
def test_smallest_block_is_closed_full_and_one_place_short(seed):
    it = make.an_instance(np.random.default_rng(seed), largest=30)
    it = make.Instance(it.child, it.mother, it.cost, np.full(len(it.limit), 10**15), it.capacity)
    graph = graph_of(it)
    mate = solve(graph, it.limit, it.capacity).mate

    for child in np.flatnonzero(mate < 0).tolist():
        block = smallest_block(
            graph.first, graph.mother, mate=mate, capacity=it.capacity, child=child
        )
        assert block.children[0] == child
        assert block.places == len(block.children) - 1
        assert (mate[block.children] < 0).sum() == 1
        assert {j for i, j in zip(it.child, it.mother, strict=True) if i in block.children} == set(
            block.mothers
        )
