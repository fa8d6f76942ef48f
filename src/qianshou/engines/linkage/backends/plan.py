"""The one plan by which a table larger than memory is linked, whatever carries it out.

Joins and counts are plain SQL that DuckDB and Spark both read; cleaning, comparing and clustering
are the engine's own functions on parts of the table (see steps). So every backend finds the same
clusters. All tables are Parquet; a step reads finished tables and writes one.
"""

import dataclasses
import pathlib
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import pyarrow as pa

from qianshou.engines.linkage import block
from qianshou.engines.linkage.backends import steps
from qianshou.engines.linkage.backends.steps import Work
from qianshou.engines.linkage.model import Model
from qianshou.engines.linkage.spec import PHONE_SHARED_BY, Mode, Spec

Progress = Callable[[str], None]
Step = Callable[[Work, pa.Table], pa.Table]
# Rows of one part that is settled at once; it has to fit into the memory of one worker.
PART_ROWS = 150_000
# Pairs less likely than this lead to no question either, so groups are cut apart there.
_FAINTEST = -17.0
_MOST_ROUNDS = 60
_SAME: dict[Mode, str] = {
    "both": "TRUE",
    "link": "x.source <> y.source",
    "dedupe": "x.source = y.source",
}


class Backend(Protocol):
    """What carries the plan out; tables are known by name and kept in one folder."""

    folder: pathlib.Path

    def take_in(self, files: Sequence[tuple[str, pathlib.Path]], columns: Sequence[str]) -> None:
        """Write the table `people`: row (a number), source, outside_id, and the text columns."""

    def sql(self, name: str, query: str) -> None:
        """Write the result of a query as a table."""

    def each(self, name: str, query: str, step: Step, *, work: Work) -> None:
        """Write what a step makes of the result of a query, part by part."""

    def parts(self, name: str, query: str, step: Step, *, work: Work) -> None:
        """Do the same where the column `part` says which rows must be seen together."""

    def values(self, query: str) -> list[tuple[Any, ...]]:
        """Give the few rows of a query."""


@dataclasses.dataclass(frozen=True)
class Done:
    """What a run found: tables in the backend's folder, and figures."""

    rows: int
    rules: list[dict[str, Any]]
    timings: dict[str, float]


class _Run:
    def __init__(self, backend: Backend, progress: Progress | None) -> None:
        self.backend, self.progress = backend, progress
        self.timings: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, step: str) -> None:
        now = time.perf_counter()
        self.timings[step] = round(now - self._last, 3)
        self._last = now
        if self.progress:
            self.progress(f"{step}: {self.timings[step]:.2f} s")


def link(
    backend: Backend,
    spec: Spec,
    model: Model,
    *,
    rules: tuple[tuple[str, ...], ...],
    progress: Progress | None = None,
) -> Done:
    """Link the table `people` with this model; leaves the tables `clusters` and `found`."""
    run = _Run(backend, progress)
    rows = int(backend.values("SELECT count(*) FROM people")[0][0])
    work = Work(spec, model, population=max(rows, model.rows), rules=rules)
    backend.each("phones", "SELECT * FROM people", steps.phones, work=work)
    common = backend.values(
        f"SELECT phone FROM phones GROUP BY phone HAVING count(*) > {PHONE_SHARED_BY}"
    )
    work = dataclasses.replace(work, common_phones=tuple(sorted(str(p) for (p,) in common)))
    run.lap("telephones")
    _block(backend, work)
    run.lap("block")
    _weigh(backend, work)
    run.lap("compare_and_weigh")
    labels = _group(backend, model)
    run.lap("group")
    _settle(backend, labels, work, parts=max(rows // PART_ROWS, 1))
    run.lap("cluster")
    return Done(rows, _prices(backend, rules), run.timings)


def _block(backend: Backend, work: Work) -> None:
    """Write the candidates: pairs that share a key, at most a window apart within it."""
    window = block.WINDOW
    backend.each("keys", "SELECT * FROM people", steps.keys, work=work)
    backend.sql(
        "placed",
        "SELECT rule, bit, key, source, row, CAST(row_number() OVER "
        "(PARTITION BY rule, key ORDER BY alternative, row) AS BIGINT) AS place FROM keys",
    )
    # A row meets those of its own stretch of the key and of the next one.
    backend.sql(
        "proposed",
        "SELECT least(x.row, y.row) AS a, greatest(x.row, y.row) AS b, x.rule AS rule, "
        f"x.bit AS bit FROM (SELECT *, CAST(floor(place / {window}.0) AS BIGINT) AS stretch "
        f"FROM placed UNION ALL SELECT *, CAST(floor(place / {window}.0) AS BIGINT) + 1 AS stretch "
        f"FROM placed) x JOIN (SELECT *, CAST(floor(place / {window}.0) AS BIGINT) AS stretch "
        "FROM placed) y ON x.rule = y.rule AND x.key = y.key AND x.stretch = y.stretch "
        f"WHERE y.place > x.place AND y.place <= x.place + {window} AND x.row <> y.row "
        f"AND {_SAME[work.spec.mode]}",
    )
    backend.sql(
        "candidates",
        "SELECT a, b, CAST(bit_or(bit) AS BIGINT) AS mask FROM proposed GROUP BY a, b",
    )


def _weigh(backend: Backend, work: Work) -> None:
    columns = ", ".join(
        f'{side}."{name}" AS "{side}:{name}"'
        for side in ("x", "y")
        for name in ("source", *work.spec.fields)
    )
    backend.each(
        "weighed",
        f"SELECT c.a AS a, c.b AS b, c.mask AS mask, {columns} FROM candidates c "
        "JOIN people x ON x.row = c.a JOIN people y ON y.row = c.b",
        steps.weigh,
        work=work,
    )


def _group(backend: Backend, model: Model) -> str:
    """Label rows that hang together by the smallest row number; name the table of labels."""
    faint = min(_FAINTEST, model.threshold_bits)
    backend.sql(
        "edges",
        f"SELECT a AS x, b AS y FROM weighed WHERE weight >= {faint} "
        f"UNION ALL SELECT b AS x, a AS y FROM weighed WHERE weight >= {faint}",
    )
    backend.sql("labels_0", "SELECT x AS row, least(x, min(y)) AS label FROM edges GROUP BY x")
    total, number = _total(backend, "labels_0"), 0
    while number < _MOST_ROUNDS:
        before, number = f"labels_{number}", number + 1
        # The label of a neighbour, and the label that this label has by now.
        backend.sql(
            f"labels_{number}",
            "SELECT row, min(label) AS label FROM ("
            f"SELECT e.x AS row, l.label AS label FROM edges e JOIN {before} l ON l.row = e.y "
            f"UNION ALL SELECT l.row AS row, n.label AS label FROM {before} l "
            f"JOIN {before} n ON n.row = l.label) GROUP BY row",
        )
        # Labels only ever fall, so the same sum is the same labels.
        last, total = total, _total(backend, f"labels_{number}")
        if last == total:
            return f"labels_{number}"
    raise ValueError("the table hangs together in chains too long to follow")


def _total(backend: Backend, labels: str) -> object:
    return backend.values(f"SELECT sum(CAST(label AS DECIMAL(38, 0))) FROM {labels}")[0][0]


def _settle(backend: Backend, labels: str, work: Work, *, parts: int) -> None:
    """Cluster every part with the engine; rows that met nobody are persons of their own."""
    names = ("source", *work.spec.fields)
    columns = ", ".join(f'r."{name}" AS "{name}"' for name in names)
    empty = ", ".join(f'CAST(NULL AS STRING) AS "{name}"' for name in names)
    backend.parts(
        "settled",
        f"SELECT l.label % {parts} AS part, l.row AS a, CAST(-1 AS BIGINT) AS b, "
        f"CAST(0 AS BIGINT) AS mask, {columns} FROM {labels} l JOIN people r ON r.row = l.row "
        f"UNION ALL SELECT l.label % {parts} AS part, w.a AS a, w.b AS b, w.mask AS mask, {empty} "
        f"FROM weighed w JOIN {labels} l ON l.row = w.a JOIN {labels} m ON m.row = w.b "
        "WHERE l.label = m.label",
        steps.settle,
        work=work,
    )
    backend.sql(
        "clusters",
        "SELECT r.row AS row, r.source AS source, r.outside_id AS outside_id, "
        "coalesce(s.b, r.row) AS cluster FROM people r "
        "LEFT JOIN (SELECT a, b FROM settled WHERE kind = 'row') s ON s.a = r.row",
    )


def _prices(backend: Backend, rules: tuple[tuple[str, ...], ...]) -> list[dict[str, Any]]:
    """Give what each rule proposed and found, as the engine on one machine does."""
    proposed = dict(
        backend.values("SELECT rule, count(*) FROM (SELECT DISTINCT rule, a, b FROM proposed) "
                       "p GROUP BY rule")
    )  # fmt: skip
    finds: dict[str, int] = {}
    alone: dict[str, int] = {}
    for rule, found, only in backend.values(
        "SELECT levels, CAST(sum(a) AS BIGINT), CAST(sum(b) AS BIGINT) FROM settled "
        "WHERE kind = 'rule' GROUP BY levels"
    ):
        finds[rule], alone[rule] = int(found), int(only)
    first: dict[int, int] = dict(
        backend.values("SELECT rule, count(*) FROM (SELECT min(rule) AS rule FROM proposed "
                       "GROUP BY a, b) p GROUP BY rule")
    )  # fmt: skip
    names = ["+".join(parts) for parts in rules]
    return [
        {
            "rule": name,
            "pairs": int(proposed.get(number, 0)),
            "new": int(first.get(number, 0)),
            "finds": finds.get(name, 0),
            "finds_alone": alone.get(name, 0),
        }
        for number, name in enumerate(names)
    ]
