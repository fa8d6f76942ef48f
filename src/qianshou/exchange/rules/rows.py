"""Checking whole rows: every cell by its column's rule, then what cells say about each other.

Columns are read value by value through a memo, since most texts of a list repeat; that keeps
three hundred thousand rows to seconds without leaving plain Python.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from qianshou.engines.linkage import identity
from qianshou.exchange.rules import cells
from qianshou.exchange.rules.headings import Heading
from qianshou.exchange.rules.problems import REFUSE, Problem
from qianshou.exchange.rules.profile import Column, Profile

MEMORY: Final = 60_000
OWN_SHARE: Final = 0.8


class Batch(NamedTuple):
    """A stretch of one sheet: row numbers, texts by column, and positions of lossy number cells."""

    sheet: str
    rows: Sequence[int]
    columns: Sequence[Sequence[str]]
    lossy: Sequence[str]


class GoodRow(NamedTuple):
    """A row that may enter, in canonical form; remarks did not keep it out."""

    sheet: str
    row_no: int
    area_code: str
    as_of: str
    payload: dict[str, Any]
    remarks: list[Problem]


class BadRow(NamedTuple):
    """A row that stays out: what stood in it and everything that is wrong with it."""

    sheet: str
    row_no: int
    key: str
    cells: dict[str, str]
    problems: list[Problem]
    # how many of the problems, from the first on, keep the row out; the others are remarks
    refusing: int


Weighted = tuple[Problem, bool]


class Checker:
    """Checks the batches of one file in order; it remembers the keys seen so far."""

    def __init__(self, profile: Profile, around: cells.Surroundings, *, run_area: str) -> None:
        self.profile, self.around, self.run_area = profile, around, run_area
        self.seen: dict[str, tuple[str, dict[str, Any]]] = {}
        self.repeated_rows = 0
        self._readers = [(column, _Memo(column, around)) for column in profile.columns]

    def check(self, batch: Batch, heading: Heading) -> Iterator[GoodRow | BadRow]:
        """Yield every row of a batch that holds anything, in the order of the file."""
        values, found = self._read(batch, heading)
        for at, row_no in enumerate(batch.rows):
            payload = {name: got[at] for name, got in values if got[at] is not None}
            if not payload and at not in found:
                continue
            problems = found.get(at, [])
            problems += self._overhang(batch, heading, at)
            self._judge(payload, problems)
            duplicate = self._duplicate(payload, f"{batch.sheet}:{row_no}".lstrip(":"))
            if duplicate is not None:
                problems.append(duplicate)
            if any(refuse for _problem, refuse in problems):
                yield self._bad(batch, heading, at, payload=payload, problems=problems)
            elif duplicate is None:
                yield self._good(batch, row_no, payload=payload, problems=problems)
            else:
                self.repeated_rows += 1

    def _read(
        self, batch: Batch, heading: Heading
    ) -> tuple[list[tuple[str, list[Any]]], dict[int, list[Weighted]]]:
        """Return the canonical values by field, sorted by name, and the problems by row."""
        values: list[tuple[str, list[Any]]] = []
        found: dict[int, list[Weighted]] = {}
        lossy = {at: _positions(text) for at, text in enumerate(batch.lossy) if text}
        for column, memo in self._readers:
            places = heading.places.get(column.name)
            if places is None:
                continue
            texts = batch.columns[places[0]]
            if len(places) > 1:
                texts = [
                    "".join(parts)
                    for parts in zip(*(batch.columns[place] for place in places), strict=True)
                ]
            read, flawed = memo.read(texts)
            for at in flawed:
                found.setdefault(at, []).extend(self._weigh(column, memo.problems(texts[at])))
            self._spoil(column, places, lossy=lossy, read=read, texts=texts, found=found)
            values.append((column.name, read))
        values.sort()
        return values, found

    def _overhang(self, batch: Batch, heading: Heading, at: int) -> list[Weighted]:
        """Find text to the right of the last named column, where a cut cell pushes it."""
        named = max(place for places in heading.places.values() for place in places)
        edge = max((at for at, name in enumerate(heading.names) if name), default=named) + 1
        beyond = [column[at] for column in batch.columns[edge:] if column[at].strip()]
        if not beyond:
            return []
        header = heading.names[edge - 1]
        weight = self.profile.weight("CELLS_SHIFTED") == REFUSE
        # What stands there may belong to a column that must not be kept.
        shown = "" if self.profile.closed else " ".join(beyond)[:200]
        return [(Problem("CELLS_SHIFTED", header, shown), weight)]

    def _weigh(self, column: Column, problems: Iterable[Problem]) -> list[Weighted]:
        return [
            (problem, self.profile.weight(problem.rule, column) == REFUSE) for problem in problems
        ]

    def _spoil(
        self,
        column: Column,
        places: tuple[int, ...],
        *,
        lossy: dict[int, set[int]],
        read: list[Any],
        texts: Sequence[str],
        found: dict[int, list[Weighted]],
    ) -> None:
        """Mark the cells in which a spreadsheet kept 15 digits of a longer number."""
        for at, positions in lossy.items():
            if not positions.isdisjoint(places):
                read[at] = None
                header = column.headers[0]
                kept = [each for each in found.get(at, []) if each[0].column != header]
                problem = Problem("ID_NUMERIC_CELL", header, texts[at])
                if not any(each[0] == problem for each in kept):
                    kept += self._weigh(column, [problem])
                found[at] = kept

    def _judge(self, payload: dict[str, Any], problems: list[Weighted]) -> None:
        """Add what only the whole row shows: missing values, and cells that contradict."""
        # A remark on the cell keeps nothing out: "#REF!" for the key is still no key.
        told = {problem.column for problem, refuse in problems if refuse}
        for column in self.profile.columns:
            if column.required and column.name not in payload and column.headers[0] not in told:
                rule = {"key": "KEY_MISSING", "name": "NAME_MISSING"}.get(
                    column.name, "VALUE_MISSING"
                )
                # No profile can want a row without its key: nothing would know it again.
                refuse = column.name == "key" or self.profile.weight(rule, column) == REFUSE
                problems.append((Problem(rule, column.headers[0]), refuse))
        number = payload.get("id_number", "")[:18]
        if len(number) == 18:
            self._compare(payload, number, problems)

    def _compare(self, payload: dict[str, Any], number: str, problems: list[Weighted]) -> None:
        header = self.profile.column("id_number").headers[0]
        if any(problem.column == header for problem, _refuse in problems):
            return
        sex, birth = payload.get("sex"), payload.get("birth_on")
        if sex is not None and identity.sex(number) != sex:
            column = self.profile.column("sex")
            problems += self._weigh(column, [Problem("SEX_ID_MISMATCH", column.headers[0])])
        if birth is not None and number[6:14] != birth.replace("-", ""):
            column = self.profile.column("birth_on")
            flaw = Problem("BIRTH_ID_MISMATCH", column.headers[0], birth)
            problems += self._weigh(column, [flaw])

    def _duplicate(self, payload: dict[str, Any], place: str) -> Weighted | None:
        key = payload.get("key")
        if key is None:
            return None
        first = self.seen.setdefault(key, (place, payload))
        if first[1] is payload:
            return None
        same = first[1] == payload
        rule = "DUPLICATE_ROW" if same else "DUPLICATE_KEY"
        problem = Problem(rule, self.profile.key_header, "", first[0])
        # Let through with a remark, the second of two different rows would be kept nowhere.
        return problem, not same or self.profile.weight(rule) == REFUSE

    def _good(
        self, batch: Batch, row_no: int, *, payload: dict[str, Any], problems: list[Weighted]
    ) -> GoodRow:
        area = payload.get("area_code") or payload.get("hukou_code") or self.run_area
        if not self.around.low <= area <= self.around.high:
            area = self.run_area
        as_of = str(payload.get(self.profile.as_of, "")) if self.profile.as_of else ""
        remarks = [problem for problem, _refuse in problems]
        return GoodRow(batch.sheet, row_no, area, as_of, payload, remarks)

    def _bad(
        self,
        batch: Batch,
        heading: Heading,
        at: int,
        *,
        payload: dict[str, Any],
        problems: list[Weighted],
    ) -> BadRow:
        kept = {place for places in heading.places.values() for place in places}
        texts = {
            name: batch.columns[position][at]
            for position, name in enumerate(heading.names)
            if name
            and position < len(batch.columns)
            and (position in kept or not self.profile.closed)
        }
        refusing = [problem for problem, refuse in problems if refuse]
        remarks = [problem for problem, refuse in problems if not refuse]
        key = str(payload.get("key", ""))
        return BadRow(batch.sheet, batch.rows[at], key, texts, refusing + remarks, len(refusing))


def _positions(text: str) -> set[int]:
    return {int(part) for part in text.split(",")}


class _Memo:
    """Reads the cells of one column, each different text once."""

    def __init__(self, column: Column, around: cells.Surroundings) -> None:
        self._reading = cells.reading_of(column, around)
        self._known: dict[str, cells.Cell] = {}
        self._flawed: set[str] = set()

    def read(self, texts: Sequence[str]) -> tuple[list[Any], list[int]]:
        """Return the value of every text, and where a text has problems."""
        if len(self._known) > MEMORY:
            self._known, self._flawed = {}, set()
        for text in set(texts).difference(self._known):
            cell = self._known[text] = self._reading(text)
            if cell.problems:
                self._flawed.add(text)
        known = self._known
        flawed = self._flawed
        where = [at for at, text in enumerate(texts) if text in flawed] if flawed else []
        return [known[text].value for text in texts], where

    def problems(self, text: str) -> tuple[Problem, ...]:
        """Return the problems of a text read before."""
        return self._known[text].problems


def main_county(texts: Iterable[str]) -> str:
    """Return the county that delivers a list: the one at least four fifths of its rows lie in.

    An empty text if no county has that many, so that nothing is guessed.
    """
    counties = Counter(
        code[:6] for text in texts if (code := cells.clean(text)).isdigit() and len(code) >= 6
    )
    if not counties:
        return ""
    county, rows = counties.most_common(1)[0]
    return county.ljust(12, "0") if rows >= OWN_SHARE * counties.total() else ""
