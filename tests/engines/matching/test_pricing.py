"""Starting from a few pairs of each child ends at the optimum over all of them."""

import json
from unittest import mock

import numpy as np
import pytest

from qianshou.engines.matching import pricing
from qianshou.engines.matching.candidates import (
    Pairs,
    best_candidates,
    likely_candidates,
    runners_up,
)
from qianshou.engines.matching.solver import solve_pairs
from tests.engines.matching import make


def a_crowd(rng, *, children=90, mothers=70):
    """Return pairs of many children with many mothers, some of whom everybody likes."""
    allowed = rng.random((children, mothers)) < rng.choice([0.5, 0.9])
    liked = rng.integers(0, 200, mothers)
    child, mother = np.nonzero(allowed)
    cost = (liked[mother] + rng.integers(0, 60, len(child))).astype(np.int16)
    first = np.zeros(children + 1, np.int64)
    np.cumsum(allowed.sum(axis=1), out=first[1:])
    limit = rng.choice([30_000, 60_000], children)
    return Pairs(first, mother.astype(np.int32), cost), limit, rng.integers(0, 3, mothers)


@pytest.mark.parametrize("keep", [2, 5, 40, 100])
@pytest.mark.parametrize("seed", range(8))
def test_priced_from_any_number_of_candidates_is_the_optimum(monkeypatch, keep, seed):
    pairs, limit, capacity = a_crowd(np.random.default_rng(seed))
    monkeypatch.setattr(pricing, "KEEP", keep)

    found, rounds = pricing.solve_priced(pairs, limit, capacity)

    child = np.repeat(np.arange(len(limit), dtype=np.int32), np.diff(pairs.first))
    at_once = solve_pairs(child, pairs.mother, pairs.cost, limit=limit, capacity=capacity)
    assert found.cost == found.dual == at_once.cost
    assert runners_up(pairs, found.u, found.v, mate=found.mate)[2] == 0
    assert rounds > 1 or keep > 5


@pytest.mark.parametrize("keep", [1, 2, 5, 40])
def test_candidates_are_the_best_and_some_of_the_others_none_twice(keep):
    pairs, _, _ = a_crowd(np.random.default_rng(1))

    first, mother, cost = best_candidates(pairs, keep)

    for i in range(len(first) - 1):
        lo, hi = pairs.first[i], pairs.first[i + 1]
        every = sorted(zip(pairs.cost[lo:hi].tolist(), pairs.mother[lo:hi].tolist(), strict=True))
        row = slice(first[i], first[i + 1])
        kept = list(zip(cost[row].tolist(), mother[row].tolist(), strict=True))
        assert len(kept) == min(keep, len(every)) == len({*kept})
        assert {*kept} <= {*every}
        assert kept == sorted(kept)
        best = keep - keep * 2 // 5
        assert kept[:best] == every[:best]


@pytest.mark.parametrize("seed", range(8))
def test_priced_from_an_older_plan_is_the_optimum_from_few_candidates(monkeypatch, seed):
    rng = np.random.default_rng(seed)
    pairs, limit, capacity = a_crowd(rng)
    before, _ = pricing.solve_priced(pairs, limit, capacity)
    monkeypatch.setattr(pricing, "LIKELY", 2)
    capacity[::9] = 0

    found, _ = pricing.solve_priced(pairs, limit, capacity, previous=(before.mate, before.v))
    anew, _ = pricing.solve_priced(pairs, limit, capacity)

    assert found.cost == found.dual == anew.cost
    assert runners_up(pairs, found.u, found.v, mate=found.mate)[2] == 0


@pytest.mark.parametrize("keep", [1, 3, 10, 100])
def test_likely_candidates_are_the_best_at_the_prices(keep):
    pairs, _, _ = a_crowd(np.random.default_rng(2))
    v = -np.random.default_rng(3).integers(0, 500, 70)

    first, mother, cost = likely_candidates(pairs, v, keep)

    for i in range(len(first) - 1):
        lo, hi = pairs.first[i], pairs.first[i + 1]
        worth = sorted((pairs.cost[lo:hi] - v[pairs.mother[lo:hi]]).tolist())
        row = slice(first[i], first[i + 1])
        assert sorted((cost[row] - v[mother[row]]).tolist()) == worth[: min(keep, len(worth))]
        assert cost[row].tolist() == sorted(cost[row].tolist())
        assert {*mother[row].tolist()} <= {*pairs.mother[lo:hi].tolist()}


def test_command_prunes_many_pairs_and_its_proof_covers_them_all(tmp_path, monkeypatch, capsys):
    rng = np.random.default_rng(5)
    pairs, _, capacity = a_crowd(rng, children=60, mothers=50)
    child = np.repeat(np.arange(60), np.diff(pairs.first))
    frames = (
        {"child_id": [f"c{i:02d}" for i in range(60)], "tier": rng.integers(0, 3, 60)},
        {"mother_id": [f"m{j:02d}" for j in range(50)], "capacity": capacity[:50]},
        {
            "child_id": [f"c{i:02d}" for i in child],
            "mother_id": [f"m{j:02d}" for j in pairs.mother],
            "score": 1000 - pairs.cost.astype(np.int64),
        },
    )
    options = make.frames(tmp_path, *frames)
    assert make.a_match(options, tmp_path / "whole") == 0
    whole = json.loads(capsys.readouterr().out)
    monkeypatch.setattr(pricing, "KEEP", 5)
    priced = mock.Mock(side_effect=pricing.solve_priced)
    monkeypatch.setattr(pricing, "solve_priced", priced)

    assert make.a_match(options, tmp_path / "pruned") == 0
    pruned = json.loads(capsys.readouterr().out)

    assert priced.call_count == 1
    assert (pruned["total_score"], pruned["gap"]) == (whole["total_score"], 0)
    assert make.a_verdict(options, tmp_path / "pruned") == 0
