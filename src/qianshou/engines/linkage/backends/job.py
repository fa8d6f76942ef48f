"""`qianshou link --engine duckdb|spark`: Parquet in, Parquet out, and a plan between."""

import dataclasses
import pathlib
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from qianshou.engines.linkage import block, engine, files, prepare, tables
from qianshou.engines.linkage.backends import plan
from qianshou.engines.linkage.backends.duckdb import DuckDB
from qianshou.engines.linkage.backends.spark import Spark, SparkMissingError
from qianshou.engines.linkage.files import Layout, UnusableError
from qianshou.engines.linkage.model import Model
from qianshou.engines.linkage.spec import Spec

ENGINES = ("duckdb", "spark")
# So many rows are estimated on in memory; beyond that a model has to be brought along.
ESTIMATED_ON = 1_000_000
# Rows of each file that show which blocking rules are worth their price.
_SAMPLE = 50_000
_PARQUET = (".parquet", ".pq")
_OUT = ("clusters", "pairs", "doubtful")

Reader = Callable[[pathlib.Path, Layout, str], pl.DataFrame]


@dataclasses.dataclass(frozen=True)
class Input:
    """The files of a run with their layouts and the names they go by."""

    paths: Sequence[pathlib.Path]
    layouts: Sequence[Layout]
    labels: Sequence[str]
    spec: Spec
    read: Reader


def run(
    name: str,
    given: Input,
    model: Model | None,
    *,
    out: pathlib.Path,
    questions: int | None = None,
    progress: plan.Progress | None = None,
) -> dict[str, Any]:
    """Link the files and write clusters, pairs, doubtful (Parquet) and model.json into `out`.

    Of the doubtful pairs the best `questions` are kept, all if it is None.
    """
    for field in given.spec.fields:
        if '"' in field:
            raise UnusableError(f"label {field!r}: leave the quotation mark out of the SPEC.")
    with tempfile.TemporaryDirectory(prefix="qianshou-link-") as work:
        folder = pathlib.Path(work)
        taken = [_taken(given, number, folder) for number in range(len(given.paths))]
        spec, model, rules = _prepared(given.spec, taken, model)
        try:
            backend = DuckDB(folder) if name == "duckdb" else Spark(folder)
        except SparkMissingError as error:
            raise UnusableError(str(error)) from error
        try:
            backend.take_in(list(zip(given.labels, taken, strict=True)), list(spec.fields))
            _unique(backend)
            done = plan.link(backend, spec, model, rules=rules, progress=progress)
            figures = _named(backend, questions)
        finally:
            backend.close()
        _move(folder, out)
    model.save(out / "model.json")
    return {
        "rows": done.rows,
        "files": len(given.paths),
        **figures,
        "candidates": sum(int(rule["new"]) for rule in done.rules),
        "threshold_bits": round(model.threshold_bits, 3),
        "timings": done.timings,
        "rules": done.rules,
    }


def _taken(given: Input, number: int, folder: pathlib.Path) -> pathlib.Path:
    """Write one file as Parquet with the engine's columns; Parquet is never read as a whole."""
    path, layout = given.paths[number], given.layouts[number]
    to = folder / f"taken_{number}.parquet"
    if path.suffix.lower() in _PARQUET and path.is_file():
        lazy = _scanned(path, layout)
    else:
        lazy = given.read(path, layout, given.labels[number]).lazy()
    known = set(lazy.collect_schema().names())
    columns = [
        pl.col(name).cast(pl.String) if name in known else pl.lit(None, pl.String).alias(name)
        for name in ("outside_id", *given.spec.fields)
    ]
    lazy.select(columns).sink_parquet(to)
    return to


def _scanned(path: pathlib.Path, layout: Layout) -> pl.LazyFrame:
    try:
        lazy = pl.scan_parquet(path)
        names = lazy.collect_schema().names()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise UnusableError(
            f"{path}: is not a readable Parquet file ({error}). Export it anew."
        ) from error
    tables.check_columns(path, layout, names)
    lazy = lazy.with_row_index("row of the file", offset=1)
    return lazy.select(
        pl.col(layout.row_id or "row of the file").alias("outside_id"),
        *(pl.col(column).alias(name) for column, name in files.field_names(layout).items()),
    )


def _prepared(
    spec: Spec, taken: Sequence[pathlib.Path], model: Model | None
) -> tuple[Spec, Model, tuple[tuple[str, ...], ...]]:
    """Settle what a part cannot know by itself: the script, the model and the blocking rules."""
    total = sum(int(pl.scan_parquet(path).select(pl.len()).collect().item()) for path in taken)
    if not total:
        raise UnusableError("there are no rows below the column names.")
    whole = total <= ESTIMATED_ON
    if model is None and not whole:
        raise UnusableError(
            f"{total:,} rows are too many to estimate a model on at once. Link a part of them "
            f"(whole counties, up to {ESTIMATED_ON:,} rows) first, and give its model.json "
            "with --model."
        )
    frames = []
    for number, path in enumerate(taken):
        part = pl.scan_parquet(path)
        frames.append((part if whole else part.head(_SAMPLE)).with_columns(source=pl.lit(number)))
    frame = pl.concat(frames).collect()
    data = prepare.prepare(frame.to_dict(), len(frame), spec)
    spec = dataclasses.replace(spec, script="han" if data.han else "latin")
    return spec, model or engine.estimated(data), block.rules_for(data)


def _unique(backend: plan.Backend) -> None:
    bad = backend.values(
        "SELECT source, outside_id FROM people GROUP BY source, outside_id "
        "HAVING count(*) > 1 OR outside_id IS NULL LIMIT 1"
    )
    if bad:
        source, row_id = bad[0]
        what = "is empty" if row_id is None else f"{row_id!r} occurs more than once"
        raise UnusableError(
            f"{source}: row_id {what}. Every row needs its own row_id; mend the file or leave "
            "row_id out of the SPEC to use row numbers."
        )


def _named(backend: plan.Backend, questions: int | None) -> dict[str, int]:
    """Write the results under the names that the files give their rows."""
    backend.sql(
        "out_clusters",
        "SELECT source AS file, outside_id AS row_id, cluster AS cluster_id FROM clusters",
    )
    most = "" if questions is None else f" LIMIT {int(questions)}"
    first = "ORDER BY wrong DESC, weight DESC, a, b"
    again = "ORDER BY s.wrong DESC, s.weight DESC, s.a, s.b"
    for name, kind, last, best, order in (
        ("pairs", "pair", "s.flag AS linked", "", ""),
        ("doubtful", "doubt", "s.flag AS reason, s.wrong", f"{first}{most}", again),
    ):
        backend.sql(
            f"out_{name}",
            "SELECT x.source AS file_a, x.outside_id AS row_a, y.source AS file_b, "
            f"y.outside_id AS row_b, s.probability, s.weight AS weight_bits, {last}, s.levels "
            f"FROM (SELECT * FROM settled WHERE kind = '{kind}' {best}) s "
            f"JOIN people x ON x.row = s.a JOIN people y ON y.row = s.b {order}",
        )
    counted: Mapping[str, str] = {
        "clusters": "SELECT count(DISTINCT cluster) FROM clusters",
        "pairs": "SELECT count(*) FROM settled WHERE kind = 'pair' AND flag = 'true'",
        "doubtful": "SELECT count(*) FROM settled WHERE kind = 'doubt'",
    }
    found = {name: int(backend.values(query)[0][0]) for name, query in counted.items()}
    if questions is not None:
        found["doubtful"] = min(found["doubtful"], questions)
    return found


def _move(folder: pathlib.Path, out: pathlib.Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name in _OUT:
        target = out / f"{name}.parquet"
        if target.is_dir():
            shutil.rmtree(target)
        shutil.move(folder / f"out_{name}.parquet", target)
        for sign in [*target.glob(".*.crc"), *target.glob("_SUCCESS*")]:
            # Spark's own marks; other readers take them for data.
            sign.unlink()
