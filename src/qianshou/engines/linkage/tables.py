"""Reading person tables, every cell as text, and saying exactly what is wrong with them."""

import codecs
import csv
import io
import pathlib
import re
from collections.abc import Sequence

import polars as pl
import python_calamine

from qianshou.engines.linkage.files import Layout, UnusableError

_ENCODINGS = ("utf-8-sig", "gb18030")
_DELIMITERS = ",;\t|"
_LONGEST_FIELD = 1_000_000
_BLANK_LINE = re.compile(r"\n\r?\n")


def read_table(path: pathlib.Path, layout: Layout) -> pl.DataFrame:
    """Read a CSV, Parquet or XLSX file, every cell as text; raises UnusableError."""
    if path.is_dir():
        raise UnusableError(f"{path}: is a folder. Name the files in it.")
    if not path.is_file():
        raise UnusableError(f"{path}: there is no such file. Check the path.")
    suffix = path.suffix.lower()
    if suffix in (".xlsx", ".xlsm", ".xls", ".ods"):
        frame = _sheet(path, layout)
    elif suffix in (".parquet", ".pq"):
        frame = _parquet(path)
    else:
        frame = _csv(path, layout)
    frame = _trimmed(frame)
    check_columns(path, layout, frame.columns)
    return frame


def check_columns(path: pathlib.Path, layout: Layout, names: Sequence[str]) -> None:
    """Refuse a file that lacks a column of the SPEC."""
    for column in [*layout.columns, *([layout.row_id] if layout.row_id else [])]:
        if column not in names:
            raise UnusableError(
                f'{path}: line {layout.header_rows[-1]}: there is no column "{column}" (it has: '
                f"{', '.join(names)}). Correct the name in the SPEC or the file."
            )


def _trimmed(frame: pl.DataFrame) -> pl.DataFrame:
    """Take the spaces off the ends of column names where that confuses none."""
    names = [name.strip() for name in frame.columns]
    return (
        frame.rename(dict(zip(frame.columns, names, strict=True)))
        if len(set(names)) == len(names)
        else frame
    )


def _parquet(path: pathlib.Path) -> pl.DataFrame:
    try:
        frame = pl.read_parquet(path)
        return frame.select(pl.all().cast(pl.String, strict=False))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise UnusableError(
            f"{path}: is not a readable Parquet file ({error}). Export it anew."
        ) from error


def _sheet(path: pathlib.Path, layout: Layout) -> pl.DataFrame:
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        name = layout.sheet or book.sheet_names[0]
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError, IndexError) as error:
        raise UnusableError(
            f"{path}: cannot be read as a workbook ({error}). Save it as XLSX without a password."
        ) from error
    at = layout.header_rows[-1]
    if len(rows) < at:
        raise UnusableError(
            f"{path}: sheet {name} has {len(rows)} rows; there are no column names in row {at}."
        )
    header = _titles([list(rows[number - 1]) for number in layout.header_rows])
    _unique(path, header, at)
    columns = list(zip(*rows[at:], strict=True)) or [()] * len(header)
    return pl.DataFrame(
        {name: [_cell(v) for v in column] for name, column in zip(header, columns, strict=True)},
        schema=dict.fromkeys(header, pl.String),
    )


def _titles(rows: list[list[object]]) -> list[str]:
    """Give the name of each column; a group in merged cells above stands before a slash."""
    found = [""] * len(rows[0])
    for level, row in enumerate(rows):
        group = ""
        for column, value in enumerate(row):
            title = " ".join((_cell(value) or "").split())
            last = level == len(rows) - 1
            group = title if last else title or group
            found[column] = "/".join(part for part in (found[column], group) if part)
    return [name or f"column {column + 1}" for column, name in enumerate(found)]


def _cell(value: object) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _unique(path: pathlib.Path, header: list[str], line: int = 1) -> None:
    seen: set[str] = set()
    for name in header:
        if name in seen:
            raise UnusableError(
                f'{path}: line {line}: column "{name}" occurs twice. Rename one of them.'
            )
        seen.add(name)


def _csv(path: pathlib.Path, layout: Layout) -> pl.DataFrame:
    raw = path.read_bytes()
    text = _decoded(path, raw, layout.encoding)
    if "\0" in text:
        raise UnusableError(f"{path}: is not a text file. Save it as CSV, XLSX or Parquet.")
    if "\n" not in text:
        # Very old programs end their lines with a carriage return alone.
        text = text.replace("\r", "\n")
    text = _from_header(text, layout.header_rows[-1])
    head = text[: text.find("\n") + 1 or None]
    delimiter = layout.delimiter or max(_DELIMITERS, key=head.count)
    header = next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), [])
    if not any(header):
        raise UnusableError(
            f"{path}: line 1: there are no column names. Put them into the first line."
        )
    _unique(path, header)
    if _BLANK_LINE.search(text) or text.count('"') % 2:
        # Blank lines are no rows, and a quotation mark too many needs the patient reader.
        return _row_by_row(path, text, delimiter=delimiter, problem="")
    try:
        return pl.read_csv(
            io.BytesIO(text.encode()), separator=delimiter, infer_schema=False, encoding="utf8"
        )
    except pl.exceptions.PolarsError as error:
        return _row_by_row(path, text, delimiter=delimiter, problem=f" ({error!s:.120})")


def _from_header(text: str, row: int) -> str:
    """Leave out blank lines in front, and the lines before the row of column names."""
    if row == 1:
        return text.lstrip("\r\n")
    return "".join(text.splitlines(keepends=True)[row - 1 :])


def _decoded(path: pathlib.Path, raw: bytes, encoding: str | None) -> str:
    if encoding is None and raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        encoding = "utf-16"
    elif encoding is None and b"\0" in raw[:4096]:
        raise UnusableError(f"{path}: is not a text file. Save it as CSV, XLSX or Parquet.")
    for name in (encoding,) if encoding else _ENCODINGS:
        try:
            return raw.decode(name).removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            failed = error
    line = raw[: failed.start].count(b"\n") + 1
    wanted = encoding or "UTF-8 nor GB18030"
    raise UnusableError(
        f"{path}: line {line}: byte {raw[failed.start]:#04x} is {'not' if encoding else 'neither'} "
        f"{wanted}. Name the encoding in the SPEC (encoding = ...) or save the file as UTF-8."
    )


def _row_by_row(path: pathlib.Path, text: str, *, delimiter: str, problem: str) -> pl.DataFrame:
    """Read with the slower, more patient reader, to find the line that is wrong."""
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = next(reader)
    rows: list[list[str | None]] = []
    begun = 2
    try:
        for row in reader:
            if len(row) > len(header):
                raise UnusableError(
                    f"{path}: line {begun}: {len(row)} values for {len(header)} columns, the first "
                    f"too many is {row[len(header)][:40]!r}. Quote values that hold the delimiter."
                )
            if row:
                rows.append([cell or None for cell in row] + [None] * (len(header) - len(row)))
                last, begun = begun, reader.line_num + 1
    except csv.Error as error:
        raise UnusableError(f"{path}: line {begun}: {error}{problem}. Mend the line.") from error
    if rows and _never_closed(text, last, delimiter=delimiter):
        raise UnusableError(
            f"{path}: line {last}: a quotation mark is opened and never closed. Mend the line."
        )
    return pl.DataFrame(rows, schema=dict.fromkeys(header, pl.String), orient="row")


def _never_closed(text: str, line: int, *, delimiter: str) -> bool:
    """Tell whether the record that begins in this line ends inside quotes."""
    rest = list(io.StringIO(text, newline=""))[line - 1 :]
    try:
        list(csv.reader(rest, delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False
