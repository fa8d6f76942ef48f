"""The program that opens what came from outside: `python -m …reader FILE FOLDER '{options}'`.

It runs in a process of its own with limits on memory and time, without Django, without database
or secrets. It writes one Arrow file of plain texts for each sheet, and one line of JSON.
"""

import codecs
import csv
import datetime as dt
import io
import json
import resource
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.ipc
import python_calamine

from qianshou.exchange.connectors import containers
from qianshou.exchange.connectors.containers import Limits
from qianshou.exchange.rules.problems import FileRefused

CHUNK_ROWS: Final = 20_000
LOSSY: Final = 1e15
DELIMITERS: Final = ",;\t"
ROW, LOST = "row", "lossy"
MERGES_SEEN: Final = 60
LONGEST_RECORD: Final = 200


class Sheet(NamedTuple):
    """One table found: where its Arrow file lies, its size, and the merged cells of its top."""

    name: str
    file: str
    rows: int
    columns: int
    merges: list[tuple[int, int, int, int]]


class Found(NamedTuple):
    """What a file turned out to be."""

    kind: str
    encoding: str
    delimiter: str
    sheets: list[Sheet]


def read(path: Path, folder: Path, *, name: str, encoding: str, limits: Limits) -> Found:
    """Read a file into Arrow tables of texts under `folder`; raises `FileRefused`."""
    if path.stat().st_size > limits.size:
        raise FileRefused("TOO_BIG", limit=limits.size >> 20)
    kind = containers.kind_of(path)
    containers.check_name(name, kind)
    if kind == "xlsx":
        containers.check_workbook(path, limits)
        return Found(kind, "", "", list(_workbook(path, folder, limits)))
    return _text_file(path, folder, encoding=encoding, limits=limits)


# Workbooks


def _workbook(path: Path, folder: Path, limits: Limits) -> Iterator[Sheet]:
    try:
        book = python_calamine.load_workbook(str(path))
        visible = [
            each.name
            for each in book.sheets_metadata
            if each.visible == python_calamine.SheetVisibleEnum.Visible
            and each.typ == python_calamine.SheetTypeEnum.WorkSheet
        ]
        for number, name in enumerate(visible):
            sheet = book.get_sheet_by_name(name)
            if sheet.start is not None:
                yield _sheet(sheet, folder / f"{number}.arrow", limits)
    except python_calamine.PasswordError as problem:
        raise FileRefused("PASSWORD") from problem
    except FileRefused:
        raise
    except (
        python_calamine.CalamineError,
        OSError,
        ValueError,
        OverflowError,
        KeyError,
        IndexError,
    ) as problem:
        raise FileRefused("BROKEN", detail=str(problem)[:120]) from problem
    # Rust panics derive from BaseException; a damaged workbook must not look like our bug.
    except BaseException as problem:
        if type(problem).__name__ != "PanicException":
            raise
        raise FileRefused("BROKEN", detail="panic") from problem


def _sheet(sheet: Any, file: Path, limits: Limits) -> Sheet:
    # calamine counts rows from the sheet's first, but columns from the first that holds anything.
    left, width = sheet.start[1], sheet.end[1] + 1
    if width > limits.columns:
        raise FileRefused("TOO_WIDE", row=sheet.start[0] + 1, limit=limits.columns)
    padding = [""] * left
    rows = (
        (padding + [_shown(cell) for cell in row], _lossy_in(row, left))
        for row in sheet.iter_rows()
    )
    count = _write(file, rows, width=width, limits=limits)
    merges = [
        (start[0], start[1], end[0], end[1])
        for start, end in sheet.merged_cell_ranges or []
        if start[0] < MERGES_SEEN
    ]
    return Sheet(sheet.name[:60], file.name, count, width, merges)


def _shown(cell: object) -> str:
    """Return a cell as text: whole numbers without a point, dates as ISO."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e21 else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


def _lossy_in(row: Iterable[object], left: int) -> str:
    """Return the positions of numbers that a spreadsheet cannot hold to the last digit."""
    return ",".join(
        str(left + at)
        for at, cell in enumerate(row)
        if isinstance(cell, float | int) and not isinstance(cell, bool) and abs(cell) >= LOSSY
    )


# Text files


def _text_file(path: Path, folder: Path, *, encoding: str, limits: Limits) -> Found:
    chosen = _encoding_of(path, encoding)
    with path.open("r", encoding=chosen, newline="") as handle:
        delimiter = _delimiter_of(handle, limits)
        handle.seek(0)
        lines = _Lines(handle, limits)
        csv.field_size_limit(limits.line)
        rows = ((row, "") for row in _records(csv.reader(lines, delimiter=delimiter), lines))
        file = folder / "0.arrow"
        try:
            count, width = _write_text(file, rows, limits)
        except UnicodeError as problem:
            raise FileRefused("ENCODING", byte=0) from problem
    sheets = [Sheet("", file.name, count, width, [])]
    return Found("csv", chosen, delimiter, sheets)


def _encoding_of(path: Path, wanted: str) -> str:
    """Return the encoding by which every byte can be read: UTF-8, else GB18030, never a guess."""
    with path.open("rb") as handle:
        start = handle.read(3)
    if start.startswith(containers.BOM_16):
        ladder = ["utf-16"]
    elif wanted == "gb18030":
        ladder = ["gb18030"]
    elif wanted == "utf-8" or start == b"\xef\xbb\xbf":
        ladder = ["utf-8-sig"]
    else:
        ladder = ["utf-8-sig", "gb18030"]
    problem = 0
    for encoding in ladder:
        where = _first_bad_byte(path, encoding)
        if where is None:
            return encoding
        problem = where
    raise FileRefused("ENCODING", byte=problem)


def _first_bad_byte(path: Path, encoding: str) -> int | None:
    decoder, offset = codecs.getincrementaldecoder(encoding)("strict"), 0
    with path.open("rb") as handle:
        while True:
            block = handle.read(1 << 20)
            try:
                decoder.decode(block, final=not block)
            except UnicodeDecodeError as problem:
                return offset + problem.start
            if not block:
                return None
            offset += len(block)


def _delimiter_of(handle: io.TextIOBase, limits: Limits) -> str:
    """Return the delimiter that cuts the first lines most often outside quotation marks."""
    counts = dict.fromkeys(DELIMITERS, 0)
    for _line in range(5):
        line = handle.readline(limits.line)
        bare = "".join(line.split('"')[::2])
        for delimiter in DELIMITERS:
            counts[delimiter] += bare.count(delimiter)
    return max(DELIMITERS, key=lambda each: counts[each])


class _Lines:
    """Hands out lines and refuses one that is too long before it is held in memory."""

    def __init__(self, handle: io.TextIOBase, limits: Limits) -> None:
        self.handle, self.limit, self.line_no = handle, limits.line, 0

    def __iter__(self) -> "Iterator[str]":
        while line := self.handle.readline(self.limit + 1):
            self.line_no += 1
            if len(line) > self.limit:
                raise FileRefused("LINE", row=self.line_no, limit=self.limit)
            if "\0" in line:
                raise FileRefused("NUL", row=self.line_no)
            yield line


def _records(reader: Any, lines: _Lines) -> Iterator[list[str]]:
    """Yield records; one that runs over very many lines has a quotation mark that never closes."""
    count = 0
    while True:
        begun = lines.line_no
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            raise FileRefused("QUOTE", row=count + 1) from problem
        count += 1
        if lines.line_no - begun > LONGEST_RECORD:
            raise FileRefused("QUOTE", row=count)
        yield row


# Writing


def _schema(width: int) -> pa.Schema:
    texts = [(f"c{number}", pa.string()) for number in range(width)]
    return pa.schema([(ROW, pa.uint32()), (LOST, pa.string()), *texts])


def _write_text(
    file: Path, rows: Iterator[tuple[list[str], str]], limits: Limits
) -> tuple[int, int]:
    """Write rows whose width is only known from the widest of the first chunk on."""
    first: list[tuple[list[str], str]] = []
    for row in rows:
        first.append(row)
        if len(first) == CHUNK_ROWS:
            break
    # One place more than the widest row so far, so that nothing of a longer one is lost.
    width = 1 + max((len(row) for row, _lost in first), default=0)
    if width > limits.columns:
        raise FileRefused("TOO_WIDE", row=1, limit=limits.columns)

    def chained() -> Iterator[tuple[list[str], str]]:
        yield from first
        yield from rows

    return _write(file, chained(), width=width, limits=limits), width


def _write(file: Path, rows: Iterable[tuple[list[str], str]], *, width: int, limits: Limits) -> int:
    """Write rows in chunks and return how many; what lies beyond `width` joins the last cell."""
    schema, count = _schema(width), 0
    with pa.OSFile(str(file), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        chunk: list[list[str]] = []
        lost: list[str] = []
        for row, flag in rows:
            count += 1
            if count > limits.rows:
                raise FileRefused("TOO_LONG", limit=limits.rows)
            if len(row) > limits.columns:
                raise FileRefused("TOO_WIDE", row=count, limit=limits.columns)
            chunk.append(row if len(row) == width else _fitted(row, width))
            lost.append(flag)
            if len(chunk) == CHUNK_ROWS:
                writer.write_batch(_batch(schema, chunk, lost, first=count - len(chunk) + 1))
                chunk, lost = [], []
        if chunk:
            writer.write_batch(_batch(schema, chunk, lost, first=count - len(chunk) + 1))
    return count


def _fitted(row: list[str], width: int) -> list[str]:
    if len(row) < width:
        return row + [""] * (width - len(row))
    return [*row[: width - 1], " ".join(row[width - 1 :])]


def _batch(
    schema: pa.Schema, chunk: list[list[str]], lost: list[str], *, first: int
) -> pa.RecordBatch:
    numbers = pa.array(range(first, first + len(chunk)), pa.uint32())
    texts = [pa.array(column, pa.string()) for column in zip(*chunk, strict=True)]
    return pa.record_batch([numbers, pa.array(lost, pa.string()), *texts], schema)


# The process


def confine(limits: Limits, size: int) -> None:
    """Bind this process to its memory and its time; what exceeds them ends it, not the server."""
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    seconds = limits.seconds + size // limits.bytes_per_second
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 2))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _peak_memory() -> int:
    """Return the most memory this process held, in kB.

    The usual figure of `getrusage` survives exec, so it would show the parent's peak.
    """
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


def main(argv: list[str]) -> int:
    """Read one file and print one line of JSON: what was found, or why it is refused."""
    path, folder, options = Path(argv[0]), Path(argv[1]), json.loads(argv[2])
    limits = Limits(**options["limits"])
    confine(limits, path.stat().st_size)
    try:
        found = read(
            path, folder, name=options["name"], encoding=options["encoding"], limits=limits
        )
    except FileRefused as refusal:
        answer: dict[str, Any] = {"refused": refusal.code, "params": refusal.params}
    except (MemoryError, pa.ArrowMemoryError):
        answer = {"refused": "MEMORY", "params": {}}
    else:
        answer = {**found._asdict(), "sheets": [sheet._asdict() for sheet in found.sheets]}
    answer["memory_kb"] = _peak_memory()
    sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
