"""Probabilities of pairs that clusters keep apart, learnt from sources alone."""

import numpy as np
import pytest

from bench import linkage_rows
from qianshou.engines.linkage import calibrate, engine, spec

STRANGERS, PERSONS = 0.7, 0.98


def invented(count: int, true: float, *, seed: int = 5) -> tuple[calibrate.Pairs, np.ndarray]:
    """Give pairs of which `count` are kept apart at 5 bits, a share of them one person."""
    chance = np.random.default_rng(seed)
    same = np.concatenate([np.ones(5000), np.zeros(5000), chance.random(count) < true]).astype(bool)
    bits = np.concatenate([np.full(5000, 20.0), np.full(5000, -20.0), np.full(count, 5.0)])
    between = chance.random(len(same)) < np.where(same, PERSONS, STRANGERS)
    nothing = np.zeros(len(same), np.bool_)
    return calibrate.Pairs(bits, bits > 10, between, nothing, 0.0), same


@pytest.mark.parametrize("true", [0.05, 0.5, 0.9])
def test_likely_reads_the_mixture_from_the_sources(true):
    pairs, same = invented(3000, true)

    found = calibrate.likely(pairs)[10_000:]

    assert float(found.mean()) == pytest.approx(same[10_000:].mean(), abs=0.08)


def test_likely_keeps_to_what_was_known_where_sources_say_nothing():
    pairs, _same = invented(3000, 0.9)
    alike = calibrate.Pairs(
        pairs.bits, pairs.together, np.ones(len(pairs.bits), np.bool_), pairs.twins, 0.0
    )

    assert calibrate.likely(alike)[10_000:] == pytest.approx(0.2)


def test_likely_is_hardly_moved_by_a_few_pairs():
    pairs, _same = invented(8, 0.0)

    assert 0.1 <= float(calibrate.likely(pairs)[10_000:].mean()) <= 0.3


def test_likely_leaves_pairs_of_one_file_and_the_order_within_a_group():
    pairs, _same = invented(3000, 0.5)
    bits = pairs.bits.copy()
    bits[10_000:] = np.linspace(-2.9, -0.1, 3000)
    apart = calibrate.Pairs(bits, pairs.together, pairs.between, pairs.twins, 0.0)

    found = calibrate.likely(apart)

    assert np.array_equal(found[:5000], calibrate.said(bits[:5000]))
    assert (np.diff(found[10_000:]) > 0).all()


def off(said: np.ndarray, true: np.ndarray) -> float:
    """Give by how much pairs are said to be more or less likely than they are, by tenths."""
    band = np.minimum((said * 10).astype(int), 9)
    parts = [abs(said[band == at].sum() - true[band == at].sum()) for at in range(10)]
    return float(sum(parts)) / len(said)


@pytest.mark.parametrize("missing", [0.5, 1.0])
def test_probabilities_without_numbers_are_nearer_to_the_truth_than_weights(missing):
    town = linkage_rows.rows(3000, seed=21, mix=linkage_rows.Mix(no_id=missing))
    child = dict(town.select("row_id", "child").iter_rows())

    pairs = engine.link(town, spec.children_spec()).pairs
    same = np.array([child[a] == child[b] for a, b in pairs.select("row_a", "row_b").iter_rows()])
    doubtful = ~pairs["linked"].to_numpy() & (pairs["weight_bits"] > -6).to_numpy()

    bare = off(calibrate.said(pairs["weight_bits"].to_numpy())[doubtful], same[doubtful])
    assert off(pairs["probability"].to_numpy()[doubtful], same[doubtful]) < bare
