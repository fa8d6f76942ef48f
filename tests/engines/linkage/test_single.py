"""One row weighed in plain Python: the levels and weights of the batch, whatever is typed."""

import dataclasses
import random

import numpy as np
import polars as pl
import pytest

from qianshou.engines.linkage import compare, engine, prepare, single, spec
from qianshou.engines.linkage.model import Model, Weights

NAMES = """
张晓雨 张小雨 章晓雨 臧晓雨 张晓宇 雨晓张 张雨 小雨 雨雨 张雨雨 陈晓雨 张晓雨涵 欧阳晓雨
阿依古丽·买买提 阿依古丽买买提江 阿衣古丽·买买提 张昊 张吴 章昊 李某之女 某某 宝宝 张 12345
張曉雨 单雨 曾乐 曾樂 A
"""
# Values that meet each other at every level: slips, masks, turned names, filled-in birthdays.
VALUES = {
    "name": (*NAMES.split(), "John Smith", " 张 晓雨 ", "", None),
    "sex": ("男", "女", "M", "未知", None),
    "birth_on": (
        "2014-07-17", "2014/7/17", "2014-07-00", "2014", "20140771", "2014-17-07", "2015-07-17",
        "2014-07-18", "2014-08-13", "2014-06-21", "1985-07-17", "20141707",
        "2014-05-08", "2014-08-05", "x", None,
    ),
    "id_number": (
        "500101201407173132", "50010120140717313X", "500101201407173000", "500101********3132",
        "500101201407183139", "50010119850717312X", "500101198507173127", "50010120140717****",
        "5001012014071731", "500101201507173139", "G500101201407173132", "500101201407173123", "0",
        "********", "11111111111111111X", None, "",
    ),
    "phone": ("13812345678", "13912345678", "8613812345678", "1380000", None),
    "guardian_phone": ("13812345678", "13700000001", None),
    "guardian_name": ("王芳", "汪芳", "王方", "某某", None),
    "father_name": ("王芳", "李强", None),
    "guardian_id": ("500101198507173127", "500101198503033138", None),
    "mother_id": ("500101198503033138", "abc", None),
    "area_code": ("500101105201", "500101105000", "500101000000", "500000", "龙宝镇三村", None),
    "address": ("龙宝镇三村1组", "龙宝镇三村", "", None),
    "student_no": ("G500101201407173132", "L123456", "G123", None),
    "school": ("一小", None),
}  # fmt: skip


def rows_at_random(seed: int, count: int) -> list[dict[str, str | None]]:
    """Invent rows that have much in common; some columns are empty in all of them."""
    chance = random.Random(seed)
    kept = [name for name in VALUES if chance.random() < 0.85]
    few = {name: chance.sample(VALUES[name], min(4, len(VALUES[name]))) for name in kept}
    return [
        {"row_id": str(at), "source": "a", **{name: chance.choice(few[name]) for name in kept}}
        for at in range(count)
    ]


def as_a_table(rows, model, common):
    """Give levels and weights of the first row against the others, as the batch finds them."""
    table = {name: [row.get(name) for row in rows] for name in (*spec.children_spec().fields,)}
    known = {name: column for name, column in table.items() if any(column)}
    data = prepare.prepare(
        {**known, "source": ["a"] * len(rows)}, len(rows), spec.children_spec(),
        common_phones=common,
    )  # fmt: skip
    comparisons = compare.build(data, model)
    a, b = np.zeros(len(rows) - 1, np.int64), np.arange(1, len(rows), dtype=np.int64)
    return compare.told(comparisons, compare.measure(comparisons, a, b), model)


@pytest.mark.parametrize("seed", range(25))
def test_single_gives_the_levels_and_weights_of_the_batch(seed):
    model, common = Model.default(), ("13912345678",)
    scorer = engine.Scorer(
        spec.children_spec(), model, population=200_000, common_phones=common
    )  # fmt: skip

    for at in range(12):
        rows = rows_at_random(1000 * seed + at, 2 + at * 2)
        scored = scorer.score(rows[0], rows[1:])
        told = as_a_table(rows, model, common)
        for row, one, expected in zip(rows[1:], scored, told, strict=True):
            assert one.levels == expected, (rows[0], row)


def test_the_rows_at_random_reach_every_level():
    model = Model.default()
    scorer = engine.Scorer(spec.children_spec(), model, population=200_000)
    reached = set()

    for seed in range(400):
        rows = rows_at_random(seed, 12)
        reached |= {pair for one in scorer.score(rows[0], rows[1:]) for pair in one.levels.items()}

    known = {(name, level) for name, part in model.comparisons.items() for level in part.levels}
    assert reached == known


def test_single_adds_the_weights_up_as_the_batch_does():
    model = Model.default()
    scorer = engine.Scorer(spec.children_spec(), model, population=200_000)

    for seed in range(60):
        rows = rows_at_random(seed, 20)
        frame = as_frame(rows)
        pairs = (np.zeros(19, np.int64), np.arange(1, 20, dtype=np.int64))
        expected = engine.weigh_candidates(
            frame, spec.children_spec(), model=model, population=200_000, pairs=pairs
        )
        found = [one.weight_bits for one in scorer.score(rows[0], rows[1:])]
        assert found == pytest.approx(expected.tolist(), abs=1e-6)


def as_frame(rows):
    """Give a frame of the columns that any row fills."""
    names = ["row_id", "source", *spec.children_spec().fields]
    filled = [name for name in names if any(row.get(name) for row in rows)]
    return pl.DataFrame(
        {name: [row.get(name) for row in rows] for name in filled},
        schema=dict.fromkeys(filled, pl.String),
    )


def test_single_leaves_other_tables_to_the_batch():
    other = spec.Spec({"name": "name", "birth_on": "date"}, script="han", minors=True)
    model = Model.default()
    levels = ("missing", "equal")
    strange = dataclasses.replace(
        model, comparisons={"sex": Weights(levels, (0.5, 0.5), (0.5, 0.5), (0.0, 0.0))}
    )

    assert single.fits(spec.children_spec(), model)
    assert not single.fits(other, model)
    assert not single.fits(spec.children_spec(), strange)
