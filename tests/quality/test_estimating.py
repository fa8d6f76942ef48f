"""Precision and recall from a stratified sample, with an interval that keeps its promise."""

import numpy as np
import pytest

from qianshou.quality.rules import estimating
from qianshou.quality.rules.estimating import Stratum


def strata(*, wrong: int = 0, missed: int = 0, labelled: int = 50) -> list[Stratum]:
    return [
        Stratum("FIRM", linked=True, size=900, labelled=labelled, same=labelled),
        Stratum("WEAK", linked=True, size=100, labelled=labelled, same=labelled - wrong),
        Stratum("NEAR", linked=False, size=200, labelled=labelled, same=missed),
    ]


def test_each_stratum_counts_by_its_size():
    found = estimating.quality(strata(wrong=10, missed=5))

    assert found is not None
    # 900 + 100 x 40/50 right links of 1,000; 200 x 5/50 missed.
    assert found.precision.value == pytest.approx(0.98)
    assert found.recall.value == pytest.approx(980 / 1000)
    assert found.precision.low < 0.98 < found.precision.high <= 1


def test_no_fault_in_the_sample_is_no_proof_that_there_is_none():
    found = estimating.quality(strata())

    assert found is not None
    assert found.precision.value == found.recall.value == 1
    assert found.precision.low < 0.995
    assert found.recall.low < 1


def test_a_stratum_labelled_as_a_whole_leaves_no_doubt():
    whole = [
        Stratum("FIRM", linked=True, size=20, labelled=20, same=19),
        Stratum("NEAR", linked=False, size=10, labelled=10, same=1),
    ]

    found = estimating.quality(whole)

    assert found is not None
    assert (found.precision.low, found.precision.high) == (0.95, 0.95)
    assert found.recall.value == pytest.approx(0.95)


def test_nothing_is_said_before_every_kind_has_an_answer():
    assert estimating.quality([*strata(), Stratum("FAR", False, 10, 0, 0)]) is None
    assert estimating.quality([]) is None


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    """Nineteen of twenty, over samples drawn from a county whose truth is known."""
    rng, truth = np.random.default_rng(5), {"FIRM": 0.999, "WEAK": 0.8, "NEAR": 0.1}
    plain = strata()
    right = {each.code: round(each.size * truth[each.code]) for each in plain}
    found = right["FIRM"] + right["WEAK"]
    precision, recall = found / 1000, found / (found + right["NEAR"])
    held = np.zeros(2)
    for _ in range(150):
        drawn = [
            Stratum(each.code, each.linked, each.size, 50,
                    int(rng.hypergeometric(right[each.code], each.size - right[each.code], 50)))
            for each in plain
        ]  # fmt: skip
        said = estimating.quality(drawn)
        assert said is not None
        held += [
            said.precision.low <= precision <= said.precision.high,
            said.recall.low <= recall <= said.recall.high,
        ]

    assert (held / 150 >= 0.9).all()


def test_work_is_divided_so_that_small_strata_are_heard():
    wanted = estimating.allocation({"FIRM": 10_000, "WEAK": 100, "NEAR": 4}, 150)

    assert wanted["NEAR"] == 4
    assert wanted["WEAK"] >= 10
    assert sum(wanted.values()) <= 170
