"""The batch as a whole: order does not matter, live equals batch, models travel."""

import dataclasses

import polars as pl
import pytest

from bench import linkage_rows
from qianshou.engines.linkage import cluster, engine, explain, spec
from qianshou.engines.linkage.model import Model, ModelError
from tests.engines.linkage import people


@pytest.fixture(scope="module")
def town() -> pl.DataFrame:
    """Give some 2,800 rows of 1,000 invented children with their truth."""
    return linkage_rows.rows(1000, seed=3)


@pytest.fixture(scope="module")
def linked(town):
    return engine.link(town, spec.children_spec())


def test_link_finds_the_children_without_labels(town, linked):
    f1 = people.pair_f1(linked.clusters["cluster_id"].to_list(), town["child"].to_list())

    assert f1 >= 0.997


def test_link_asks_about_few_rows(town, linked):
    assert len(linked.doubtful) <= 0.01 * len(town)


def test_link_does_not_depend_on_the_order_of_rows(town, linked):
    shuffled = town.sample(fraction=1.0, shuffle=True, seed=9)

    again = engine.link(shuffled, spec.children_spec(), model=linked.model)
    first = engine.link(town, spec.children_spec(), model=linked.model)

    assert people.together(again) == people.together(first)


def test_scorer_gives_the_weights_of_the_batch(town, linked):
    rows = {row["row_id"]: row for row in town.to_dicts()}
    scorer = engine.Scorer(
        spec.children_spec(), linked.model, population=len(town),
        common_phones=linked.common_phones,
    )  # fmt: skip

    for pair in linked.pairs.gather_every(97).to_dicts():
        scored = scorer.score(rows[pair["row_a"]], [rows[pair["row_b"]]])[0]
        assert scored.weight_bits == pytest.approx(pair["weight_bits"], abs=1e-6)
        assert ";".join(f"{k}={v}" for k, v in scored.levels.items()) == pair["levels"]


def test_block_keys_bring_together_every_pair_of_the_batch(town, linked):
    keys = engine.block_keys(town, spec.children_spec())
    held = dict(keys.group_by("row_id").agg("key").iter_rows())

    for pair in linked.pairs.head(2000).to_dicts():
        assert set(held[pair["row_a"]]) & set(held[pair["row_b"]])


def test_incremental_linking_finds_the_child_that_the_batch_finds(town, linked):
    entity = dict(linked.clusters.iter_rows())
    keys = engine.block_keys(town, spec.children_spec())
    new = linked.pairs.filter("linked")["row_a"].unique().sort().to_list()[:25]

    for row_id in new:
        mine = keys.filter(pl.col("row_id") == row_id)["key"]
        near = keys.filter(pl.col("key").is_in(mine.implode()))["row_id"].unique().to_list()
        few = town.filter(pl.col("row_id").is_in(near))
        fixed = {other: entity[other] for other in near if other != row_id}
        live = engine.link(
            few, spec.children_spec(), model=linked.model, population=len(town), fixed=fixed
        )
        assert dict(live.clusters.iter_rows())[row_id] == entity[row_id]


def test_link_tells_what_each_rule_costs_and_finds(linked):
    by_rule = {rule["rule"]: rule for rule in linked.rules}

    assert by_rule["fold+birth"]["finds"] > 0
    assert sum(rule["new"] for rule in linked.rules) >= sum(r["finds_alone"] for r in linked.rules)


def test_model_returns_unchanged_from_its_file(tmp_path, linked):
    linked.model.save(tmp_path / "model.json")

    assert Model.load(tmp_path / "model.json").as_json() == linked.model.as_json()


def test_model_with_a_level_without_weight_is_refused(tmp_path, linked):
    broken = linked.model.as_json()
    broken["comparisons"]["name"]["bits"] = (1.0,)

    with pytest.raises(ModelError, match="comparison name"):
        Model.from_json(broken)


def test_prior_goes_with_the_population():
    model = Model.default()

    assert model.prior_bits(10_000) - model.prior_bits(20_000) == pytest.approx(1.0, abs=0.01)


def test_explain_speaks_chinese_and_english():
    evidence = explain.explain(people.row("a"), people.row("b", name="冉小羽"), Model.default())

    by_name = {one.comparison: one for one in evidence}
    assert by_name["name"].level == "sound"
    assert "读音相同" in by_name["name"].zh
    assert "sound the same" in by_name["name"].en
    assert [abs(one.bits) for one in evidence] == sorted(
        (abs(o.bits) for o in evidence), reverse=True
    )


def test_every_level_of_the_shipped_model_has_a_sentence():
    for name, weights in Model.default().comparisons.items():
        for level in weights.levels:
            zh, en = explain.sentence(name, level)
            assert zh
            assert en
            assert zh != level


def test_components_joins_chains_and_leaves_others():
    import numpy as np

    labels = cluster.components(6, np.array([0, 4, 1]), np.array([1, 5, 4]))

    assert labels.tolist() == [0, 0, 2, 3, 0, 0]


def test_latin_tables_are_linked_without_labels():
    table, truth = people.latin(700, seed=4)
    fields = {"given_name": "given_name", "surname": "surname", "date": "date",
              "address": "address", "code": "code"}  # fmt: skip

    linked = engine.link(table, spec.Spec(fields))

    assert people.pair_f1(linked.clusters["cluster_id"].to_list(), truth) >= 0.985


def test_link_mode_joins_one_row_of_each_source():
    table, truth = people.latin(300, seed=6)
    first = ~pl.Series(truth).is_first_distinct()
    table = table.with_columns(source=first.cast(pl.String))
    fields = {name: name for name in ("given_name", "surname", "date", "address", "code")}

    linked = engine.link(table, spec.Spec(fields, mode="link"))

    sizes = (
        linked.clusters.join(table, on="row_id")
        .group_by("cluster_id")
        .agg(pl.col("source").n_unique(), pl.len())
    )
    assert (sizes["source"] == sizes["len"]).all()
    assert people.pair_f1(linked.clusters["cluster_id"].to_list(), truth) >= 0.98


def test_names_common_among_strangers_weigh_less(linked):
    common = dataclasses.asdict(linked.model)["common"]

    assert all(bits <= 3.0 for table in common["name"].values() for bits in table.values())
