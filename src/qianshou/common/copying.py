"""Bulk writing by PostgreSQL's COPY, in the caller's transaction and under its row security."""

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain, islice
from typing import Any, Final

from django.db import connection, models

# Up to so many rows travel in one statement.
FEW: Final = 2000


def copy_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    ignore_conflicts: bool = False,
) -> int:
    """Write rows of plain column values into a model's table and return how many were given.

    Values are given in the order of `columns` (database column names) and as the database
    stores them; no default of the model applies. Row-level security refuses COPY FROM, so the
    rows go through an unlogged temporary table and one INSERT … SELECT, which it checks. A few rows
    go in one INSERT: making and dropping the temporary table would cost more than they do.
    """
    source, ending = iter(rows), " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    first = list(islice(source, FEW + 1))
    if len(first) <= FEW:
        return _insert(model, columns, first, ending=ending)
    return _copy(model, columns, chain(first, source), ending=ending)


def _insert(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]], *, ending: str
) -> int:
    """Write a few rows in one statement."""
    if rows:
        names = ", ".join(f'"{name}"' for name in columns)
        listed, arrays = as_arrays(model, columns, rows)
        with connection.cursor() as cursor:
            cursor.execute(
                f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT * FROM {listed}{ending}',  # noqa: S608
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


def _copy(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]], *, ending: str
) -> int:
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
        cursor.execute(
            f'INSERT INTO "{table}" ({names}) SELECT {names} FROM arriving{ending}'  # noqa: S608
        )
        cursor.execute("DROP TABLE arriving")
    return count


def insert_objects(rows: Sequence[models.Model], *, ignore_conflicts: bool = False) -> set[Any]:
    """Insert objects of one model, all of whose fields are set; returns the keys of those written.

    Where a call brings a dozen rows, `bulk_create` spends more time on preparing each value than
    PostgreSQL on the rows; here they travel as one JSON document (docs/decisions/0116).
    """
    if not rows:
        return set()
    model = type(rows[0])
    fields = model._meta.local_concrete_fields
    given = [{str(each.column): row.__dict__[each.attname] for each in fields} for row in rows]
    return insert_values(model, given, ignore_conflicts=ignore_conflicts)


def insert_values(
    model: type[models.Model], rows: Sequence[dict[str, Any]], *, ignore_conflicts: bool = False
) -> set[Any]:
    """Insert rows of one model by the values of all of its columns, as `insert_objects` does.

    For rows that nobody looks at again: a model object costs more than its place in the document.
    """
    if not rows:
        return set()
    document = json.dumps(rows, default=_as_json)
    with connection.cursor() as cursor:
        cursor.execute(_statement(model, ignore_conflicts=ignore_conflicts), [document])
        return {key for (key,) in cursor.fetchall()}


def _as_json(value: Any) -> str:
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)


@lru_cache(maxsize=64)
def _statement(model: type[models.Model], *, ignore_conflicts: bool) -> str:
    kinds = {
        str(each.column): (each.db_type(connection) or "text").partition("(")[0]
        for each in model._meta.local_concrete_fields
    }
    into = ", ".join(f'"{name}"' for name in kinds)
    given = ", ".join(
        f'"{name}" {"text" if kind == "bytea" else kind}' for name, kind in kinds.items()
    )
    taken = ", ".join(
        f"decode(\"{name}\", 'hex')" if kind == "bytea" else f'"{name}"'
        for name, kind in kinds.items()
    )
    table, key = model._meta.db_table, model._meta.pk.column
    conflicts = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    return (
        f'INSERT INTO "{table}" ({into}) SELECT {taken}'  # noqa: S608
        f' FROM json_to_recordset(%s) AS given ({given}){conflicts} RETURNING "{key}"'
    )
