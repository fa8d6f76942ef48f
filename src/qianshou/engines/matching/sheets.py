"""Reads one table, from a file or from a folder with a part per county, and knows its places.

CSV (UTF-8, comma) or Parquet by suffix. A place is file and line, which is what messages name.
"""

import contextlib
import csv
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import polars as pl

from qianshou.engines.matching.network import Index, Ints

WHOLE_LIMIT = 1 << 53
"""Up to here every whole number is exact as a 64-bit float."""

PART = "county="
"""How the folder of one county begins; the rest, as in a URL, is the county."""

_NOT_UTF8 = "this is not UTF-8 text; save the file as CSV in UTF-8"


class BadInputError(ValueError):
    """A table cannot be used; the message names file, line, column, value and the remedy."""


def parts_of(path: Path) -> list[Path]:
    """Return the files of a table: itself, or what lies in the folder of each county."""
    if not path.is_dir():
        return [path]
    found = sorted(
        one for one in path.rglob("*") if one.suffix.lower() in {".csv", ".parquet"}
    )  # fmt: skip
    if not found:
        raise BadInputError(
            f"{path}: the folder holds no CSV or Parquet; give a file, or a folder with a folder "
            f'for each county, such as "{PART}500101/part.parquet"'
        )
    for one in found:
        if not one.parent.name.startswith(PART) or one.parent.name == PART:
            raise BadInputError(
                f'{one}: the folder of a part must be called "{PART}" and its county; rename '
                f'"{one.parent.name}" or move the file'
            )
    return found


def county_of(file: Path) -> str:
    """Return the county that the folder of a part names."""
    return unquote(file.parent.name.removeprefix(PART))


class _File:
    """One file as a frame of the wanted columns, and the place of each of its rows."""

    def __init__(self, path: Path, columns: list[str], optional: list[str]) -> None:
        self.path = path
        self.is_csv = path.suffix.lower() != ".parquet"
        self.frame = self._read(columns, optional)

    def _read(self, columns: list[str], optional: list[str]) -> pl.DataFrame:
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
        wanted = [*columns, *(name for name in optional if name in names)]
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
            return pl.read_parquet(self.path, columns=wanted, hive_partitioning=False)
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
        """Return where a row stands, counted from the first one of the file."""
        if not self.is_csv:
            return f"{self.path}: row {row + 1}"
        lines = (line for line, _ in self._lines(strict=False))
        for _ in range(row + 1):
            next(lines)
        return f"{self.path}:{next(lines)}"


class Sheet:
    """One table as a frame of the wanted columns, whatever files it came in."""

    def __init__(self, path: Path, columns: list[str], optional: tuple[str, ...] = ()) -> None:
        self.path = path
        self._files = [_File(one, columns, list(optional)) for one in parts_of(path)]
        self.frame = self._joined("county" in optional and path.is_dir())

    def _joined(self, by_county: bool) -> pl.DataFrame:  # noqa: FBT001 - private
        frames = []
        for number, file in enumerate(self._files):
            frame = file.frame.with_columns(file=pl.lit(number, pl.Int32))
            if by_county:
                frame = frame.with_columns(county=pl.lit(county_of(file.path), pl.String))
            frames.append(frame)
        return frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal_relaxed")

    def place(self, row: int) -> str:
        """Return where a row of the frame stands: the file and, where it has lines, the line."""
        return self._files[int(self.frame["file"][row])].place(int(self.frame["row"][row]))

    def refuse(self, row: int, column: str, remedy: str) -> BadInputError:
        """Return the error for one value of the table."""
        value = self.frame[column][row]
        shown = "empty" if value is None else f'"{value}"'
        return BadInputError(f'{self.place(row)}: column "{column}" is {shown}; {remedy}')

    def refuse_where(self, bad: pl.Series, column: str, remedy: str) -> None:
        """Raise for the first row where ``bad`` is true."""
        row = bad.fill_null(value=True).arg_max()
        if len(bad) and row is not None and bad.fill_null(value=True)[row]:
            raise self.refuse(row, column, remedy)

    def texts(self, column: str, remedy: str) -> pl.Series:
        """Return a column as text, leading zeros and all; none may be empty."""
        text = self.frame[column].cast(pl.String)
        self.refuse_where(text.is_null() | (text == ""), column, remedy)
        return text

    def codes(self, column: str, known: pl.Series, source: Path) -> Index:
        """Return the position of each identifier among the known ones."""
        text = self.texts(column, "give the identifier")
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
