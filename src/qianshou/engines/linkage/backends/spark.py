"""Carries the plan out with Apache Spark, on this machine or a cluster.

Needs requirements/spark.txt and Java 17. The cluster is the one of the session that is open, or
of SPARK_MASTER; its machines need this package and the folder. Without either it is this machine.
"""

import functools
import os
import pathlib
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from qianshou.engines.linkage.backends import steps
from qianshou.engines.linkage.backends.plan import Step
from qianshou.engines.linkage.backends.steps import Work

# Rows that a step is given at once.
BATCH = 100_000
_TYPES = {pa.string(): "string", pa.int64(): "bigint", pa.float64(): "double"}
_SCHEMAS = {
    "phones": steps.PHONES,
    "keys": steps.KEYS,
    "weighed": steps.WEIGHED,
    "settled": steps.SETTLED,
}


class SparkMissingError(RuntimeError):
    """Spark or Java is not installed; the message says what to install."""


class Spark:
    """Tables are Parquet folders in the folder, and views on them."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self._session, self._own = _opened()

    def take_in(self, files: Sequence[tuple[str, pathlib.Path]], columns: Sequence[str]) -> None:
        """Number the rows of the files in their order."""
        texts = [f'CAST("{name}" AS STRING) AS "{name}"' for name in columns]
        people = None
        for label, path in files:
            found = self._session.read.parquet(str(path)).selectExpr(
                f"{_text(label)} AS source", "CAST(outside_id AS STRING) AS outside_id", *texts
            )
            people = found if people is None else people.unionAll(found)
        assert people is not None
        people.createOrReplaceTempView("people_read")
        self.sql("people", "SELECT monotonically_increasing_id() AS row, * FROM people_read")

    def sql(self, name: str, query: str) -> None:
        """Write the result of a query as a table."""
        self._keep(name, self._session.sql(query))

    def each(self, name: str, query: str, step: Step, *, work: Work) -> None:
        """Write what a step makes of the result of a query, a batch at a time."""
        made = functools.partial(_each, step, work)
        self._keep(name, self._session.sql(query).mapInArrow(made, _ddl(name)))

    def parts(self, name: str, query: str, step: Step, *, work: Work) -> None:
        """Do the same where the column `part` says which rows must be seen together."""

        def settled(table: pa.Table) -> pa.Table:
            return step(work, table.drop_columns(["part"]))

        groups = self._session.sql(query).groupBy("part")
        self._keep(name, groups.applyInArrow(settled, _ddl(name)))

    def values(self, query: str) -> list[tuple[Any, ...]]:
        """Give the few rows of a query."""
        return [tuple(row) for row in self._session.sql(query).collect()]

    def close(self) -> None:
        """Stop the session if it was started here."""
        if self._own:
            self._session.stop()

    def _keep(self, name: str, found: Any) -> None:
        path = str(self.folder / f"{name}.parquet")
        found.write.mode("overwrite").parquet(path)
        self._session.read.parquet(path).createOrReplaceTempView(name)


def _opened() -> tuple[Any, bool]:
    """Give the open session, or a new one and that it is ours to stop."""
    try:
        from pyspark.errors import PySparkException  # noqa: PLC0415 - an extra
        from pyspark.sql import SparkSession  # noqa: PLC0415
    except ImportError:
        raise SparkMissingError(
            "--engine spark needs PySpark: pip install -r requirements/spark.txt; "
            "or take --engine duckdb."
        ) from None
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    active = SparkSession.getActiveSession()
    try:
        session = active or _configured(SparkSession.builder).getOrCreate()
    except (PySparkException, OSError) as error:
        raise SparkMissingError(
            "--engine spark could not start Java 17 (Debian: openjdk-17-jre-headless), or reach "
            f"the cluster of SPARK_MASTER; or take --engine duckdb: {error}"
        ) from error
    for name, value in _NEEDED.items():
        session.conf.set(name, value)
    return session, active is None


_NEEDED = {
    # The plan writes one SQL for all backends, with names of columns in double quotes.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.execution.arrow.maxRecordsPerBatch": str(BATCH),
}


def _configured(builder: Any) -> Any:
    settings = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
    master = os.environ.get("SPARK_MASTER", "")
    if not master:  # what suits this machine would shut a cluster out
        cores = os.cpu_count() or 1
        settings |= {
            "spark.driver.memory": "2g",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.sql.shuffle.partitions": str(2 * cores),
            "spark.executorEnv.PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
    builder = builder.appName("qianshou link").master(master or "local[*]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder


def _each(step: Step, work: Work, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        if batch.num_rows:
            yield from step(work, pa.Table.from_batches([batch])).to_batches()


def _ddl(name: str) -> str:
    return ", ".join(f"`{field.name}` {_TYPES[field.type]}" for field in _SCHEMAS[name])


def _text(value: object) -> str:
    return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"
