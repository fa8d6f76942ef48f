"""Beyond memory and beyond one machine: the same clusters, whatever carries the plan out."""

import dataclasses
import json
import pathlib
import sys
from collections.abc import Iterator

import polars as pl
import pytest

from bench import linkage_rows
from qianshou.engines.linkage import block, engine, prepare, spec
from qianshou.engines.linkage.backends import duckdb, plan, spark
from qianshou.engines.linkage.command import link
from qianshou.engines.linkage.model import Model
from tests.engines.linkage import people

FIELDS = ("name", "sex", "birth_on", "id_number", "guardian_name", "guardian_id",
          "guardian_phone", "area_code", "student_no")  # fmt: skip
MEANINGS = {"name": "name", "sex": "sex", "birth_on": "date", "id_number": "id_number",
            "guardian_name": "guardian_name", "guardian_id": "guardian_id",
            "guardian_phone": "guardian_phone", "area_code": "area",
            "student_no": "student_no"}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> pathlib.Path:
    """Give a folder with the files of five departments: one CSV, the others Parquet."""
    place = tmp_path_factory.mktemp("departments")
    mix = linkage_rows.Mix(errors=2.0, no_id=0.5, twins=0.2)
    town = linkage_rows.rows(250, seed=8, mix=mix)
    for (source,), rows in town.group_by("source", maintain_order=True):
        table = rows.select("row_id", "child", *FIELDS)
        if source == "health":
            table.write_csv(place / "health.csv")
        else:
            table.write_parquet(place / f"{source}.parquet")
    columns = "\n".join(f'{name} = "{meaning}"' for name, meaning in MEANINGS.items())
    (place / "spec.toml").write_text(f'row_id = "row_id"\n[columns]\nchild = "ignore"\n{columns}\n')
    return place


def run(folder: pathlib.Path, out: pathlib.Path, *options: str) -> int:
    """Link the departments' files, in the order of their names."""
    files = sorted(str(p) for p in folder.iterdir() if p.suffix != ".toml")
    spec_file = str(folder / "spec.toml")
    return link(["--spec", spec_file, "--out", str(out), "--quiet", *options, *files])


def groups(table: pl.DataFrame) -> set[frozenset[tuple[str, str]]]:
    """Give the clusters as sets of (file, row)."""
    rows = table.with_columns(pl.col("row_id").cast(pl.String))
    found = rows.group_by("cluster_id").agg(pl.struct("file", "row_id").alias("rows"))
    return {frozenset((r["file"], r["row_id"]) for r in one) for one in found["rows"].to_list()}


def asked(table: pl.DataFrame) -> set[tuple[frozenset[str], str]]:
    """Give the doubtful pairs with their reasons."""
    wanted = table.select("row_a", "row_b", "reason").iter_rows()
    return {(frozenset((a, b)), reason) for a, b, reason in wanted}


@pytest.fixture(scope="module")
def memory(folder, tmp_path_factory) -> pathlib.Path:
    out = tmp_path_factory.mktemp("memory")
    assert run(folder, out) == 0
    return out


def compare(memory: pathlib.Path, out: pathlib.Path) -> None:
    """Assert that two runs found the same."""
    first = pl.read_csv(memory / "clusters.csv", infer_schema=False)
    again = pl.read_parquet(out / "clusters.parquet")
    assert groups(again) == groups(first)
    assert asked(pl.read_parquet(out / "doubtful.parquet")) == asked(
        pl.read_csv(memory / "doubtful.csv", infer_schema=False)
    )
    one, two = (Model.load(place / "model.json").as_json() for place in (memory, out))
    assert one == two
    linked = pl.read_parquet(out / "pairs.parquet").filter(pl.col("linked") == "true")
    assert len(linked) == pl.read_csv(memory / "pairs.csv")["linked"].sum()


def test_duckdb_asks_as_much_as_there_are_hours_for(folder, memory, tmp_path, capsys):
    hours = ("--hours", "0.1", "--per-hour", "30")

    assert run(folder, tmp_path / "out", "--engine", "duckdb", *hours) == 0

    told = json.loads(capsys.readouterr().out)
    kept = pl.read_parquet(tmp_path / "out" / "doubtful.parquet")["wrong"].round(4).to_list()
    everything = pl.read_csv(memory / "doubtful.csv")["wrong"].to_list()
    assert len(everything) > 3
    assert kept == everything[:3]
    assert told["doubtful"] == 3


def test_duckdb_finds_what_memory_finds(folder, memory, tmp_path, capsys):
    assert run(folder, tmp_path / "out", "--engine", "duckdb") == 0

    compare(memory, tmp_path / "out")
    figures = json.loads(capsys.readouterr().out)
    rules = {rule["rule"]: rule for rule in figures["rules"]}
    assert rules["fold+birth"]["finds"] > 300
    assert figures["clusters"] == len(groups(pl.read_parquet(tmp_path / "out/clusters.parquet")))


@pytest.fixture(scope="module")
def session() -> Iterator[object]:
    """Open one small Spark session for all tests here."""
    from pyspark.sql import SparkSession

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        settings = {
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.sql.shuffle.partitions": "1",
            "spark.driver.memory": "1g",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        }
        builder = SparkSession.builder.master("local[1]")
        for name, value in settings.items():
            builder = builder.config(name, value)
        opened = builder.getOrCreate()
        yield opened
        opened.stop()


# What Spark says of the packages around it is not ours to mend.
@pytest.mark.filterwarnings("default")
@pytest.mark.needs("java")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_spark_finds_what_memory_finds(folder, memory, tmp_path, session):
    assert run(folder, tmp_path / "out", "--engine", "spark") == 0

    compare(memory, tmp_path / "out")


def test_spark_that_is_missing_is_said_with_its_remedy(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "pyspark.errors", None)

    assert run(folder, tmp_path / "out", "--engine", "spark") == 2

    assert "requirements/spark.txt" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_duckdb_links_two_latin_files_without_joining_one_of_them(tmp_path, capsys):
    table, truth = people.latin(300, seed=6)
    first = ~pl.Series(truth).is_first_distinct()
    table.filter(~first).write_parquet(tmp_path / "a.parquet")
    table.filter(first).write_parquet(tmp_path / "b.parquet")
    names = ("given_name", "surname", "date", "address", "code")
    lines = "\n".join(f'{name} = "{name}"' for name in names)
    (tmp_path / "s.toml").write_text(f'mode = "link"\nrow_id = "row_id"\n[columns]\n{lines}\n')
    argv = ["--spec", str(tmp_path / "s.toml"), str(tmp_path / "a.parquet"),
            str(tmp_path / "b.parquet"), "--quiet"]  # fmt: skip

    assert link([*argv, "--out", str(tmp_path / "one")]) == 0
    assert link([*argv, "--out", str(tmp_path / "two"), "--engine", "duckdb"]) == 0

    one = pl.read_csv(tmp_path / "one" / "clusters.csv", infer_schema=False)
    assert groups(pl.read_parquet(tmp_path / "two" / "clusters.parquet")) == groups(one)


def test_duckdb_refuses_rows_of_one_name(folder, tmp_path, capsys):
    rows = pl.read_parquet(folder / "police.parquet")
    pl.concat([rows, rows.head(1)]).write_parquet(tmp_path / "police.parquet")
    argv = ["--spec", str(folder / "spec.toml"), "--out", str(tmp_path / "out"), "--quiet"]

    assert link([*argv, "--engine", "duckdb", str(tmp_path / "police.parquet")]) == 2

    assert "occurs more than once" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_key_that_many_rows_hold_is_a_window_in_every_backend(tmp_path, monkeypatch):
    monkeypatch.setattr(block, "WINDOW", 3)
    rows = [people.row(f"r{i:02}", name="王浩", birth_on=f"2014-01-{i + 1:02d}") for i in range(20)]
    wanted = dataclasses.replace(
        spec.children_spec(), fields={"name": "name", "birth_on": "date", "sex": "sex"}
    )
    frame = people.frame(*rows)
    frame.rename({"row_id": "outside_id"}).write_parquet(tmp_path / "in.parquet")
    backend = duckdb.DuckDB(tmp_path)
    backend.take_in([("one", tmp_path / "in.parquet")], list(wanted.fields))

    done = plan.link(backend, wanted, Model.default(), rules=block.HAN_RULES)

    data = prepare.prepare(frame.to_dict(), len(frame), wanted)
    assert len(block.pairs(data).a) == len(backend.values("SELECT a, b FROM candidates"))
    assert done.rows == len(engine.link(frame, wanted).clusters)
    assert spark.BATCH == duckdb.BATCH
    backend.close()
