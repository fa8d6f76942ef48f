"""Reads the three tables of a matching problem and refuses what is not right, naming the place.

Children: ``child_id,tier[,group_id]``; mothers: ``mother_id,capacity``; pairs:
``child_id,mother_id,score``. CSV (UTF-8, comma) or Parquet by suffix; other columns are ignored.
"""

import contextlib
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from qianshou.engines.matching.network import Index, Ints
from qianshou.engines.matching.penalties import HEADROOM, TooLargeError
from qianshou.engines.matching.prepare import has_twice

WHOLE_LIMIT = 1 << 53
"""Up to here every whole number is exact as a 64-bit float."""


class BadInputError(ValueError):
    """A table cannot be used; the message names file, line, column, value and the remedy."""


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


def read_problem(children: Path, mothers: Path, pairs: Path) -> Problem:
    """Read and check the three files; raise `BadInputError` at the first flaw."""
    kids = _Table(children, ["child_id", "tier"], optional="group_id")
    mums = _Table(mothers, ["mother_id", "capacity"])
    links = _Table(pairs, ["child_id", "mother_id", "score"])
    child_ids, tier, kid_order = _identified(kids, "child_id", "tier")
    mother_ids, capacity, _ = _identified(mums, "mother_id", "capacity")
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
    )


def read_plan(path: Path, problem: Problem) -> Index:
    """Read each child's mother, or -1, from a plan of any origin."""
    table = _Table(path, ["child_id", "mother_id"])
    ids = (problem.child_ids, problem.mother_ids)
    children, mothers = (pl.Series(one, dtype=pl.String) for one in ids)
    child = table.codes("child_id", children, Path("the children's table"))
    table.refuse_where(
        ~table.frame["child_id"].is_first_distinct(), "child_id", "a child has one mother"
    )
    mate = np.full(len(children), -1, np.int32)
    mate[child] = table.codes("mother_id", mothers, Path("the mothers' table"))
    return mate


class _Table:
    """One file as a frame of the wanted columns, and the place of each of its rows."""

    def __init__(self, path: Path, columns: list[str], optional: str = "") -> None:
        self.path = path
        self.is_csv = path.suffix.lower() != ".parquet"
        self.frame = self._read(columns, optional)

    def _read(self, columns: list[str], optional: str) -> pl.DataFrame:
        if not self.path.is_file():
            raise BadInputError(
                f"{self.path}: there is no such file; give the path of a CSV or Parquet"
            )
        names = self._header()
        for name in columns:
            if names.count(name) != 1:
                found = ", ".join(names) or "none"
                raise BadInputError(
                    f'{self.path}:1: the column "{name}" must be there once; '
                    f"found: {found}; name the columns {','.join(columns)}, separated by commas"
                )
        wanted = [*columns, *([optional] if optional in names else [])]
        frame = self._load(names, wanted)
        return frame.with_row_index("row").filter(~pl.all_horizontal(pl.col(wanted).is_null()))

    def _header(self) -> list[str]:
        if not self.is_csv:
            try:
                return list(pl.read_parquet_schema(self.path))
            except pl.exceptions.ComputeError as error:
                raise BadInputError(f"{self.path}: this is not a Parquet file: {error}") from None
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as lines:
                return next(csv.reader(lines), [])
        except UnicodeDecodeError:
            raise BadInputError(f"{self.path}:{self._undecodable_line()}: {_NOT_UTF8}") from None

    def _load(self, names: list[str], wanted: list[str]) -> pl.DataFrame:
        if not self.is_csv:
            return pl.read_parquet(self.path, columns=wanted)
        try:
            at = [names.index(name) for name in wanted]
            frame = pl.read_csv(self.path, columns=sorted(at), infer_schema=False)
        except pl.exceptions.ComputeError as error:
            first = str(error).splitlines()[0]
            raise BadInputError(self._broken_line(len(names)) or f"{self.path}: {first}") from None
        frame.columns = [names[k] for k in sorted(at)]
        return frame

    def _broken_line(self, width: int) -> str:
        try:
            for line, cells in self._lines():
                if len(cells) > width:
                    return (
                        f"{self.path}:{line}: {len(cells)} values where the header names {width}; "
                        "remove the extra ones or put text with commas into double quotes"
                    )
        except UnicodeDecodeError:
            return f"{self.path}:{self._undecodable_line()}: {_NOT_UTF8}"
        except csv.Error:
            return f"{self.path}:{self._unclosed_line()}: a double quote is opened and never closed"
        return ""

    def _lines(self, *, strict: bool = True) -> Iterator[tuple[int, list[str]]]:
        with self.path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.reader(lines, strict=strict)
            for cells in reader:
                yield reader.line_num, cells

    def _unclosed_line(self) -> int:
        """Return the line after the last row that could be read."""
        number = 0
        with contextlib.suppress(csv.Error):
            for line, _ in self._lines():
                number = line
        return number + 1

    def _undecodable_line(self) -> int:
        number = 0
        with self.path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError:
                    return number
        return number

    def place(self, row: int) -> str:
        """Return where a row of the frame stands in the file."""
        row = int(self.frame["row"][row])
        if not self.is_csv:
            return f"{self.path}: row {row + 1}"
        lines = (line for line, _ in self._lines(strict=False))
        for _ in range(row + 1):
            next(lines)
        return f"{self.path}:{next(lines)}"

    def refuse(self, row: int, column: str, remedy: str) -> BadInputError:
        """Return the error for one value of the file."""
        value = self.frame[column][row]
        shown = "empty" if value is None else f'"{value}"'
        return BadInputError(f'{self.place(row)}: column "{column}" is {shown}; {remedy}')

    def refuse_where(self, bad: pl.Series, column: str, remedy: str) -> None:
        """Raise for the first row where ``bad`` is true."""
        row = bad.fill_null(value=True).arg_max()
        if len(bad) and row is not None and bad.fill_null(value=True)[row]:
            raise self.refuse(row, column, remedy)

    def ids(self, column: str) -> pl.Series:
        """Return an identifier column as text, leading zeros and all."""
        text = self.frame[column].cast(pl.String)
        self.refuse_where(text.is_null() | (text == ""), column, "give the identifier")
        return text

    def codes(self, column: str, known: pl.Series, source: Path) -> Index:
        """Return the position of each identifier among the known ones."""
        text = self.ids(column)
        codes = text.cast(pl.Enum(known), strict=False).to_physical()
        self.refuse_where(codes.is_null(), column, f"{source} does not list it; add it or correct")
        return codes.to_numpy().astype(np.int32)

    def whole(self, column: str, remedy: str) -> Ints:
        """Return a column of whole numbers of at least 0."""
        values = self.frame[column]
        whole = values.cast(pl.Int64, strict=False)
        if whole.null_count() or values.dtype.is_float():
            real = values.cast(pl.Float64, strict=False)
            self.refuse_where(~((real >= 0) & (real <= WHOLE_LIMIT)), column, remedy)
            self.refuse_where(real != real.floor(), column, remedy)
            whole = real.cast(pl.Int64)
        self.refuse_where(whole < 0, column, remedy)
        return whole.to_numpy().astype(np.int64)

    def refuse_twice(self, key: Ints) -> None:
        """Raise when a pair is listed twice."""
        order = np.argsort(key, kind="stable")
        again = np.flatnonzero(key[order][1:] == key[order][:-1])
        if len(again):
            row = int(order[again + 1].min())
            before = int(order[np.searchsorted(key[order], key[row])])
            raise BadInputError(
                f'{self.place(row)}: the pair of child "{self.frame["child_id"][row]}" and '
                f'mother "{self.frame["mother_id"][row]}" already stands at '
                f"{self.place(before)}; remove one of the two"
            )


_NOT_UTF8 = "this is not UTF-8 text; save the file as CSV in UTF-8"


def _identified(table: _Table, key: str, number: str) -> tuple[pl.Series, Ints, Index]:
    """Return identifiers in order, their numbers, and where each stood in the file."""
    ids = table.ids(key)
    table.refuse_where(~ids.is_first_distinct(), key, "it is listed twice; remove one of the rows")
    values = table.whole(number, f"give a whole number of at least 0 as {number}")
    order = ids.arg_sort().to_numpy().astype(np.int32)
    return ids.gather(order), values[order], order


def _groups(table: _Table, order: Index) -> tuple[list[str], Index]:
    """Return the groups of two or more children, and each child's group or -1."""
    alone = np.full(len(order), -1, np.int32)
    if "group_id" not in table.frame.columns:
        return [], alone
    text = table.frame["group_id"].cast(pl.String).gather(order).replace("", None)
    counts = text.drop_nulls().value_counts()
    shared = counts.filter(pl.col("count") > 1)["group_id"].sort()
    codes = text.cast(pl.Enum(shared), strict=False).to_physical().cast(pl.Int32).fill_null(-1)
    return shared.to_list(), codes.to_numpy().copy()


def _scores(table: _Table, children: int, tiers: int) -> tuple[Ints, int, bool]:
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
