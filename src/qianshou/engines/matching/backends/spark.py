"""Runs the parts in Apache Spark: a grouped map over counties, on this machine or a cluster.

Needs requirements/spark.txt and Java 17. The cluster is the one of the session that is open, or
of SPARK_MASTER; its machines need this package. Without either it is this machine.
"""

import os
import pickle
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any

import pyarrow as pa

from qianshou.engines.matching.counties import Result, Run, Task

WAVE_BYTES = 256 << 20
"""So much of the parts is handed to Spark at a time; the driver never holds more of them."""

_SCHEMA = pa.schema([("county", pa.int64()), ("work", pa.binary())])


class SparkMissingError(RuntimeError):
    """Spark or Java is not installed; the message says what to install."""


@contextmanager
def opened(workers: int) -> Iterator[Run]:
    """Use the open session, or open one and close it afterwards."""
    try:
        from pyspark.errors import PySparkRuntimeError  # noqa: PLC0415 - an extra
        from pyspark.sql import SparkSession  # noqa: PLC0415
    except ImportError:
        raise SparkMissingError(
            "--engine spark needs PySpark: pip install -r requirements/spark.txt; "
            "or take --engine pool"
        ) from None
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    active = SparkSession.getActiveSession()
    try:
        session = active or _configured(SparkSession.builder, workers).getOrCreate()
    except (PySparkRuntimeError, FileNotFoundError) as error:
        raise SparkMissingError(
            "--engine spark could not start Java 17 (Debian: openjdk-17-jre-headless), or reach "
            f"the cluster of SPARK_MASTER; or take --engine pool: {error}"
        ) from error

    def run(work: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        return _run(session, work, tasks)

    try:
        yield run
    finally:
        if active is None:
            session.stop()


def _configured(builder: Any, workers: int) -> Any:
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": "2g",
    }
    master = os.environ.get("SPARK_MASTER", "")
    if not master:  # what suits this machine would shut a cluster out
        settings |= {
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.executorEnv.PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
    builder = builder.appName("qianshou match").master(master or f"local[{workers}]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder


def _run(session: Any, work: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
    waiting = iter(tasks)
    while first := list(islice(waiting, 1)):
        yield from _wave(session, _filled(work, chain(first, waiting)))


def _filled(work: Callable[[Any], Any], tasks: Iterator[Any]) -> list[bytes]:
    """Take tasks until a wave is full."""
    wave, size = list[bytes](), 0
    for task in tasks:
        wave.append(pickle.dumps((work, task), pickle.HIGHEST_PROTOCOL))
        size += len(wave[-1])
        if size >= WAVE_BYTES:
            break
    return wave


def _wave(session: Any, wave: list[bytes]) -> Iterator[Any]:
    """Solve one wave as one job of Spark; the counties come back in their order."""
    table = pa.table({"county": pa.array(range(len(wave)), pa.int64()), "work": wave}, _SCHEMA)
    counties = session.createDataFrame(table)
    # Small groups would be put together again, and one core would have them all.
    for name in ("spark.sql.adaptive.coalescePartitions.enabled", "spark.sql.adaptive.enabled"):
        session.conf.set(name, "false")
    shuffles = min(len(wave), 8 * session.sparkContext.defaultParallelism)
    session.conf.set("spark.sql.shuffle.partitions", str(shuffles))
    done = counties.groupBy("county").applyInArrow(_solve_group, "county long, work binary")
    found = done.toArrow().sort_by("county")["work"]
    for one in found:
        fine, value = pickle.loads(one.as_buffer())  # noqa: S301 - our own workers wrote it
        if not fine:
            raise value
        yield value


def _solve_group(group: pa.Table) -> pa.Table:
    """Do the work of one county; what it raises comes back as a value, to be raised there."""
    results = []
    for one in group["work"]:
        work, task = pickle.loads(one.as_buffer())  # noqa: S301 - the driver wrote it
        try:
            found = (True, work(task))
        except Exception as error:  # noqa: BLE001 - the driver raises it as it was
            error.add_note(f"in county {task.name}")
            found = (False, error)
        results.append(pickle.dumps(found, pickle.HIGHEST_PROTOCOL))
    return pa.table({"county": group["county"], "work": results}, _SCHEMA)
