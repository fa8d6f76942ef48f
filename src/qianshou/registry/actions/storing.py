"""Bulk writing and reading below the ORM: files are kept by the hundred thousand."""

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any

from django.db import connection, models

from qianshou.common import copying


def update_rows(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Overwrite columns of many rows; each row starts with its id, the columns follow in order."""
    source = iter(rows)
    first = list(islice(source, copying.FEW + 1))
    table = model._meta.db_table
    names = ", ".join(f'"{name}"' for name in ("id", *columns))
    changes = ", ".join(f'"{name}" = c."{name}"' for name in columns)
    if len(first) <= copying.FEW:
        if first:
            listed, arrays = copying.as_arrays(model, ("id", *columns), first)
            run(
                f'UPDATE "{table}" t SET {changes} FROM {listed} AS c({names}) WHERE t.id = c.id',  # noqa: S608
                arrays,
            )
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f'CREATE TEMPORARY TABLE changing ON COMMIT DROP AS SELECT {names} FROM "{table}" '  # noqa: S608
            "WITH NO DATA"
        )
        with cursor.copy(f"COPY changing ({names}) FROM STDIN") as copy:
            for row in chain(first, source):
                copy.write_row(row)
        cursor.execute("ANALYZE changing")
        cursor.execute(
            f'UPDATE "{table}" t SET {changes} FROM changing c WHERE t.id = c.id'  # noqa: S608
        )
        cursor.execute("DROP TABLE changing")


def fetch(sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Return all rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(parameters))
        return list(cursor.fetchall())


def run(sql: str, parameters: Sequence[Any] = ()) -> int:
    """Execute one statement and return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, list(parameters))
        return int(cursor.rowcount)


def fill_temporary(name: str, column: str, values: Iterable[Any]) -> None:
    """Make a temporary table with one column and its statistics, gone with the transaction."""
    table, _, kind = column.partition(" ")
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
        cursor.execute(f"CREATE TEMPORARY TABLE {name} ({table} {kind}) ON COMMIT DROP")
        with cursor.copy(f"COPY {name} ({table}) FROM STDIN") as copy:
            for value in values:
                copy.write_row((value,))
        cursor.execute(f"ANALYZE {name}")


@contextmanager
def without_collector() -> Iterator[None]:
    """Keep Python's cycle collector still: bulk work holds a million objects and no cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
