"""From a file on disk to checked rows: reading apart, finding the heading, checking every row."""

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from django.db.models import Count, Max

from qianshou.areas import rules as area_rules
from qianshou.areas.models import Area
from qianshou.exchange.connectors import keeping, sandbox
from qianshou.exchange.connectors.reader import Found, Sheet
from qianshou.exchange.rules import cells, headings, rows
from qianshou.exchange.rules.headings import Heading
from qianshou.exchange.rules.problems import FileRefused
from qianshou.exchange.rules.profile import Profile

# The column by which a mended row finds the quarantined one it comes from.
MEND_HEADER: Final = "隔离编号"
SAMPLES: Final = 3
TRIED: Final = 20
Told = Callable[[int, dict[str, int]], None]


@dataclass
class Delivery:
    """What a file brought: the rows that may enter, those that may not, and figures about both."""

    area_code: str
    good: list[rows.GoodRow] = field(default_factory=list)
    bad: list[rows.BadRow] = field(default_factory=list)
    repeated: int = 0
    # (sheet, row number) -> id of the quarantined row that this one mends
    mended: dict[tuple[str, int], str] = field(default_factory=dict)
    notes: list[dict[str, Any]] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)
    # every heading that the file has, also of columns that fill no field
    columns: list[str] = field(default_factory=list)
    # where the copy lies that took the file's place
    copy: Path | None = None

    @property
    def read(self) -> int:
        """Return the number of rows that held anything."""
        return len(self.good) + len(self.bad) + self.repeated


def by_rule(bad: Iterable[rows.BadRow]) -> dict[str, int]:
    """Return how many rows each rule kept out, as counts of a run."""
    found = Counter(
        rule for row in bad for rule in {problem.rule for problem in row.problems[: row.refusing]}
    )
    return {f"bad:{rule}": count for rule, count in sorted(found.items())}


def surroundings(profile: Profile, area_code: str, today: date) -> cells.Surroundings:
    """Return what the checks need to know about the world."""
    areas = Area.objects.aggregate(number=Count("code"), last=Max("code"))
    known, detailed = _codes(areas["number"], areas["last"])
    low, high = area_rules.subtree(area_code)
    return cells.Surroundings(today, known, detailed, low, high, profile.blank)


@lru_cache(maxsize=2)
def _codes(number: int, last: str) -> tuple[frozenset[str], frozenset[str]]:  # noqa: ARG001
    """Return all codes, and those of towns with villages; kept warm until the list grows."""
    known = frozenset(Area.objects.values_list("code", flat=True))
    return known, frozenset(f"{code[:9]}000" for code in known if code[9:] != "000")


def take_in(
    path: Path, profile: Profile, *, name: str, area_code: str, today: date, told: Told
) -> Delivery:
    """Read and check a file; raises `FileRefused` if it is not what it says."""
    begun = time.perf_counter()
    folder = Path(tempfile.mkdtemp(prefix="reading-", dir=path.parent))
    try:
        found, memory = _read_once(path, folder, name=name, encoding=profile.encoding)
        if found.kind not in profile.formats:
            raise FileRefused("FORMAT", expected=profile.formats[0], kind=found.kind)
        tables = list(_tables(found, folder, profile))
        read = time.perf_counter()
        delivery = Delivery(_sender(tables, folder, profile, asked=area_code))
        delivery.columns = [name for _sheet, heading in tables for name in heading.names if name]
        if profile.closed:
            delivery.copy = keeping.copy(path, found, folder, tables=tables, also=[MEND_HEADER])
        _note(delivery, found, tables, asked=area_code)
        _check(delivery, tables, folder, profile=profile, today=today, told=told)
        if not delivery.read:
            raise FileRefused("NO_ROWS")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    delivery.timings = {
        "read": round(read - begun, 3),
        "read_memory_mb": memory >> 10,
        "check": round(time.perf_counter() - read, 3),
    }
    return delivery


def _read_once(path: Path, folder: Path, *, name: str, encoding: str) -> tuple[Found, int]:
    """Read a file in a process of its own; a copy of one that was read there is our own."""
    if keeping.is_copy(path):
        return keeping.opened(path, folder), 0
    return sandbox.read_file(path, folder, name=name, encoding=encoding)


Table = tuple[Sheet, Heading]


def _tables(found: Found, folder: Path, profile: Profile) -> Iterator[Table]:
    """Yield the sheets that hold the list; if none does, say what the nearest one lacks."""
    refusal: FileRefused | None = None
    matched = 0
    for sheet in found.sheets:
        if profile.sheets and sheet.name not in profile.sheets:
            continue
        try:
            heading = headings.find(
                sandbox.top_rows(sheet, folder, headings.SEARCHED), sheet.merges, profile
            )
        except FileRefused as problem:
            refusal = refusal or problem
            continue
        matched += 1
        yield sheet, heading
    if not matched:
        raise refusal or FileRefused("NO_ROWS")


def _note(delivery: Delivery, found: Found, tables: list[Table], *, asked: str) -> None:
    if found.encoding:
        delivery.notes.append({"code": "ENCODING", "value": found.encoding})
    chosen = {sheet.name for sheet, _heading in tables}
    left = [sheet.name for sheet in found.sheets if sheet.name not in chosen]
    if left:
        delivery.notes.append({"code": "SHEETS_LEFT", "value": "、".join(left)})
    missing = [name for _sheet, heading in tables for name in heading.missing]
    if missing:
        delivery.notes.append(
            {"code": "COLUMNS_MISSING", "value": "、".join(dict.fromkeys(missing))}
        )
    if delivery.area_code != asked:
        delivery.notes.append({"code": "AREA_FOUND", "value": delivery.area_code})


def _sender(tables: list[Table], folder: Path, profile: Profile, *, asked: str) -> str:
    """Return the area whose list this is: the county found in it, when a wider one was named.

    A full list withdraws the rows it no longer holds, so it must not speak for other counties.
    """
    if profile.sender != "county" or len(area_rules.significant(asked)) >= 6:
        return asked
    texts = (
        text
        for sheet, heading in tables
        if (places := heading.places.get("area_code"))
        for batch in sandbox.batches(sheet, folder)
        for text in batch.columns[places[0]]
    )
    county = rows.main_county(texts)
    low, high = area_rules.subtree(asked)
    return county if county and low <= county <= high else asked


def _check(
    delivery: Delivery,
    tables: list[Table],
    folder: Path,
    *,
    profile: Profile,
    today: date,
    told: Told,
) -> None:
    around = surroundings(profile, delivery.area_code, today)
    checker = rows.Checker(profile, around, run_area=delivery.area_code)
    total = sum(sheet.rows for sheet, _heading in tables) or 1
    done = 0
    for sheet, heading in tables:
        for batch in sandbox.batches(sheet, folder):
            part = _under(batch, heading)
            _remember_mended(delivery, part, heading)
            for row in checker.check(part, heading):
                (delivery.good if isinstance(row, rows.GoodRow) else delivery.bad).append(row)  # type: ignore[arg-type]
            done += len(batch.rows)
            delivery.repeated = checker.repeated_rows
            told(done * 100 // total, {"read": delivery.read, "bad": len(delivery.bad)})


def _under(batch: rows.Batch, heading: Heading) -> rows.Batch:
    """Return the part of a batch that lies under the heading."""
    skip = max(0, min(len(batch.rows), heading.first_row - batch.rows[0]))
    if not skip:
        return batch
    columns = [column[skip:] for column in batch.columns]
    return rows.Batch(batch.sheet, batch.rows[skip:], columns, batch.lossy[skip:])


def _remember_mended(delivery: Delivery, batch: rows.Batch, heading: Heading) -> None:
    if MEND_HEADER not in heading.names:
        return
    column = batch.columns[heading.names.index(MEND_HEADER)]
    for row_no, text in zip(batch.rows, column, strict=True):
        if text.strip():
            delivery.mended[batch.sheet, row_no] = text.strip()


class Look(NamedTuple):
    """A first look at a sample file: its most likely heading and a few rows under it."""

    kind: str
    encoding: str
    sheet: str
    header_rows: tuple[int, ...]
    names: tuple[str, ...]
    samples: list[list[str]]


def look_at(path: Path, *, name: str, known: Iterable[str]) -> Look:
    """Read a sample file without a profile and find what is likely its heading."""
    with _read(path, name, "auto") as (found, folder):
        if not found.sheets:
            raise FileRefused("NO_ROWS")
        sheet = found.sheets[0]
        top = sandbox.top_rows(sheet, folder, headings.SEARCHED)
        chosen, names = headings.likeliest(top, sheet.merges, known)
        under = [row for row in top[chosen[-1] :] if any(cell.strip() for cell in row)][:SAMPLES]
        return Look(found.kind, found.encoding, sheet.name, chosen, names, under)


def try_out(
    path: Path, profile: Profile, *, name: str, area_code: str, today: date
) -> list[rows.GoodRow | rows.BadRow]:
    """Map and check the first rows of a sample with a profile; nothing is stored."""
    with _read(path, name, profile.encoding) as (found, folder):
        sheet, heading = next(_tables(found, folder, profile))
        checker = rows.Checker(profile, surroundings(profile, area_code, today), run_area=area_code)
        part = _under(next(sandbox.batches(sheet, folder)), heading)
        first = rows.Batch(
            part.sheet, part.rows[:TRIED], [c[:TRIED] for c in part.columns], part.lossy[:TRIED]
        )
        return list(checker.check(first, heading))


@contextmanager
def _read(path: Path, name: str, encoding: str) -> Iterator[tuple[Found, Path]]:
    folder = Path(tempfile.mkdtemp(prefix="reading-", dir=path.parent))
    try:
        yield sandbox.read_file(path, folder, name=name, encoding=encoding)[0], folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
