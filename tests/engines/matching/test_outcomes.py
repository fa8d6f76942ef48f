"""Weights learned from invented outcomes come back to the truth that made them."""

import numpy as np
import pytest

from qianshou.engines.matching.outcomes import propose_weights
from qianshou.engines.matching.policy import PARTS, load_policy

TRUTH = np.array([-1.0, -0.5, -1.5, -1.0, 0.0, 0.0, 0.0, 0.0])
CURRENT = load_policy().weights


def invented(seed, pairings, *, effects=TRUTH, risk=0.02):
    """Return pairings watched for up to three years, whose risk the effects decide."""
    rng = np.random.default_rng(seed)
    points = rng.integers(0, 1001, (pairings, len(PARTS)))
    rate = risk * np.exp((points / 1000 - 0.5) @ effects)
    lasts, watched = rng.exponential(1 / rate), rng.uniform(1, 36, pairings)
    return points, np.minimum(lasts, watched), lasts < watched


def test_effects_lie_in_their_intervals_as_often_as_they_should():
    """Twenty cities, eight parts: of 160 intervals of 95 % about 152 hold the truth."""
    held = 0

    for seed in range(20):
        found = propose_weights(*invented(seed, 6000), current=CURRENT)
        for effect, true in zip(found.effects.values(), np.exp(TRUTH), strict=True):
            held += effect.low <= true <= effect.high

    assert 143 <= held <= 160


def test_proposed_weights_follow_the_truth():
    found = propose_weights(*invented(1, 40_000), current=CURRENT)

    assert found.is_enough
    assert sum(found.weights.values()) == 1000
    assert found.monthly_risk == pytest.approx(0.02, rel=0.1)
    for name, share in zip(PARTS, -TRUTH / -TRUTH.sum(), strict=True):
        assert found.weights[name] == pytest.approx(1000 * share, abs=50)
        low, high = found.intervals[name]
        assert low <= found.weights[name] <= high


def test_parts_that_do_harm_get_no_weight():
    harmful = np.where(np.arange(len(PARTS)) == 0, 2.0, TRUTH)

    found = propose_weights(*invented(2, 20_000, effects=harmful), current=CURRENT)

    assert found.weights["travel"] == 0
    assert found.effects["travel"].low > 1


def test_too_few_outcomes_change_nothing():
    found = propose_weights(*invented(3, 60), current=CURRENT)

    assert not found.is_enough
    assert found.weights == CURRENT


def test_the_same_outcomes_give_the_same_proposal():
    data = invented(4, 3000)

    assert propose_weights(*data, current=CURRENT) == propose_weights(*data, current=CURRENT)


def test_nothing_known_is_no_reason_to_fail():
    none = np.zeros((0, len(PARTS)), np.int64)

    found = propose_weights(none, np.zeros(0), np.zeros(0, bool), current=CURRENT)

    assert (found.pairings, found.is_enough, found.weights) == (0, False, CURRENT)
