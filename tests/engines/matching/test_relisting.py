"""What is listed from an older problem is what would be listed anew, pair by pair."""

from dataclasses import replace
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qianshou.engines.matching import relisting
from qianshou.engines.matching.archive import LISTING, write_plan
from qianshou.engines.matching.candidates import all_pairs
from qianshou.engines.matching.ground import lay_out
from qianshou.engines.matching.living import joined
from qianshou.engines.matching.people import taken
from qianshou.engines.matching.plan import earlier_of, make_plan
from qianshou.engines.matching.policy import load_policy
from qianshou.engines.matching.relisting import listing_of, load_listing, relisted
from tests.engines.matching import make, policies


def a_listing(children, mothers, policy, barred):
    ground = lay_out(children, mothers, policy, barred=barred)
    listed = all_pairs(ground.people, ground.blocks, ground.asks)
    return listing_of(ground, children, mothers, listed=listed)


def a_list(rng, children, mothers):
    count = min(len(children.ids), len(mothers.ids), 6)
    rows = (rng.integers(0, len(people.ids), count) for people in (children, mothers))
    return np.unique(np.stack(list(rows), axis=1), axis=0).astype(np.int32)


def by_name(children, mothers, barred):
    return [(children.ids[i], mothers.ids[j]) for i, j in barred.tolist()]


def in_rows(children, mothers, names):
    kid, mum = ({name: k for k, name in enumerate(p.ids)} for p in (children, mothers))
    rows = [(kid[i], mum[j]) for i, j in names if i in kid and j in mum]
    return np.array(rows, np.int32).reshape(-1, 2)


def some_changed(rng, people, columns, count):
    """Return the people with some columns of a few of them taken from others."""
    rows = rng.integers(0, len(people.ids), count)
    for name in columns:
        column = getattr(people, name).copy()
        column[rows] = column[rng.permutation(rows)]
        people = replace(people, **{name: column})
    return people


KID_COLUMNS = (
    "needs",
    "x",
    "dialects",
    "tier",
    "age",
    "special_needs",
    "consented",
    "waiting_days",
)
MUM_COLUMNS = ("skills", "load", "capacity", "ready", "y", "travel_limit", "town", "age")


def some_named(rng, n, m):
    """Name a mother or two for one child in four."""
    named = np.where(rng.random((n, 4)) < 0.1, rng.integers(0, m, (n, 4)), -1)
    return named.astype(np.int32)


def renamed(named, before, kids, mums):
    """Return which mothers the same children name, in the rows of today."""
    at = {name: k for k, name in enumerate(mums.ids)}
    said = dict(zip(before.ids, named.tolist(), strict=True))
    nobody = [-1] * 4
    old = [[at.get(name, -1) for name in said.get(child, nobody)] for child in kids.ids]
    return np.array(old, np.int32)


def a_varied_problem(rng):
    n, m = int(rng.integers(30, 120)), int(rng.integers(20, 60))
    children = make.some_children(
        n, seed=int(rng.integers(1000)), dialects=rng.integers(0, 4, n),
        special_needs=rng.integers(0, 2, n), consented=rng.random(n) < 0.9,
        wish=rng.integers(-1, m, n), likes=rng.integers(0, 4, n), unlikes=rng.integers(0, 2, n),
        wishes=some_named(rng, n, m), avoids=some_named(rng, n, m),
    )  # fmt: skip
    mothers = make.some_mothers(
        m, seed=int(rng.integers(1000)), dialects=rng.integers(0, 4, m),
        qualifications=rng.integers(0, 2, m), capacity=rng.integers(0, 3, m),
        ready=rng.random(m) < 0.9, strain=rng.integers(0, 90, m), traits=rng.integers(0, 4, m),
    )  # fmt: skip
    return children, mothers


def changed_somewhat(rng, children, mothers):
    wishes = {c: mothers.ids[w] for c, w in zip(children.ids, children.wish, strict=True) if w >= 0}
    kids = taken(children, np.sort(rng.permutation(len(children.ids))[: len(children.ids) - 3]))
    mums = taken(mothers, np.sort(rng.permutation(len(mothers.ids))[: len(mothers.ids) - 1]))
    new_kids = make.some_children(3, seed=int(rng.integers(1000)))
    new_mums = make.some_mothers(1, seed=int(rng.integers(1000)))
    kids = joined(kids, replace(new_kids, ids=[f"n{rng.integers(10**9)}{k}" for k in range(3)]))
    mums = joined(mums, replace(new_mums, ids=[f"a{rng.integers(10**9)}"]))
    kids = some_changed(rng, kids, rng.choice(KID_COLUMNS, 2), 4)
    mums = some_changed(rng, mums, rng.choice(MUM_COLUMNS, 1), 2)
    at = {name: k for k, name in enumerate(mums.ids)}
    wish = np.array([at.get(wishes.get(name, ""), -1) for name in kids.ids], np.int32)
    named = {
        name: [[mothers.ids[j] if j >= 0 else "" for j in row] for row in getattr(children, name)]
        for name in ("wishes", "avoids")
    }
    more = {name: renamed(np.array(rows), children, kids, mums) for name, rows in named.items()}
    return replace(kids, wish=wish, **more), mums


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_relisted_is_what_a_new_listing_says(seed):
    rng = np.random.default_rng(seed)
    policy = policies.without("too_far") if seed % 3 == 0 else load_policy()
    children, mothers = a_varied_problem(rng)
    barred = a_list(rng, children, mothers)
    old = a_listing(children, mothers, policy, barred)
    kids, mums = changed_somewhat(rng, children, mothers)
    names = by_name(children, mothers, barred)[1:] + by_name(kids, mums, a_list(rng, kids, mums))
    now = in_rows(kids, mums, sorted(set(names)))

    ground = lay_out(kids, mums, policy, barred=now)
    with mock.patch.object(relisting, "MOST", 0):
        found = relisted(old, ground, kids, mums)
    anew, refused = all_pairs(ground.people, ground.blocks, ground.asks)

    assert found is not None
    for one, other in zip((*found[0], found[1]), (*anew, refused), strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype


@pytest.mark.parametrize("steps", [3])
def test_plans_from_listings_of_listings_are_the_plans_made_anew(steps, tmp_path):
    rng, policy = np.random.default_rng(7), load_policy()
    children, mothers = a_varied_problem(rng)
    plan = make_plan(children, mothers, policy, keep=True)
    for step in range(steps):
        write_plan(plan, tmp_path / str(step))
        children, mothers = changed_somewhat(rng, children, mothers)
        stand = np.array([[0, 0, 300]], np.int32)
        bare = replace(earlier_of(plan), listing=None)
        kept = replace(bare, listing=load_listing(tmp_path / str(step) / LISTING))

        anew = make_plan(children, mothers, policy, standing=stand, previous=bare)
        with mock.patch.object(relisting, "MOST", 0):
            plan = make_plan(children, mothers, policy, standing=stand, previous=kept, keep=True)

        for name in ("mate", "score", "refusals", "feasible", "child_value", "mother_price"):
            np.testing.assert_array_equal(getattr(plan, name), getattr(anew, name))
    again = (tmp_path / "again", tmp_path / "anew")
    write_plan(plan, again[0])
    write_plan(anew, again[1])
    files = [path.name for path in again[1].iterdir()]
    assert "pairs.parquet" in files
    for name in files:
        assert (again[0] / name).read_bytes() == (again[1] / name).read_bytes()


def test_unchanged_rows_are_not_scored_again(monkeypatch):
    rng = np.random.default_rng(3)
    children, mothers = a_varied_problem(rng)
    old = a_listing(children, mothers, load_policy(), np.zeros((0, 2), np.int32))
    kids = some_changed(rng, children, ("needs",), 4)
    ground = lay_out(kids, mothers, load_policy(), barred=np.zeros((0, 2), np.int32))
    seen = {}
    fill = relisting._list_all

    def spied(*given):
        seen["match"] = given[3]
        fill(*given)

    monkeypatch.setattr(relisting, "_list_all", spied)
    assert relisted(old, ground, kids, mothers) is not None

    match = seen["match"]
    assert (match.old_kid < 0).sum() <= 4
    assert len(match.fresh) == len(match.gone) == 0


def test_other_rules_or_weights_are_listed_anew():
    children, mothers = make.some_children(20), make.some_mothers(12)
    none = np.zeros((0, 2), np.int32)
    old = a_listing(children, mothers, load_policy(), none)

    for policy in (policies.with_rule("no_common_time"), policies.without("no_common_dialect")):
        ground = lay_out(children, mothers, policy, barred=none)
        assert relisted(old, ground, children, mothers) is None


def test_many_changed_mothers_are_listed_anew():
    children, mothers = make.some_children(20), make.some_mothers(12)
    none = np.zeros((0, 2), np.int32)
    old = a_listing(children, mothers, load_policy(), none)
    tired = replace(mothers, load=mothers.load + 1)

    ground = lay_out(children, tired, load_policy(), barred=none)

    assert relisted(old, ground, children, tired) is None


def test_listing_that_is_not_whole_is_refused(tmp_path):
    children, mothers = make.some_children(20), make.some_mothers(12)
    a_listing(children, mothers, load_policy(), np.zeros((0, 2), np.int32)).save(tmp_path)
    (tmp_path / "cost.npy").unlink()

    with pytest.raises(OSError, match=r"cost\.npy"):
        load_listing(tmp_path)
