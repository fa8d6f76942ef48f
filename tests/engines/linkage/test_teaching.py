"""What persons answer makes probabilities truer and questions better, and never a file worse."""

import dataclasses

import numpy as np
import polars as pl
import pytest

from bench import linkage_measure, linkage_rows
from qianshou.engines.linkage import engine, review, spec, teaching
from qianshou.engines.linkage.model import Model
from qianshou.engines.linkage.outcome import Linked
from tests.engines.linkage import people

HARD = linkage_rows.Mix(errors=2.0, no_id=0.8, twins=0.08)


def town(seed: int) -> pl.DataFrame:
    return linkage_rows.rows(2500, seed=seed, mix=HARD)


def answers(linked: Linked, table: pl.DataFrame) -> list[review.Answer]:
    """Answer every question of a run truthfully."""
    child, home = dict(table.select("row_id", "child").iter_rows()), dict(
        linked.clusters.iter_rows()
    )  # fmt: skip
    return [
        review.Answer(
            row["reason"], row["weight_bits"], together=home[row["row_a"]] == home[row["row_b"]],
            same=child[row["row_a"]] == child[row["row_b"]], met=row["met"],
        )
        for row in linked.doubtful.iter_rows(named=True)
    ]  # fmt: skip


def surprise(linked: Linked, table: pl.DataFrame) -> float:
    """Give the mean surprise in bits of the pairs between hardly and nearly sure."""
    child = dict(table.select("row_id", "child").iter_rows())
    pairs = linked.pairs.filter(pl.col("weight_bits").abs() < 6)
    same = np.array([child[a] == child[b] for a, b in pairs.select("row_a", "row_b").iter_rows()])
    said = np.clip(pairs["probability"].to_numpy(), 0.001, 0.999)
    return float(-np.log2(np.where(same, said, 1 - said)).mean())


@pytest.fixture(scope="module")
def lessons() -> tuple[Model, Model]:
    """Give a model and what it becomes after the questions of three towns were answered."""
    model = Model.default()
    known = []
    for seed in (1, 2, 3):
        table = town(seed)
        known += answers(engine.link(table, spec.children_spec(), model=model), table)
    return model, teaching.taught(model, known)


def test_answers_make_probabilities_truer_elsewhere_and_change_no_file(lessons):
    before, after = lessons
    other = town(4)

    first = engine.link(other, spec.children_spec(), model=before)
    then = engine.link(other, spec.children_spec(), model=after)

    assert surprise(then, other) < surprise(first, other)
    assert people.together(then) == people.together(first)


def test_answers_choose_questions_at_least_as_well(lessons):
    before, after = lessons
    other = town(5)
    held = [
        linkage_measure.review_holds(
            engine.link(other, spec.children_spec(), model=model), other, len(other) // 400
        )
        for model in (before, after)
    ]

    assert held[1] >= held[0] - 0.03
    assert held[1] >= 0.4


def test_wrong_answers_make_probabilities_worse(lessons):
    # The negative control: the measure would notice.
    before, _ = lessons
    table, other = town(1), town(4)
    lies = [
        dataclasses.replace(a, same=not a.same)
        for a in answers(engine.link(table, spec.children_spec(), model=before), table)
    ]

    taught = teaching.taught(before, lies)

    first = engine.link(other, spec.children_spec(), model=before)
    then = engine.link(other, spec.children_spec(), model=taught)
    assert surprise(then, other) > surprise(first, other)


def test_a_taught_model_returns_from_its_file_and_without_answers_nothing_changes(
    lessons, tmp_path
):
    before, after = lessons
    after.save(tmp_path / "model.json")

    assert Model.load(tmp_path / "model.json").as_json() == after.as_json()
    assert teaching.taught(before, []).as_json() == before.as_json()


def test_calibration_never_falls_and_keeps_its_ends():
    told = [review.Answer("BAND", bits, together=False, same=bits < 0)
            for bits in (-2.0, -1.0, 0.5, 1.5, 3.0) for _ in range(30)]  # fmt: skip

    model = teaching.taught(Model.default(), told)

    bits = model.true_bits(np.linspace(-8, 8, 200))
    assert (np.diff(bits) >= -1e-9).all()
    assert bits[0] == -8
    assert bits[-1] == 8


@pytest.mark.parametrize(
    ("hours", "per_hour", "questions"), [(8, 60, 480), (0.5, 30, 15), (0, 60, 0), (-1, 60, 0)]
)
def test_hours_of_work_become_questions(hours, per_hour, questions):
    assert review.hours_to_questions(hours, per_hour) == questions


def test_usual_questions_fill_one_row_in_two_hundred_and_no_more():
    # Each question shows one row more, for the first row stands in all of them.
    asked = pl.DataFrame({"row_a": ["0"] * 30, "row_b": [str(n) for n in range(1, 31)]})

    assert review.usual_questions(asked, 4000) == 19
    assert review.usual_questions(asked, 10) == 1
    assert review.usual_questions(asked, 1_000_000) == 30
    assert review.usual_questions(asked.clear(), 4000) == 0


def test_questions_come_by_how_likely_the_automatic_answer_is_wrong():
    asked = pl.DataFrame(
        {
            "weight_bits": [12.0, -3.0, -12.0, 3.0],
            "reason": ["MARGIN", "TWIN", "TWIN", "BAND"],
            "met": [None] * 4,
        },
        schema_overrides={"met": pl.Boolean},
    )

    ranked = review.ranked(asked, pl.Series([False, False, False, True]))

    assert ranked["reason"].to_list() == ["TWIN", "MARGIN", "BAND"]
    assert ranked["wrong"].is_sorted(descending=True)


def test_an_answer_moves_the_kind_of_its_own_lists_and_no_other():
    lies = [review.Answer("TWIN", -3.0, together=False, same=False, met=False) for _ in range(40)]

    taught = review.learn(lies)

    changed = {kind for kind in taught if taught[kind] != review.MEASURED[kind]}
    assert changed == {"TWIN listed by none"}
    rate = review.likely_wrong("TWIN", -3.0, together=False, met=False, rates=taught)
    assert rate < review.likely_wrong("TWIN", -3.0, together=False, met=False)
