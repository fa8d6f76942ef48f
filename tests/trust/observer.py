"""What the database itself saw of a request: rows written per table, entries of the trail.

PostgreSQL counts the rows that the present transaction writes, whoever writes them and how: the
models, raw SQL, COPY or a trigger. No statement of ours has to be believed.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection

from qianshou.audit import actions as audit
from qianshou.common import crypto

COUNTS = """
SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables
WHERE schemaname = 'public' AND n_tup_ins + n_tup_upd + n_tup_del > 0
"""
# The sign-in machinery and the queue of jobs write for themselves; the trail is looked at apart.
NOT_BUSINESS = ("axes_", "procrastinate_", "django_session", "audit_")


@dataclass
class Written:
    """What one request wrote: tables, acts in the trail, and how many sealed values it opened."""

    tables: set[str] = field(default_factory=set)
    acts: list[str] = field(default_factory=list)
    opened: int = 0


class Observer:
    """Compares the database before and after each request of an asker."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.opened, self.before, self.newest = 0, counts(), newest_entry()
        unseal: Callable[..., str] = crypto.unseal

        def counted(sealed: Any, **where: Any) -> str:
            text = unseal(sealed, **where)
            self.opened += bool(text)
            return text

        monkeypatch.setattr(crypto, "unseal", counted)

    def start(self) -> None:
        """Look at the database before a request."""
        self.opened, self.before, self.newest = 0, counts(), newest_entry()

    def look(self) -> Written:
        """Say what was written since `start`, before it is undone."""
        opened, now = self.opened, counts()
        changed = {table for table, rows in now.items() if rows != self.before.get(table, 0)}
        tables = {table for table in changed if not table.startswith(NOT_BUSINESS)}
        return Written(tables, acts_since(self.newest), opened)


def counts() -> dict[str, int]:
    """Return how many rows this transaction has written so far, by table."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS)
        return dict(cursor.fetchall())


def newest_entry() -> int:
    """Return the number of the trail's newest entry."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM audit_entry")
        return int(cursor.fetchone()[0])


def acts_since(entry: int) -> list[str]:
    """Return the acts that entered the trail after an entry, in order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT act FROM audit_entry WHERE id > %s ORDER BY id", [entry])
        return [act for (act,) in cursor.fetchall()]


def fingerprint(tables: Iterable[str]) -> dict[str, str]:
    """Return a hash of every row of some tables and of the trail, as they stand now."""
    # One statement for all of them: asked one by one, most of the time is the way there and back.
    each = (
        f"SELECT '{table}',"
        " coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '')"
        f' FROM "{table}" t'
        for table in sorted({*tables, "audit_entry"})
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(each))
        return dict(cursor.fetchall())


@contextmanager
def killed(monkeypatch: pytest.MonkeyPatch, *, after_the_entry: bool) -> Iterator[None]:
    """End every act at its entry in the trail: just before it, or just after it."""
    record = audit.record

    def end_here(*args: Any, **details: Any) -> None:
        if after_the_entry:
            record(*args, **details)
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(audit, "record", end_here)
        yield
