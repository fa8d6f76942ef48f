"""Teams are exact role by role; the fairness report knows chance from being last."""

import math

import numpy as np
import pytest

from qianshou.engines.matching.equity import report, wilson
from qianshou.engines.matching.plan import make_plan
from qianshou.engines.matching.policy import load_policy
from qianshou.engines.matching.teams import Pool, fill_roles

from . import make
from .test_solver import best_by_trying


def a_pool(rng, n=5, m=3):
    child, member = np.nonzero(rng.random((n, m)) < 0.6)
    return Pool(
        child.astype(np.int32), member.astype(np.int32),
        rng.integers(-5, 10, len(child)), rng.integers(0, 3, m),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(30))
def test_every_role_is_filled_as_well_as_any_plan_could(seed):
    rng = np.random.default_rng(seed)
    tier = rng.integers(0, 3, 5)
    pools = {name: a_pool(rng) for name in ("police", "doctor", "teacher")}

    roles = fill_roles(pools, tier=tier)

    for name, pool in pools.items():
        role = roles[name]
        pairs = zip(pool.child.tolist(), pool.member.tolist(), strict=True)
        score = dict(zip(pairs, pool.score.tolist(), strict=True))
        counts = [int((role.member[tier == t] >= 0).sum()) for t in sorted(set(tier.tolist()))]
        best = best_by_trying(score, tier.tolist(), pool.places.tolist())
        assert (*counts, role.total_score) == best
        assert role.objective == role.bound
        assert role.unfilled == (role.member < 0).sum()


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (5, 10, 0.2366, 0.7634),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),
    ],
)
def test_wilson_gives_the_published_intervals(successes, trials, low, high):
    rate = wilson(successes, trials)

    assert rate.low == pytest.approx(low, abs=5e-5)
    assert rate.high == pytest.approx(high, abs=5e-5)


def test_wilson_of_nothing_says_nothing():
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)


def a_plan_with_one_dialect_short():
    """Everybody speaks dialect 1 or 2; the mothers speak 1, but for two of them."""
    speaks = np.where(np.arange(200) % 2 == 0, 1, 2)
    children = make.some_children(200, town=np.zeros(200), tier=np.zeros(200), dialects=speaks)
    hers = np.where(np.arange(60) < 2, 2, 1)
    mothers = make.some_mothers(60, town=np.zeros(60), capacity=np.full(60, 2), dialects=hers)
    return make_plan(children, mothers, load_policy()), speaks


def test_report_says_who_is_last_and_not_by_chance():
    plan, speaks = a_plan_with_one_dialect_short()
    coin = np.random.default_rng(3).integers(0, 2, 200)

    found = report(
        plan,
        {"dialect": [str(one) for one in speaks], "coin": [str(one) for one in coin]},
    )

    last, first = found["dialect"]
    assert (last.value, last.is_last, first.is_last) == ("2", True, False)
    assert last.paired.share == pytest.approx(0.04)
    assert last.waiting_days > 0
    assert not any(group.is_last for group in found["coin"])
    assert sum(group.children for group in found["coin"]) == 200
    assert all(group.score_margin > 0 for group in found["coin"])


def test_report_leaves_out_children_who_were_not_asked():
    children = make.some_children(10, consented=np.arange(10) < 4)
    plan = make_plan(children, make.some_mothers(10), load_policy())

    (group,) = report(plan, {"all": ["x"] * 10})["all"]

    assert group.children == 4


def test_report_does_not_judge_by_a_single_score():
    plan = make_plan(make.some_children(1), make.some_mothers(5), load_policy())

    (group,) = report(plan, {"all": ["x"]})["all"]

    assert math.isinf(group.score_margin)
