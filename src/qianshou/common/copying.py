"""Bulk writing by PostgreSQL's COPY, in the caller's transaction and under its row security."""

from collections.abc import Iterable, Sequence
from itertools import chain, islice
from typing import Any, Final

from django.db import connection, models

# Up to so many rows travel in one statement.
FEW: Final = 2000


def copy_rows(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """Write rows of plain column values into a model's table and return how many there were.

    Values are given in the order of `columns` (database column names) and as the database
    stores them; no default of the model applies. Row-level security refuses COPY FROM, so the
    rows go through an unlogged temporary table and one INSERT … SELECT, which it checks. A few rows
    go in one INSERT: making and dropping the temporary table would cost more than they do.
    """
    source = iter(rows)
    first = list(islice(source, FEW + 1))
    if len(first) <= FEW:
        return _insert(model, columns, first)
    return _copy(model, columns, chain(first, source))


def _insert(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> int:
    """Write a few rows in one statement."""
    if rows:
        names = ", ".join(f'"{name}"' for name in columns)
        listed, arrays = as_arrays(model, columns, rows)
        with connection.cursor() as cursor:
            cursor.execute(
                f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT * FROM {listed}',  # noqa: S608
                arrays,
            )
    return len(rows)


def as_arrays(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> tuple[str, list[list[Any]]]:
    """Return rows as one array for each column, and the SQL that makes a table of them.

    One parameter a column is several times as quick as one for every value.
    """
    # Without their widths: a cast to one would cut a text off that the table has to refuse.
    kinds = {
        each.column: (each.db_type(connection) or "text").partition("(")[0]
        for each in model._meta.local_fields
    }
    listed = ", ".join(f"%s::{kinds[name]}[]" for name in columns)
    return f"unnest({listed})", [_alike(column) for column in zip(*rows, strict=True)]


def _alike(values: Sequence[Any]) -> list[Any]:
    """Return a column's values in one type; where they come in several, as text."""
    if len({type(value) for value in values if value is not None}) <= 1:
        return list(values)
    return [None if value is None else _text(value) for value in values]


def _text(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return f"\\x{bytes(value).hex()}"
    return str(value)


def _copy(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    table, names = model._meta.db_table, ", ".join(f'"{name}"' for name in columns)
    count = 0
    with connection.cursor() as cursor:
        cursor.execute(
            f'CREATE TEMPORARY TABLE arriving ON COMMIT DROP AS SELECT {names} FROM "{table}" '  # noqa: S608
            "WITH NO DATA"
        )
        with cursor.copy(f"COPY arriving ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
                count += 1
        cursor.execute(f'INSERT INTO "{table}" ({names}) SELECT {names} FROM arriving')  # noqa: S608
        cursor.execute("DROP TABLE arriving")
    return count
