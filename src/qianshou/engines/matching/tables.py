"""Reads the three tables of a matching problem and refuses what is not right, naming the place.

Children: ``child_id,tier[,group_id][,county]``; mothers: ``mother_id,capacity[,county]``; pairs:
``child_id,mother_id,score``. Other columns are ignored.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from qianshou.engines.matching.network import Index, Ints
from qianshou.engines.matching.penalties import HEADROOM, TooLargeError
from qianshou.engines.matching.prepare import has_twice
from qianshou.engines.matching.sheets import WHOLE_LIMIT, BadInputError, Sheet

__all__ = ["BadInputError", "Counties", "Problem", "read_plan", "read_problem", "scaled"]


@dataclass(frozen=True)
class Counties:
    """The counties in the order of their names, and whose each child and each mother is."""

    names: list[str]
    of_child: Index
    of_mother: Index


@dataclass(frozen=True)
class Problem:
    """A checked matching problem in the order of the identifiers, which is what is solved.

    ``score`` is whole, in units of ``10 ** -decimals``; ``exact`` tells whether that loses
    nothing. ``raw`` holds the scores as they were written. ``group`` is -1 for a lone child.
    """

    child_ids: list[str]
    tier: Ints
    group: Index
    group_ids: list[str]
    mother_ids: list[str]
    capacity: Ints
    child: Index
    mother: Index
    score: Ints
    decimals: int
    exact: bool
    raw: pl.Series
    counties: Counties | None = None


def read_problem(children: Path, mothers: Path, pairs: Path) -> Problem:
    """Read and check the three files; raise `BadInputError` at the first flaw."""
    kids = Sheet(children, ["child_id", "tier"], optional=("group_id", "county"))
    mums = Sheet(mothers, ["mother_id", "capacity"], optional=("county",))
    links = Sheet(pairs, ["child_id", "mother_id", "score"])
    child_ids, tier, kid_order = _identified(kids, "child_id", "tier")
    mother_ids, capacity, mum_order = _identified(mums, "mother_id", "capacity")
    group_ids, group = _groups(kids, kid_order)
    child = links.codes("child_id", child_ids, children)
    mother = links.codes("mother_id", mother_ids, mothers)
    score, decimals, exact = _scores(links, len(child_ids), len(np.unique(tier)))
    if has_twice(child, mother, children=len(child_ids), mothers=len(mother_ids)):
        links.refuse_twice(child.astype(np.int64) * len(mother_ids) + mother)
    return Problem(
        child_ids=child_ids.to_list(),
        tier=tier,
        group=group,
        group_ids=group_ids,
        mother_ids=mother_ids.to_list(),
        capacity=capacity,
        child=child,
        mother=mother,
        score=score,
        decimals=decimals,
        exact=exact,
        raw=links.frame["score"],
        counties=_counties(kids, mums, (kid_order, mum_order)),
    )


def read_plan(path: Path, problem: Problem) -> Index:
    """Read each child's mother, or -1, from a plan of any origin."""
    table = Sheet(path, ["child_id", "mother_id"])
    ids = (problem.child_ids, problem.mother_ids)
    children, mothers = (pl.Series(one, dtype=pl.String) for one in ids)
    child = table.codes("child_id", children, Path("the children's table"))
    table.refuse_where(
        ~table.frame["child_id"].is_first_distinct(), "child_id", "a child has one mother"
    )
    mate = np.full(len(children), -1, np.int32)
    mate[child] = table.codes("mother_id", mothers, Path("the mothers' table"))
    return mate


def _identified(table: Sheet, key: str, number: str) -> tuple[pl.Series, Ints, Index]:
    """Return identifiers in order, their numbers, and where each stood in the file."""
    ids = table.texts(key, "give the identifier")
    table.refuse_where(~ids.is_first_distinct(), key, "it is listed twice; remove one of the rows")
    values = table.whole(number, f"give a whole number of at least 0 as {number}")
    order = ids.arg_sort().to_numpy().astype(np.int32)
    return ids.gather(order), values[order], order


def _groups(table: Sheet, order: Index) -> tuple[list[str], Index]:
    """Return the groups of two or more children, and each child's group or -1."""
    alone = np.full(len(order), -1, np.int32)
    if "group_id" not in table.frame.columns:
        return [], alone
    text = table.frame["group_id"].cast(pl.String).gather(order).replace("", None)
    counts = text.drop_nulls().value_counts()
    shared = counts.filter(pl.col("count") > 1)["group_id"].sort()
    codes = text.cast(pl.Enum(shared), strict=False).to_physical().cast(pl.Int32).fill_null(-1)
    return shared.to_list(), codes.to_numpy().copy()


def _counties(kids: Sheet, mums: Sheet, orders: tuple[Index, Index]) -> Counties | None:
    """Return the counties when both tables name them."""
    if any("county" not in one.frame.columns for one in (kids, mums)):
        return None
    children, mothers = (
        table.texts("county", "give the county").gather(order)
        for table, order in zip((kids, mums), orders, strict=True)
    )
    names = pl.concat([children, mothers]).unique().sort()
    kind = pl.Enum(names)
    of_child, of_mother = (
        one.cast(kind).to_physical().to_numpy().astype(np.int32) for one in (children, mothers)
    )
    return Counties(names.to_list(), of_child, of_mother)


def _scores(table: Sheet, children: int, tiers: int) -> tuple[Ints, int, bool]:
    """Return scores as whole numbers, the decimals they were scaled by, and whether exactly."""
    values = table.frame["score"]
    whole = values.cast(pl.Int64, strict=False)
    if not whole.null_count() and not values.dtype.is_float() and not values.dtype.is_decimal():
        return whole.to_numpy().astype(np.int64), 0, True
    real = values.cast(pl.Float64, strict=False)
    table.refuse_where(~real.is_finite(), "score", "give a number such as 7 or -0.25")
    return scaled(real.to_numpy(), children=children, tiers=tiers)


def scaled(
    real: np.ndarray[tuple[int], np.dtype[np.float64]], *, children: int, tiers: int
) -> tuple[Ints, int, bool]:
    """Turn decimal scores into whole numbers with as many decimals as they have.

    When that many do not fit 64-bit arithmetic, as many as fit are kept and the last value of the
    result is false. Raises `TooLargeError` when not even whole units fit.
    """
    largest = float(np.abs(real).max(initial=0))
    span = float(np.ptp(real)) if len(real) else 0.0
    if largest > WHOLE_LIMIT or tiers * (children * span + 1) > HEADROOM:
        raise TooLargeError(
            f"scores as large as {largest:g} do not fit 64-bit arithmetic; scale them"
        )
    kept = np.rint(real)
    for decimals in range(16):
        power = 10.0**decimals
        if largest * power > WHOLE_LIMIT or tiers * (children * span * power + 1) > HEADROOM / 4:
            return kept.astype(np.int64), max(0, decimals - 1), False
        kept = np.rint(real * power)
        if np.array_equal(kept / power, real):
            return kept.astype(np.int64), decimals, True
    return kept.astype(np.int64), 15, False
