"""The console doors of the engine: ``qianshou match`` and ``qianshou verify``."""

import argparse
import importlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from qianshou.engines.matching import certificate, partial, stated, verifier
from qianshou.engines.matching.backends.pool import WorkerDiedError
from qianshou.engines.matching.backends.spark import SparkMissingError
from qianshou.engines.matching.penalties import TooLargeError
from qianshou.engines.matching.sheets import parts_of
from qianshou.engines.matching.tables import BadInputError, Problem, read_plan, read_problem

OK, FLAW, BAD_INPUT, BROKEN = 0, 1, 2, 3

ENGINES = ("local", "pool", "spark")
"""The modules in `backends`; the plan is the same from each."""

WRITTEN = ("matches", "matches.csv", "matches.parquet", "certificate.json")
"""What a plan may consist of."""


class NotOptimalError(ValueError):
    """There is a better plan than the one given."""


def match(argv: Sequence[str]) -> int:
    """Pair the children of one file with the mothers of another and prove that it is optimal.

    Prints one line of JSON. Returns 0, 1 when a plan given by --plan is not optimal, 2 when the
    input is bad, or 3 when the engine broke down; then nothing is written.
    """
    options = _match_options(argv)
    try:
        figures = _match(options)
    except NotOptimalError as error:
        print(error, file=sys.stderr)
        return FLAW
    except (BadInputError, TooLargeError) as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except (WorkerDiedError, SparkMissingError) as error:
        print(error, file=sys.stderr)
        return BROKEN
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return BAD_INPUT
    print(json.dumps(figures, ensure_ascii=False))
    return OK


def _tables(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--children", type=Path, required=True, metavar="FILE",
        help="CSV or Parquet with child_id,tier (0 = most urgent) and, if any, group_id,county; "
        "or a folder with a folder county=… for each county",
    )  # fmt: skip
    parser.add_argument(
        "--mothers", type=Path, required=True, metavar="FILE",
        help="the same with mother_id,capacity and, if any, county",
    )  # fmt: skip
    parser.add_argument(
        "--pairs", type=Path, required=True, metavar="FILE",
        help="the same with child_id,mother_id,score (higher is better), by county of the child",
    )  # fmt: skip


def _match_options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="qianshou match", description=match.__doc__)
    _tables(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write")
    parser.add_argument(
        "--time-budget", type=float, default=60.0, metavar="SECONDS",
        help="limit of the search over groups; the certificate states the gap (default: 60)",
    )  # fmt: skip
    parser.add_argument(
        "--plan", type=Path, metavar="FILE",
        help="do not solve: prove this plan (child_id,mother_id), whoever made it",
    )  # fmt: skip
    _engine(parser)
    return parser.parse_args(argv)


def _engine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--engine", choices=ENGINES, default="local",
        help="where counties are solved: here, in processes of this machine, in Apache Spark",
    )  # fmt: skip
    parser.add_argument(
        "--workers", type=_at_least_one, default=os.cpu_count() or 1, metavar="N",
        help="counties solved at a time by pool or by Spark on this machine (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--format", choices=("csv", "parquet"), default="csv",
        help="how to write the matches; Parquet is parted by county where counties are given",
    )  # fmt: skip


def _at_least_one(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text}: give a whole number of at least 1")
    return number


def _match(options: argparse.Namespace) -> dict[str, Any]:
    started = time.perf_counter()
    problem = read_problem(options.children, options.mothers, options.pairs)
    read = time.perf_counter()
    print(
        f"read {len(problem.tier)} children, {len(problem.capacity)} mothers, "
        f"{len(problem.child)} pairs in {read - started:.2f} s",
        file=sys.stderr,
    )
    found, more = _found(problem, options)
    solved = time.perf_counter()
    print(f"solved in {solved - read:.2f} s", file=sys.stderr)
    seconds = {"read": read - started, "solve": solved - read}
    return _write_whole(options, found, seconds) | more


def _found(
    problem: Problem, options: argparse.Namespace
) -> tuple[certificate.Answer, dict[str, Any]]:
    """Return the answer, and how it came about where counties were solved apart."""
    if options.plan is not None:
        return _proven(problem, options), {}
    if problem.counties is None and options.engine == "local":
        return certificate.answer(problem, budget=options.time_budget), {}
    engine = importlib.import_module(f"qianshou.engines.matching.backends.{options.engine}")
    counties = len(problem.counties.names) if problem.counties else 1
    with engine.opened(max(1, min(options.workers, counties))) as run:
        found, joined = certificate.answer_by_county(problem, run, budget=options.time_budget)
    for name in joined.joins:
        print(f"joined over the border: {name}", file=sys.stderr)
    return found, {
        "engine": options.engine,
        "counties": counties,
        "solved_apart": joined.parts,
        "border_pairs": joined.border,
        "joins": len(joined.joins),
    }


def _proven(problem: Problem, options: argparse.Namespace) -> certificate.Answer:
    if problem.group_ids:
        raise BadInputError("--plan: with groups, prices alone cannot prove a plan; leave it out")
    proven = certificate.prove(problem, read_plan(options.plan, problem))
    if proven is None:
        raise NotOptimalError(f"{options.plan}: the plan is not optimal")
    return proven


def _write_whole(
    options: argparse.Namespace, found: certificate.Answer, seconds: dict[str, float]
) -> dict[str, Any]:
    """Write all beside the folder first, so that it never holds half of a plan."""
    folder: Path = options.out
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as half:
        figures = certificate.write(
            Path(half), found, seconds=seconds, parquet=options.format == "parquet"
        )
        for name in WRITTEN:
            if (folder / name).is_dir():
                shutil.rmtree(folder / name)
            (folder / name).unlink(missing_ok=True)
        for one in Path(half).iterdir():
            shutil.move(str(one), folder / one.name)
    return figures


def verify(argv: Sequence[str]) -> int:
    """Re-check a plan from its prices alone.

    Prints one line of JSON. Returns 0, 1 when there is a flaw (each is named on standard error),
    or 2 when a table cannot be read.
    """
    parser = argparse.ArgumentParser(prog="qianshou verify", description=verify.__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="what `qianshou match` wrote")
    _tables(parser)
    options = parser.parse_args(argv)
    try:
        frames = _frames(options)
    except (OSError, BadInputError, pl.exceptions.PolarsError) as error:
        print(f"cannot read: {error}", file=sys.stderr)
        return BAD_INPUT
    cert, found = _judged(options.folder, frames)
    for sentence in found:
        print(sentence, file=sys.stderr)
    verdict = {"ok": not found, "flaws": found}
    if not found:
        verdict |= {key: cert[key] for key in ("matched", "tiers", "total_score", "gap")}
        verdict["gap_from_prices"] = cert["bound"] - cert["objective"]
    print(json.dumps(verdict, ensure_ascii=False))
    return FLAW if found else OK


def verify_part(argv: Sequence[str]) -> int:
    """Check the part of a certificate that a county has taken.

    Prints one line of JSON. Returns 0, 1 when there is a flaw, or 2 when the file cannot be read.
    """
    parser = argparse.ArgumentParser(prog="qianshou verify-part", description=verify_part.__doc__)
    parser.add_argument("file", type=Path, help="the part as it was downloaded (JSON)")
    file = parser.parse_args(argv).file
    try:
        part = json.loads(file.read_text("utf-8"))
        found = partial.flaws(part)
    except OSError as error:
        print(f"{file}: {error.strerror}", file=sys.stderr)
        return BAD_INPUT
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        print(
            f"{file}: this is not a part of a certificate ({type(error).__name__}: {error}); "
            "take it again from the page of the run",
            file=sys.stderr,
        )
        return BAD_INPUT
    for sentence in found:
        print(sentence, file=sys.stderr)
    print(json.dumps({"ok": not found, "flaws": found, "pairs": len(part["pairs"])}))
    return FLAW if found else OK


def _judged(folder: Path, frames: dict[str, pl.DataFrame]) -> tuple[dict[str, Any], list[str]]:
    """Return the certificate and its flaws; whatever is damaged in the folder is a flaw."""
    try:
        cert = json.loads((folder / "certificate.json").read_text("utf-8"))
        plan = _frame(_matches(folder), {"score": pl.Float64})
        plan = plan.select("child_id", "mother_id", "score")
        frames["plan"] = _coded({"plan": plan}, _codes(frames))["plan"]
        return cert, verifier.flaws(cert, **frames) or stated.untruths(cert, **frames)
    except (
        OSError,
        LookupError,
        TypeError,
        ValueError,
        ArithmeticError,
        AttributeError,
        pl.exceptions.PolarsError,
    ) as error:
        return {}, [f"the plan or its certificate is damaged: {type(error).__name__}: {error}"]


def _matches(folder: Path) -> Path:
    written = [folder / name for name in WRITTEN[:3] if (folder / name).exists()]
    if len(written) != 1:
        raise ValueError(f"{folder} must hold one of {', '.join(WRITTEN[:3])}")
    return written[0]


def _frames(options: argparse.Namespace) -> dict[str, pl.DataFrame]:
    """Read the tables as the verifier wants them.

    A unit is a group, named by its first child, or a lone child. Identifiers become codes of
    sorted text, which join fast.
    """
    kids = _frame(options.children, {"tier": pl.Int64})
    if "group_id" not in kids.columns:
        kids = kids.with_columns(group_id=pl.lit(None, pl.String))
    group = pl.col("group_id").cast(pl.String).replace("", None)
    head = pl.when(group.is_not_null()).then(pl.col("child_id").min().over(group))
    kids = kids.select("child_id", "tier", pl.coalesce(head, "child_id").alias("unit"))
    kids = kids.with_columns(size=pl.len().cast(pl.Int64).over("unit"))
    mums = _frame(options.mothers, {"capacity": pl.Int64}).select("mother_id", "capacity")
    pairs = _frame(options.pairs, {"score": pl.Float64})
    frames = {"kids": kids, "mums": mums, "pairs": pairs.select("child_id", "mother_id", "score")}
    for name, path, key in (("kids", options.children, "child_id"),
                            ("mums", options.mothers, "mother_id")):  # fmt: skip
        twice = frames[name][key].filter(frames[name][key].is_duplicated())
        if len(twice):
            raise BadInputError(f'{path}: the {key} "{twice[0]}" is listed twice')
    frames = _coded(frames, _codes(frames))
    for key, path in (("child_id", options.children), ("mother_id", options.mothers)):
        if frames["pairs"][key].null_count():
            raise BadInputError(f"{options.pairs}: a {key} is not listed in {path}")
    if _has_twice(frames["pairs"], len(mums)):
        raise BadInputError(f"{options.pairs}: a pair is listed twice")
    return frames


def _has_twice(pairs: pl.DataFrame, mothers: int) -> bool:
    """Tell whether a pair stands twice: sorted numbers need a tenth of the memory of a hash."""
    child, mother = (pairs[key].to_physical().to_numpy() for key in ("child_id", "mother_id"))
    both = child.astype(np.uint64) * np.uint64(max(mothers, 1)) + mother
    both.sort()
    return bool((both[1:] == both[:-1]).any())


def _codes(frames: dict[str, pl.DataFrame]) -> dict[str, pl.Enum]:
    kids, mums = frames["kids"]["child_id"], frames["mums"]["mother_id"]
    children, mothers = (pl.Enum(ids.cast(pl.String).sort()) for ids in (kids, mums))
    return {"child_id": children, "unit": children, "mother_id": mothers}


def _coded(frames: dict[str, pl.DataFrame], codes: dict[str, pl.Enum]) -> dict[str, pl.DataFrame]:
    return {
        name: frame.with_columns(
            pl.col(column).cast(kind, strict=False)
            for column, kind in codes.items()
            if column in frame.columns
        )
        for name, frame in frames.items()
    }


def _frame(path: Path, numbers: dict[str, Any]) -> pl.DataFrame:
    """Read a table with identifiers as text and the given columns as numbers."""
    if path.is_dir():
        parts = [_frame(one, numbers) for one in parts_of(path)]
        return pl.concat(parts, how="diagonal_relaxed")
    is_parquet = path.suffix.lower() == ".parquet"
    frame = pl.read_parquet(path) if is_parquet else pl.read_csv(path, infer_schema=False)
    frame = frame.filter(~pl.all_horizontal(pl.all().is_null()))
    ids = [
        name
        for name in ("child_id", "mother_id")
        if name in frame.columns and frame[name].dtype not in (pl.Enum, pl.Categorical)
    ]
    return frame.with_columns(
        pl.col(ids).cast(pl.String),
        *(_number(frame[name], kind) for name, kind in numbers.items()),
    )


def _number(values: pl.Series, kind: Any) -> pl.Series:
    """Read numbers: whole ones as such, for they may be longer than a float can hold."""
    whole = values.cast(pl.Int64, strict=False)
    if not values.dtype.is_float() and whole.null_count() == 0:
        return whole
    return values.cast(pl.Float64).cast(kind)
