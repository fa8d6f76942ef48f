"""Putting lists into files, and remembering what went where: manifest, rows, complaints due."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import groupby
from pathlib import Path

import polars as pl

from qianshou.engines.city import sheet
from qianshou.engines.city.rows import Cell, Rows


@dataclass(frozen=True)
class Sender:
    """Who delivers a file, when, and which column is its key."""

    path: str
    department: str
    profile: str
    area: str
    period: str
    key: str
    delivery: str = "first"


@dataclass
class Deliveries:
    """Writes files below a folder and keeps their manifest and the truth of their rows."""

    out: Path
    files: list[dict[str, object]] = field(default_factory=list)
    truth: list[pl.DataFrame] = field(default_factory=list)
    bad: list[pl.DataFrame] = field(default_factory=list)

    def write_sheet(self, sender: Sender, page: sheet.Sheet, rows: Rows) -> None:
        """Write one workbook and remember its rows."""
        sheet.write(self.out / sender.path, page)
        first = len(page.head) + 1
        levels = [i + 1 for i, (_, style) in enumerate(page.head) if style == sheet.HEADING]
        self._list(sender, rows=len(rows), first=first, levels=levels, form=("xlsx", "", page.name))
        self._remember(sender, rows, first=first)

    def append_csv(self, sender: Sender, rows: Rows, *, encoding: str, line_end: str) -> None:
        """Append a county's rows to a CSV file; the first county also writes its header."""
        path = self.out / sender.path
        known = next((f for f in self.files if f["path"] == sender.path), None)
        if known is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_csv_bytes([list(rows.columns)], encoding=encoding, end=line_end))
            self._list(sender, rows=0, first=2, levels=[1], form=("csv", encoding, ""))
            known = self.files[-1]
        plain = encoding.removesuffix("-sig")
        lines = zip(*(rows.columns[name] for name in rows.columns), strict=True)
        with path.open("ab") as file:
            file.write(_csv_bytes(lines, encoding=plain, end=line_end))
        already = int(str(known["rows"]))
        self._remember(sender, rows, first=2 + already)
        known["rows"] = already + len(rows)

    def _list(
        self,
        sender: Sender,
        *,
        rows: int,
        first: int,
        levels: list[int],
        form: tuple[str, str, str],
    ) -> None:
        described = {k: v for k, v in asdict(sender).items() if k != "key"}
        kind, encoding, name = form
        self.files.append(
            {
                **described,
                "format": kind,
                "encoding": encoding or None,
                "sheet": name or None,
                "header_rows": levels,
                "first_row": first,
                "rows": rows,
            }
        )

    def _remember(self, sender: Sender, rows: Rows, *, first: int) -> None:
        count = len(rows)
        self.truth.append(
            pl.DataFrame(
                {
                    "file": [sender.path] * count,
                    "row": range(first, first + count),
                    "delivery": [sender.delivery] * count,
                    "department": [sender.department] * count,
                    "record_key": [str(key) for key in rows.columns[sender.key]],
                    "truth_id": rows.truth,
                    "errors": [";".join(codes) for codes in rows.errors],
                },
                schema_overrides={"row": pl.Int64},
            )
        )
        complaints = [
            (
                sender.path,
                first + i,
                flaw.column,
                _shown(rows.columns[flaw.column][i]),
                flaw.reason,
                flaw.severity,
            )
            for i, flaws in enumerate(rows.flaws)
            for flaw in flaws
        ]
        self.bad.append(pl.DataFrame(complaints, schema=_BAD_SCHEMA, orient="row"))


_BAD_SCHEMA = {
    "file": pl.String,
    "row": pl.Int64,
    "column": pl.String,
    "value": pl.String,
    "reason": pl.String,
    "severity": pl.String,
}


def _shown(cell: Cell) -> str:
    return "" if cell is None else cell.isoformat() if isinstance(cell, date) else str(cell)


def _csv_bytes(lines: object, *, encoding: str, end: str) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end).writerows(lines)  # type: ignore[arg-type]
    return text.getvalue().encode(encoding)


def padded(text: str, width: int) -> tuple[str, ...]:
    """Make a line of one text, to be merged over the whole width."""
    return (text, *[""] * (width - 1))


def column_width(name: str) -> float:
    """Choose a width that shows the usual contents of a column of this name."""
    wide = {"身份证": 21.0, "号码": 21.0, "编号": 19.0, "地址": 18.0, "类别": 26.0, "需求": 26.0}
    wide |= {"区划代码": 15.0, "电话": 14.0, "日期": 12.0, "县（区）": 16.0, "特长": 28.0}
    return next((width for part, width in wide.items() if part in name), 11.0)


def two_levels(header: Sequence[tuple[str, str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Lay out (group, name) pairs as two lines; a column without group stands in the upper one."""
    upper, lower, before = [], [], ""
    for group, name in header:
        upper.append(name if not group else group if group != before else "")
        lower.append(name if group else "")
        before = group
    return tuple(upper), tuple(lower)


def header_merges(header: Sequence[tuple[str, str]], line: int) -> tuple[str, ...]:
    """Name the ranges to merge: groups across, single columns down; `line` is the upper line."""
    merges = []
    for group, members in groupby(range(len(header)), key=lambda j: header[j][0]):
        columns = [sheet.letters(j) for j in members]
        if group and len(columns) > 1:
            merges.append(f"{columns[0]}{line}:{columns[-1]}{line}")
        elif not group:
            merges.extend(f"{letter}{line}:{letter}{line + 1}" for letter in columns)
    return tuple(merges)
