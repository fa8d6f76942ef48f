"""Holding one thing for one worker: a lock on a connection of its own, gone when its holder dies.

A job that may be handed out twice takes the lock of its subject first. A killed worker drops its
connection and with it the lock, so whoever finds the work undone and unheld may start it anew.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final
from uuid import UUID

import psycopg
from django.db import connection

PARTS: Final = {
    "dbname": "NAME",
    "user": "USER",
    "password": "PASSWORD",
    "host": "HOST",
    "port": "PORT",
}


# Connections that a worker keeps for what it holds next: to sign in costs more than to hold.
_idle: list["psycopg.Connection[Any]"] = []


@contextmanager
def held(
    thing: UUID, *, purpose: str, keep: bool = False
) -> Iterator["psycopg.Connection[Any] | None"]:
    """Hold a thing; yields the connection that holds it, or None if somebody else does.

    With `keep` the connection stays open for the next thing, as a worker wants it.
    """
    with _connection(purpose, keep=keep) as own:
        row = own.execute("SELECT pg_try_advisory_lock(%s)", [_lock_number(thing)]).fetchone()
        held_here = bool(row and row[0])
        try:
            yield own if held_here else None
        finally:
            # The server notices the end of a connection a moment later; the next worker may not.
            if held_here:
                with suppress(psycopg.Error):
                    own.execute("SELECT pg_advisory_unlock(%s)", [_lock_number(thing)])


@contextmanager
def _connection(purpose: str, *, keep: bool) -> Iterator["psycopg.Connection[Any]"]:
    own = (_idle_one() if keep else None) or _connected(purpose)
    done = False
    try:
        yield own
        done = True
    finally:
        if keep and done and not own.closed and not _idle:
            _idle.append(own)
        else:
            own.close()


def _idle_one() -> "psycopg.Connection[Any] | None":
    """Return the kept connection unless the server has let it go."""
    while _idle:
        own = _idle.pop()
        with suppress(psycopg.Error):
            own.execute("SELECT 1")
            return own
        own.close()
    return None


def _connected(purpose: str) -> "psycopg.Connection[Any]":
    parts = connection.settings_dict
    values: dict[str, Any] = {key: parts[name] for key, name in PARTS.items() if parts[name]}
    return psycopg.connect(**values, autocommit=True, application_name=f"qianshou {purpose}")


def is_held(thing: UUID) -> bool:
    """Tell whether somebody is at the thing at this moment."""
    with held(thing, purpose="look") as own:
        return own is None


def _lock_number(thing: UUID) -> int:
    return (thing.int & ((1 << 64) - 1)) - (1 << 63)
