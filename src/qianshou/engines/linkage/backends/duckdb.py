"""Carries the plan out with DuckDB on one machine: joins that spill to disk, part by part."""

import pathlib
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from qianshou.engines.linkage.backends import steps
from qianshou.engines.linkage.backends.plan import Step
from qianshou.engines.linkage.backends.steps import Work

# Rows that a step is given at once.
BATCH = 100_000


class DuckDB:
    """Tables are Parquet files in the folder, and views on them."""

    def __init__(self, folder: pathlib.Path, *, memory: str = "2GB") -> None:
        self.folder = folder
        self._connection = duckdb.connect()
        self._connection.execute("SET enable_progress_bar = false")
        self._connection.execute(f"SET memory_limit = '{memory}'")
        self._connection.execute("SET preserve_insertion_order = true")
        self._connection.execute(f"SET temp_directory = {_text(folder / 'spilled')}")

    def take_in(self, files: Sequence[tuple[str, pathlib.Path]], columns: Sequence[str]) -> None:
        """Number the rows of the files in their order."""
        texts = "".join(f', CAST("{name}" AS VARCHAR) AS "{name}"' for name in columns)
        parts = " UNION ALL ".join(
            f"SELECT {_text(label)} AS source, CAST(outside_id AS VARCHAR) AS outside_id{texts} "
            f"FROM read_parquet({_text(path)})"
            for label, path in files
        )
        self.sql(
            "people", f"SELECT CAST(row_number() OVER () - 1 AS BIGINT) AS row, * FROM ({parts})"
        )

    def sql(self, name: str, query: str) -> None:
        """Write the result of a query as a table."""
        path = self._path(name)
        self._run(f"COPY ({query}) TO {_text(path)} (FORMAT parquet)")
        self._run(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({_text(path)})")

    def each(self, name: str, query: str, step: Step, *, work: Work) -> None:
        """Write what a step makes of the result of a query, a batch at a time."""
        self._write(name, (step(work, table) for table in self._batches(query)))

    def parts(self, name: str, query: str, step: Step, *, work: Work) -> None:
        """Do the same where the column `part` says which rows must be seen together."""
        self.sql(f"{name}_parts", f"SELECT * FROM ({query}) ORDER BY part")
        numbers = self.values(f"SELECT DISTINCT part FROM {name}_parts ORDER BY part")
        self._write(
            name,
            (
                step(work, pa.Table.from_batches(list(self._reader(name, part))))
                for (part,) in numbers
            ),
        )

    def values(self, query: str) -> list[tuple[Any, ...]]:
        """Give the few rows of a query."""
        return self._connection.execute(query).fetchall()

    def close(self) -> None:
        """Let go of the memory."""
        self._connection.close()

    def _reader(self, name: str, part: int) -> Iterator[pa.RecordBatch]:
        query = f"SELECT * EXCLUDE (part) FROM {name}_parts WHERE part = {int(part)}"
        yield from self._connection.cursor().sql(query).to_arrow_reader(BATCH)

    def _batches(self, query: str) -> Iterator[pa.Table]:
        # A cursor of its own: the step may take long, and other queries run meanwhile.
        for batch in self._connection.cursor().sql(query).to_arrow_reader(BATCH):
            yield pa.Table.from_batches([batch])

    def _write(self, name: str, tables: Iterator[pa.Table]) -> None:
        path = self._path(name)
        with pq.ParquetWriter(path, SCHEMAS[name]) as writer:
            for table in tables:
                writer.write_table(table)
        self._run(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({_text(path)})")

    def _run(self, query: str) -> None:
        self._connection.execute(query).fetchall()

    def _path(self, name: str) -> pathlib.Path:
        return self.folder / f"{name}.parquet"


SCHEMAS = {
    "phones": steps.PHONES,
    "keys": steps.KEYS,
    "weighed": steps.WEIGHED,
    "settled": steps.SETTLED,
}


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
