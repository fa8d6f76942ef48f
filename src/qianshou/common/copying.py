"""Bulk writing by PostgreSQL's COPY, in the caller's transaction and under its row security."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models


def copy_rows(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """Write rows of plain column values into a model's table and return how many there were.

    Values are given in the order of `columns` (database column names) and as the database
    stores them; no default of the model applies. Row-level security refuses COPY FROM, so the
    rows go through an unlogged temporary table and one INSERT … SELECT, which it checks.
    """
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
