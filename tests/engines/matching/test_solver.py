"""The solver against OR-Tools, a brute force, its own proof, and itself from a warm start."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qianshou.engines.matching.penalties import HEADROOM, TooLargeError, penalties_for
from qianshou.engines.matching.prepare import graph_from_pairs
from qianshou.engines.matching.solver import Solution, exact_dot, exact_sum, solve, solve_pairs

from . import make
from .make import Instance


def solved(it: Instance) -> Solution:
    return solve_pairs(it.child, it.mother, it.cost, limit=it.limit, capacity=it.capacity)


def assert_proven(it: Instance, found: Solution) -> None:
    """Check the plan and its prices by weak duality alone."""
    assert (found.u[it.child] + found.v[it.mother] <= it.cost).all()
    assert (found.u <= it.limit).all()
    assert (found.v <= 0).all()
    load = np.bincount(found.mate[found.mate >= 0], minlength=len(it.capacity))
    assert (load <= it.capacity).all()
    price = dict(zip(zip(it.child, it.mother, strict=True), it.cost, strict=True))
    paid = [
        price[i, j] if j >= 0 else limit
        for i, (j, limit) in enumerate(zip(found.mate, it.limit, strict=True))
    ]
    assert sum(map(int, paid)) == found.cost == found.dual


@pytest.mark.parametrize("seed", range(4))
def test_solve_equals_or_tools_on_random_instances(seed):
    rng = np.random.default_rng(seed)

    for _ in range(500):
        it = make.an_instance(rng)
        found = solved(it)

        assert found.cost == make.cost_by_or_tools(it)
        assert_proven(it, found)


def test_solve_proves_larger_instances_too():
    rng = np.random.default_rng(9)

    for places in (0.6, 1.0, 1.5):
        n, m = 600, 200
        child, mother = np.nonzero(rng.random((n, m)) < 0.05)
        it = Instance(
            child.astype(np.int32),
            mother.astype(np.int32),
            rng.integers(0, 50, len(child)),
            rng.choice([30_051, 60_102], n),
            rng.binomial(6, places / 2, m),
        )
        found = solved(it)

        assert found.cost == make.cost_by_or_tools(it)
        assert_proven(it, found)


def best_by_trying(score: dict[tuple[int, int], int], tier: list[int], capacity: list[int]):
    """Return the best counts by tier and total score over all plans there are."""
    best = None
    tiers = sorted(set(tier))
    for plan in itertools.product(range(-1, len(capacity)), repeat=len(tier)):
        pairs = [(i, j) for i, j in enumerate(plan) if j >= 0]
        fits = all(plan.count(j) <= places for j, places in enumerate(capacity))
        if fits and all(pair in score for pair in pairs):
            counts = [sum(tier[i] == t for i, _ in pairs) for t in tiers]
            value = (*counts, sum(score[pair] for pair in pairs))
            best = value if best is None else max(best, value)
    return best


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_solve_finds_the_lexicographic_best_of_all_plans(data):
    n, m = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 3))
    tier = data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n))
    capacity = data.draw(st.lists(st.integers(0, 2), min_size=m, max_size=m))
    every = [(i, j) for i in range(n) for j in range(m)]
    allowed = data.draw(st.lists(st.sampled_from(every), unique=True))
    score = {pair: data.draw(st.integers(-9, 9)) for pair in allowed}
    values = np.array(list(score.values()) or [0])
    penalties = penalties_for(np.array(tier), lowest=int(values.min()), top=int(values.max()))

    found = solve_pairs(
        np.array([i for i, _ in score], np.int32),
        np.array([j for _, j in score], np.int32),
        penalties.top - np.array(list(score.values()), np.int64),
        limit=penalties.limit,
        capacity=np.array(capacity),
    )

    pairs = [(i, int(j)) for i, j in enumerate(found.mate) if j >= 0]
    counts = [sum(tier[i] == t for i, _ in pairs) for t in sorted(set(tier))]
    total = sum(score[pair] for pair in pairs)
    assert (*counts, total) == best_by_trying(score, tier, capacity)


def test_solve_does_not_depend_on_the_order_of_pairs():
    rng = np.random.default_rng(3)
    it = make.an_instance(rng, largest=60)
    order = rng.permutation(len(it.child))
    shuffled = Instance(it.child[order], it.mother[order], it.cost[order], it.limit, it.capacity)

    first, second = solved(it), solved(shuffled)

    assert np.array_equal(first.mate, second.mate)
    assert np.array_equal(first.v, second.v)


@given(seed=st.integers(0, 10**6), edits=st.integers(1, 5))
@settings(max_examples=100, deadline=None)
def test_solve_from_an_old_plan_equals_solving_anew(seed, edits):
    rng = np.random.default_rng(seed)
    it = make.an_instance(rng, largest=20)
    found = solved(it)

    for _ in range(edits):
        capacity = np.maximum(0, it.capacity + rng.integers(-1, 2, len(it.capacity)))
        changed = rng.random(len(it.cost)) < 0.2
        cost = np.where(
            changed, rng.integers(0, 1 + int(it.cost.max(initial=0)), len(changed)), it.cost
        )
        kept = rng.random(len(cost)) < 0.9
        it = Instance(it.child[kept], it.mother[kept], cost[kept], it.limit, capacity)
        graph = graph_from_pairs(
            it.child, it.mother, it.cost, children=len(it.limit), mothers=len(capacity)
        )
        found = solve(graph, it.limit, capacity, previous=(found.mate, found.v))

        assert found.cost == solved(it).cost
        assert_proven(it, found)


def test_solve_accepts_nobody_at_all():
    none = np.zeros(0, np.int32)

    found = solve_pairs(none, none, none, limit=np.zeros(0, np.int64), capacity=np.array([2]))

    assert found.cost == found.dual == 0


def test_penalties_refuse_what_does_not_fit_64_bits():
    tier = np.arange(4)

    with pytest.raises(TooLargeError, match="fewer decimals"):
        penalties_for(tier, lowest=0, top=HEADROOM // 4)

    fits = penalties_for(tier, lowest=0, top=HEADROOM // 20)
    assert fits.worth[0] <= HEADROOM


def test_exact_sums_do_not_overflow():
    large = np.full(9, 1 << 61)

    assert exact_sum(large) == 9 << 61
    assert exact_sum(-large) == -9 << 61
    assert exact_dot(large, -large) == -9 << 122
    assert exact_dot(large, large * 0) == 0
