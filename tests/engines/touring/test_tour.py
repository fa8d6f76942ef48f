"""Tours beside brute force, the exact program beside the search, and both beside OR-Tools."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qianshou.engines.touring import exact, search, tour
from qianshou.engines.touring.day import BadDayError, Day, follow
from tests.engines.touring import peer


def a_day(seed: int, stops: int, *, tight: bool = True, symmetric: bool = True) -> Day:
    """Places in a town of some kilometres, some with doors that open for a while only."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 40, (stops + 1, 2))
    travel = np.rint(np.hypot(*(places[:, None] - places[None, :]).transpose(2, 0, 1)))
    if not symmetric:
        travel = travel + rng.integers(0, 6, travel.shape)
    np.fill_diagonal(travel, 0)
    service = np.r_[0, rng.integers(15, 60, stops)]
    opens = np.r_[480, np.where(rng.random(stops) < 0.5, 480, rng.integers(480, 900, stops))]
    closes = np.r_[1080, np.minimum(opens[1:] + rng.integers(60, 400, stops), 1080)]
    if not tight:
        opens, closes = np.full(stops + 1, 480), np.full(stops + 1, 3000)
    return Day(*(each.astype(np.int64) for each in (travel, service, opens, closes)))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 6), st.booleans(), st.booleans())
def test_the_program_finds_what_trying_every_order_finds(seed, stops, tight, symmetric):
    day = a_day(seed, stops, tight=tight, symmetric=symmetric)
    every = itertools.permutations(range(1, stops + 1))

    best = min(follow(day, order).cost for order in every)

    assert tour.plan(day).timed.cost == best
    assert search.bound_of(day) <= best


@pytest.mark.parametrize("seed", range(12))
def test_the_search_finds_the_best_order_of_days_that_are_solved_exactly(seed):
    day = a_day(seed, 11, tight=seed % 2 == 0)
    best = follow(day, exact.best_order(day)).cost

    assert follow(day, search.good_order(day)).cost == best
    assert search.bound_of(day) <= best
    assert best <= follow(day, search.nearest_order(day)).cost


def test_going_to_the_nearest_is_not_enough():
    days = [a_day(seed, 12, tight=False) for seed in range(10)]

    longer = [
        follow(day, search.nearest_order(day)).travel > tour.plan(day).timed.travel for day in days
    ]

    assert sum(longer) >= 8


@pytest.mark.parametrize("seed", range(4))
def test_a_long_day_is_no_worse_than_what_or_tools_finds(seed):
    day = a_day(seed, 22, tight=seed % 2 == 0)
    found = tour.plan(day)

    assert found.timed.cost <= follow(day, peer.order_of(day, seconds=0.3)).cost
    assert found.bound <= found.timed.cost


def test_a_day_that_cannot_be_kept_is_planned_with_the_least_lateness():
    travel = np.array([[0, 10, 10], [10, 0, 10], [10, 10, 0]])
    day = Day(travel, np.array([0, 60, 60]), np.array([480, 480, 480]), np.array([1080, 500, 495]))

    found = tour.plan(day)

    assert sum(found.timed.late) == min(sum(follow(day, order).late) for order in ((1, 2), (2, 1)))
    assert not found.timed.is_in_time


def test_the_same_seed_gives_the_same_order():
    day = a_day(3, 20)

    assert search.good_order(day, seed=7) == search.good_order(day, seed=7)


@pytest.mark.parametrize(
    "wrong",
    [
        {"travel": np.zeros((2, 2))},
        {"service": np.array([5, 1, 1])},
        {"closes": np.array([1080, 100, 100])},
        {"opens": np.array([-1, 480, 480])},
    ],
)
def test_numbers_that_are_no_day_are_refused(wrong):
    good = {
        "travel": np.zeros((3, 3)), "service": np.array([0, 1, 1]),
        "opens": np.array([480, 480, 480]), "closes": np.array([1080, 1000, 1000]),
    }  # fmt: skip

    with pytest.raises(BadDayError):
        Day(**{**good, **wrong})


def test_an_order_must_name_each_visit_once():
    with pytest.raises(BadDayError):
        follow(a_day(1, 3), (1, 1, 2))
