"""What workers do with one part of a table: the engine's own functions on Arrow tables."""

import dataclasses

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from qianshou.engines.linkage import block, coded, engine, normalise, prepare
from qianshou.engines.linkage.coded import Ints
from qianshou.engines.linkage.model import Model
from qianshou.engines.linkage.spec import Spec

PHONES = pa.schema([("phone", pa.string())])
KEYS = pa.schema(
    [
        ("rule", pa.int64()), ("bit", pa.int64()), ("alternative", pa.int64()),
        ("key", pa.int64()), ("row", pa.int64()), ("source", pa.string()),
    ]
)  # fmt: skip
WEIGHED = pa.schema(
    [("a", pa.int64()), ("b", pa.int64()), ("mask", pa.int64()), ("weight", pa.float64())]
)
# kind "row": a is the row, b its cluster; "pair" and "doubt": a and b are rows; "rule": a counts
# the linked pairs that the rule named in `levels` found, b those that no other rule found.
SETTLED = pa.schema(
    [
        ("kind", pa.string()), ("a", pa.int64()), ("b", pa.int64()), ("weight", pa.float64()),
        ("probability", pa.float64()), ("flag", pa.string()), ("wrong", pa.float64()),
        ("levels", pa.string()),
    ]
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Work:
    """What every worker has to know."""

    spec: Spec
    model: Model
    population: int
    rules: tuple[tuple[str, ...], ...]
    common_phones: tuple[str, ...] = ()


def _frame(table: pa.Table) -> pl.DataFrame:
    found = pl.from_arrow(table)
    assert isinstance(found, pl.DataFrame)
    return found


def phones(work: Work, table: pa.Table) -> pa.Table:
    """Give every telephone of every row, cleaned."""
    frame = _frame(table)
    found: list[str] = []
    for meaning in ("phone", "guardian_phone"):
        for name in work.spec.of(meaning):
            texts = coded.encode(frame[name], normalise.phone).texts()
            found += [text for text in texts if text is not None]
    return pa.table({"phone": pa.array(found, pa.string())}, PHONES)


def keys(work: Work, table: pa.Table) -> pa.Table:
    """Give every blocking key of every row."""
    frame = _frame(table)
    data = prepare.prepare(frame.to_dict(), len(frame), work.spec, common_phones=work.common_phones)
    rows, sources = frame["row"].to_numpy(), frame["source"]
    parts = []
    for rule, alternative, at, key in block.numbered(data, work.rules):
        parts.append(
            pl.DataFrame(
                {
                    "rule": np.full(len(at), rule, np.int64),
                    "bit": np.full(len(at), 1 << rule, np.int64),
                    "alternative": np.full(len(at), alternative, np.int64),
                    "key": key,
                    "row": rows[at],
                    "source": sources.gather(at),
                }
            )
        )
    return _cast(pl.concat(parts), KEYS)


def weigh(work: Work, table: pa.Table) -> pa.Table:
    """Weigh pairs that carry the columns of both their rows."""
    frame = _frame(table)
    names = ("source", *work.spec.fields)
    sides = [
        frame.select(
            pl.col(number).alias("row"), *(pl.col(f"{side}:{name}").alias(name) for name in names)
        )
        for number, side in (("a", "x"), ("b", "y"))
    ]
    rows = pl.concat(sides).unique("row", maintain_order=True).sort("row")
    a, b = (_places(rows["row"], frame[side]) for side in ("a", "b"))
    weight = engine.weigh_candidates(
        rows, work.spec, model=work.model, population=work.population, pairs=(a, b),
        common_phones=work.common_phones,
    )  # fmt: skip
    found = frame.select("a", "b", "mask").with_columns(weight=pl.Series(weight))
    return _cast(found, WEIGHED)


def settle(work: Work, table: pa.Table) -> pa.Table:
    """Cluster one part: its rows (b is -1) and the candidate pairs among them."""
    frame = _frame(table)
    rows = frame.filter(pl.col("b") < 0).sort("a")
    pairs = frame.filter(pl.col("b") >= 0).select("a", "b", "mask").sort("a", "b")
    a, b = (_places(rows["a"], pairs[side]) for side in ("a", "b"))
    found = block.Candidates(
        a, b, pairs["mask"].to_numpy().astype(np.int64), tuple(map(block.Rule, work.rules))
    )
    linked = engine.link_candidates(
        rows.select(pl.col("a").cast(pl.String).alias("row_id"), "source", *work.spec.fields),
        work.spec, model=work.model, population=work.population, found=found,
        common_phones=work.common_phones,
    )  # fmt: skip
    clusters = linked.clusters.select(
        kind=pl.lit("row"),
        a=pl.col("row_id").cast(pl.Int64),
        b=pl.col("cluster_id").str.strip_prefix("c-").cast(pl.Int64),
    )
    prices = pl.DataFrame(
        [("rule", r["finds"], r["finds_alone"], r["rule"]) for r in linked.rules],
        schema={"kind": pl.String, "a": pl.Int64, "b": pl.Int64, "levels": pl.String},
        orient="row",
    )
    told = [
        _told("pair", linked.pairs.with_columns(flag=pl.col("linked").cast(pl.String))),
        _told("doubt", linked.doubtful.with_columns(flag=pl.col("reason"))),
    ]
    return _cast(pl.concat([clusters, prices, *told], how="diagonal"), SETTLED)


def _told(kind: str, pairs: pl.DataFrame) -> pl.DataFrame:
    wrong = ["wrong"] if "wrong" in pairs.columns else []
    return pairs.select(
        pl.col("row_a").cast(pl.Int64).alias("a"),
        pl.col("row_b").cast(pl.Int64).alias("b"),
        pl.col("weight_bits").alias("weight"),
        "probability",
        "flag",
        "levels",
        *wrong,
        kind=pl.lit(kind),
    )


def _places(rows: pl.Series, wanted: pl.Series) -> Ints:
    """Give the places of row numbers in a sorted list of them."""
    found: npt.NDArray[np.int64] = np.searchsorted(rows.to_numpy(), wanted.to_numpy())
    return found


def _cast(frame: pl.DataFrame, schema: pa.Schema) -> pa.Table:
    missing = [pl.lit(None).alias(name) for name in schema.names if name not in frame.columns]
    return frame.with_columns(*missing).select(schema.names).to_arrow().cast(schema)
