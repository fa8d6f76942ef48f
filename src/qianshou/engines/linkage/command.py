"""`qianshou link`: any person table in, clusters and weighed pairs out, without labels."""

import argparse
import dataclasses
import json
import pathlib
import sys
import time
from collections.abc import Sequence

import polars as pl

from qianshou.engines.linkage import engine, files, review, tables
from qianshou.engines.linkage.backends import job as backends
from qianshou.engines.linkage.model import Model, ModelError
from qianshou.engines.linkage.outcome import Linked
from qianshou.engines.linkage.spec import Spec

_BAD_INPUT = 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="qianshou link", description="Link or de-duplicate person tables without labels."
    )
    parser.add_argument("files", nargs="+", type=pathlib.Path, help="CSV, Parquet or XLSX")
    parser.add_argument("--spec", required=True, type=pathlib.Path, help="TOML: what columns mean")
    parser.add_argument("--out", required=True, type=pathlib.Path, help="directory for the results")
    parser.add_argument("--model", type=pathlib.Path, help="use this model.json, do not estimate")
    parser.add_argument(
        "--engine", choices=("memory", *backends.ENGINES), default="memory",
        help="memory (default); duckdb for tables beyond it, spark beyond one machine",
    )  # fmt: skip
    parser.add_argument("--hours", type=float, help="keep the doubtful pairs for so much work")
    parser.add_argument(
        "--per-hour", type=float, default=review.PER_HOUR, help="pairs looked at in an hour"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")
    return parser


def link(argv: Sequence[str]) -> int:
    """Run the command; gives 0 if all is well, 2 for bad input (nothing is written then)."""
    try:
        wanted = _parser().parse_intermixed_args(argv)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else _BAD_INPUT
    start = time.perf_counter()
    try:
        figures = _run(wanted, start)
    except (files.UnusableError, ModelError) as error:
        sys.stderr.write(f"{error}\n")
        return _BAD_INPUT
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}. Check the path and its rights.\n")
        return _BAD_INPUT
    sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
    return 0


def _run(wanted: argparse.Namespace, start: float) -> dict[str, object]:
    job = files.read_spec(wanted.spec)
    for note in job.notes:
        sys.stderr.write(note + "\n")
    model = Model.load(wanted.model) if wanted.model else None
    paths = _different(wanted.files)
    if job.mode == "link" and len(paths) < 2:
        raise files.UnusableError(
            f'{wanted.spec}: mode = "link" needs two files or more; use "dedupe" for one.'
        )
    layouts = [job.layout_for(path) for path in paths]
    spec = files.engine_spec(job, layouts)
    if not spec.tells_persons_apart:
        raise files.UnusableError(
            f"{wanted.spec}: no column tells persons apart. Name at least one with a meaning "
            "such as name, date, id_number, code, phone, address or text."
        )
    if wanted.out.exists() and not wanted.out.is_dir():
        raise files.UnusableError(f"{wanted.out}: is a file. Give --out a folder.")
    say = None if wanted.quiet else _progress
    if wanted.engine != "memory":
        given = backends.Input(paths, layouts, _labels(paths), spec, _table)
        figures = backends.run(
            wanted.engine, given, model, out=wanted.out, questions=_questions(wanted), progress=say
        )
        return figures | {"seconds": round(time.perf_counter() - start, 3)}
    frame, spec = _rows(paths, layouts, spec)
    linked = engine.link(frame, spec, model=model, progress=say)
    most = _questions(wanted)
    if most is not None:
        linked = dataclasses.replace(linked, doubtful=linked.doubtful.head(most))
    _write(wanted.out, frame, linked)
    return _figures(frame, linked, paths, seconds=time.perf_counter() - start)


def _questions(wanted: argparse.Namespace) -> int | None:
    """Give how many questions fit into the hours there are, None if nobody said."""
    if wanted.hours is None:
        return None
    return review.hours_to_questions(wanted.hours, wanted.per_hour)


def _rows(
    paths: Sequence[pathlib.Path], layouts: Sequence[files.Layout], spec: Spec
) -> tuple[pl.DataFrame, Spec]:
    """Read all files into one frame, each row under a number of its own."""
    found = [
        _table(path, layout, label)
        for path, layout, label in zip(paths, layouts, _labels(paths), strict=True)
    ]
    frame = pl.concat(found, how="diagonal")
    if frame.is_empty():
        raise files.UnusableError(f"{paths[0]}: there are no rows below the column names.")
    if "id" in frame.columns and _only_names_rows(frame, spec):
        spec = dataclasses.replace(
            spec, fields={name: m for name, m in spec.fields.items() if name != "id"}
        )
    return frame.with_row_index("row_id").with_columns(pl.col("row_id").cast(pl.String)), spec


def _only_names_rows(frame: pl.DataFrame, spec: Spec) -> bool:
    """Tell whether the column "id" just names the rows: no two rows that may join share one."""
    if spec.fields["id"] != "id" or not spec.tells_persons_apart_without("id"):
        return False
    within = ["source", "id"] if spec.mode == "dedupe" else ["id"]
    return not frame["id"].null_count() and not frame.select(within).is_duplicated().any()


def _different(paths: Sequence[pathlib.Path]) -> list[pathlib.Path]:
    seen: set[pathlib.Path] = set()
    for path in paths:
        if path.resolve() in seen:
            raise files.UnusableError(f"{path}: is named twice. Name each file once.")
        seen.add(path.resolve())
    return list(paths)


def _labels(paths: Sequence[pathlib.Path]) -> list[str]:
    """Give the name of each file in the output: its own, or the path where two share a name."""
    names = [path.name for path in paths]
    return [str(p) if names.count(p.name) > 1 else p.name for p in paths]


def _progress(line: str) -> None:
    sys.stderr.write(line + "\n")


def _table(path: pathlib.Path, layout: files.Layout, label: str) -> pl.DataFrame:
    """Read one file into the engine's columns, with the outside name of each row."""
    frame = tables.read_table(path, layout)
    columns = files.field_names(layout)
    return frame.select(
        pl.lit(label).alias("file"),
        pl.lit(str(path)).alias("source"),
        _row_names(path, layout, frame).alias("outside_id"),
        *(pl.col(column).alias(f"{name}") for column, name in columns.items()),
    )


def _row_names(path: pathlib.Path, layout: files.Layout, frame: pl.DataFrame) -> pl.Series:
    column = layout.row_id
    if column is None:
        # A column that the SPEC calls "id" names the rows if it can.
        plain = next((c for c, meaning in layout.columns.items() if meaning == "id"), None)
        if plain and not frame[plain].null_count() and frame[plain].is_unique().all():
            return frame[plain]
        return pl.Series([str(number + 1) for number in range(len(frame))], dtype=pl.String)
    names = frame[column]
    bad = names.is_null() | names.is_duplicated()
    if bad.any():
        at = int(bad.arg_max() or 0)
        what = "is empty" if names[at] is None else f"{names[at]!r} occurs more than once"
        raise files.UnusableError(
            f'{path}: row {at + 1}: column "{column}": {what}. Every row needs its own row_id; '
            "mend the file or leave row_id out of the SPEC to use row numbers."
        )
    return names


def _write(out: pathlib.Path, frame: pl.DataFrame, linked: Linked) -> None:
    out.mkdir(parents=True, exist_ok=True)
    names = frame.select("row_id", "file", outside="outside_id")
    clusters = linked.clusters.join(names, on="row_id", maintain_order="left")
    numbers = clusters.with_columns(
        cluster_id=(pl.col("cluster_id").rank("dense")).cast(pl.String)
    ).select("file", row_id="outside", cluster_id="cluster_id")
    numbers.write_csv(out / "clusters.csv")
    for name, found in (("pairs", linked.pairs), ("doubtful", linked.doubtful)):
        sides = found.join(
            names.rename({"file": "file_a", "outside": "outside_a"}), left_on="row_a",
            right_on="row_id", maintain_order="left",
        ).join(
            names.rename({"file": "file_b", "outside": "outside_b"}), left_on="row_b",
            right_on="row_id", maintain_order="left",
        )  # fmt: skip
        last = ["linked"] if name == "pairs" else ["reason", pl.col("wrong").round(4)]
        sides.select(
            "file_a",
            pl.col("outside_a").alias("row_a"),
            "file_b",
            pl.col("outside_b").alias("row_b"),
            pl.col("probability").round(6),
            pl.col("weight_bits").round(3),
            *last,
            "levels",
        ).write_csv(out / f"{name}.csv")
    linked.model.save(out / "model.json")


def _figures(
    frame: pl.DataFrame, linked: Linked, paths: Sequence[pathlib.Path], *, seconds: float
) -> dict[str, object]:
    return {
        "rows": len(frame),
        "files": len(paths),
        "clusters": linked.clusters["cluster_id"].n_unique(),
        "pairs": int(linked.pairs["linked"].sum()),
        "candidates": sum(int(rule["new"]) for rule in linked.rules),
        "doubtful": len(linked.doubtful),
        "threshold_bits": round(linked.model.threshold_bits, 3),
        "seconds": round(seconds, 3),
        "timings": linked.timings,
        "rules": linked.rules,
    }
