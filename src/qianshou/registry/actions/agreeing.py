"""The nightly proof that live linkage and a batch agree: a county's rows, linked anew at once.

Nothing is changed. Where the batch would decide otherwise, a question is raised for a person, and
the figures of the night stand on the page of doubtful links.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

import polars as pl
from django.utils import timezone

from qianshou.areas import rules as area_rules
from qianshou.common import portions, rowsecurity
from qianshou.engines.linkage import engine
from qianshou.engines.linkage.outcome import Linked
from qianshou.registry.actions import doubting, filing, modelling, neighbours, sources, storing
from qianshou.registry.models import LinkCheck
from qianshou.registry.rules import columns

# A night that finds more is a matter of the model, not of single children: then the figures tell.
MOST_ASKED: Final = 200
_ROWS: Final = """
SELECT r.id, l.child_id, r.source_id, r.payload, l.by_id IS NOT NULL, r.area_code
FROM registry_link l JOIN exchange_record r ON r.id = l.record_id
WHERE l.area_code BETWEEN %s AND %s AND l.state <> 'ENDED' AND r.state <> 'SUPERSEDED'
ORDER BY r.id
"""
_APART: Final = """
SELECT record_a_id::text, record_b_id::text FROM registry_apart
WHERE lifted_at IS NULL AND area_code BETWEEN %s AND %s
"""
_COUNTIES: Final = "SELECT DISTINCT left(area_code, 6) FROM registry_link WHERE state <> 'ENDED'"


@dataclass
class _Rows:
    """A county's standing rows: the engine's frame, the file of each, and what people decided."""

    frame: pl.DataFrame
    files: dict[str, UUID] = field(default_factory=dict)
    held: set[UUID] = field(default_factory=set)
    areas: dict[str, str] = field(default_factory=dict)

    @property
    def fixed(self) -> dict[str, str]:
        """Return the rows of files that a person had a hand in."""
        return {row: str(file) for row, file in self.files.items() if file in self.held}


def check_everywhere(tell: Callable[[LinkCheck], object] = lambda _: None) -> int:
    """Compare the files of every county with a batch over its rows, one county after another.

    `tell` is called with each county's figures as soon as they are there. A county that goes wrong
    holds up no other, and is raised at the end. Returns how many were compared.
    """
    with rowsecurity.acting(rowsecurity.SYSTEM):
        counties = sorted(code for (code,) in storing.fetch(_COUNTIES))

    def one(county: str) -> int:
        tell(check(area_rules.county_code(f"{county}000000")))
        return 1

    return portions.each(counties, one)


def check(county: str) -> LinkCheck:
    """Link all rows of a county anew, compare, ask about what differs; returns the figures."""
    with rowsecurity.acting(rowsecurity.SYSTEM), storing.without_collector():
        started, now = time.perf_counter(), timezone.now()
        rows = _read(county)
        # An older version may have stored the rows under fewer keys; from now on they are found.
        neighbours.complete(rows.frame, rows.areas)
        linked = _linked(rows, county)
        joins, parts = _differences(rows, linked)
        asked = pl.concat([joins, parts]).head(MOST_ASKED)
        doubting.raise_doubts(asked, [UUID(row) for row in rows.files], now)
        return LinkCheck.objects.create(
            area_code=county, at=now, rows=len(rows.files), files=len(set(rows.files.values())),
            joins=len(joins), parts=len(parts), seconds=time.perf_counter() - started,
        )  # fmt: skip


def _read(county: str) -> _Rows:
    feeds, files, held = sources.feeds(), dict[str, UUID](), set[UUID]()
    areas: dict[str, str] = {}
    low, high = area_rules.subtree(county)

    def opened() -> Iterator[tuple[str, dict[str, str | None]]]:
        for record, child, source, payload, by_hand, area in storing.fetch(_ROWS, [low, high]):
            files[str(record)], areas[str(record)] = child, area
            if by_hand:
                held.add(child)
            values = filing.opened(payload, record)
            yield str(record), columns.engine_row(values, feeds[source].department)

    return _Rows(neighbours.frame_of(list(opened())), files, held, areas)


def _linked(rows: _Rows, county: str) -> Linked:
    low, high = area_rules.subtree(county)
    phones = neighbours.phone_tokens(rows.frame)
    return engine.link(
        rows.frame,
        columns.spec(),
        model=modelling.current(),
        population=max(neighbours.rows_on_file(), len(rows.frame)),
        fixed=rows.fixed,
        apart=storing.fetch(_APART, [low, high]),
        common_phones=neighbours.common_phones(phones, []),
    )


def _differences(rows: _Rows, linked: Linked) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return questions about files that the batch would join, and about rows it would take out."""
    members: dict[str, list[str]] = {}
    clusters = dict(linked.clusters.iter_rows())
    for row in rows.files:
        members.setdefault(clusters[row], []).append(row)
    evidence = {(a, b): rest for a, b, *rest in linked.pairs.iter_rows()}
    joins = list(_joins(members, rows.files, evidence))
    parts = list(_parts(clusters, rows.files, evidence))
    return (
        pl.DataFrame(joins, schema=doubting.QUESTION, orient="row"),
        pl.DataFrame(parts, schema=doubting.QUESTION, orient="row"),
    )


Evidence = Mapping[tuple[str, str], list[Any]]


def _joins(
    members: Mapping[str, list[str]], files: Mapping[str, UUID], evidence: Evidence
) -> Iterator[tuple[Any, ...]]:
    for group in members.values():
        one_of = {files[row]: row for row in reversed(group)}
        for one, other in pairwise(one_of.values()):
            yield _question(one, other, evidence)


def _parts(
    clusters: Mapping[str, str], files: Mapping[str, UUID], evidence: Evidence
) -> Iterator[tuple[Any, ...]]:
    standing: dict[UUID, list[str]] = {}
    for row, file in files.items():
        standing.setdefault(file, []).append(row)
    for rows in standing.values():
        home = Counter(clusters[row] for row in rows).most_common(1)[0][0]
        stays = next(row for row in rows if clusters[row] == home)
        for row in rows:
            if clusters[row] != home:
                yield _question(stays, row, evidence)


def _question(one: str, other: str, evidence: Evidence) -> tuple[Any, ...]:
    bits, likely, _linked, levels = evidence.get(
        (one, other), evidence.get((other, one), [0.0, 0.5, False, ""])
    )
    return one, other, bits, likely, "NIGHT", levels
