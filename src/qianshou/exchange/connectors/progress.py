"""Telling how far a run is, on a connection of its own, so that others see it at once.

The run's real work is one transaction; its own connection commits every word of progress and
holds the lock by which only one worker takes a run. A killed worker drops both.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final
from uuid import UUID

import psycopg
from django.db import connection
from psycopg.types.json import Jsonb

from qianshou.common import rowsecurity

UPDATE: Final = """
UPDATE exchange_importrun
SET state = %(state)s, progress = %(progress)s, message = %(words)s, counts = counts || %(counts)s
WHERE id = %(run)s
"""


class Teller:
    """Writes a run's state for everybody to see."""

    def __init__(self, own: "psycopg.Connection[Any]", run_id: UUID) -> None:
        self._own, self._run_id = own, run_id
        self.state = "RECEIVED"

    def tell(
        self,
        state: str,
        progress: int,
        *,
        words: str = "",
        counts: Mapping[str, int] | None = None,
    ) -> None:
        """Commit a state, a percentage and the counts so far; the words are an English id."""
        self.state = state
        values = {
            "state": state, "progress": max(0, min(100, progress)), "words": words,
            "counts": Jsonb(dict(counts or {})), "run": self._run_id,
        }  # fmt: skip
        try:
            with self._own.transaction():
                scope = rowsecurity.token(rowsecurity.SYSTEM)
                self._own.execute(
                    "SELECT set_config('lock_timeout', '500ms', true), set_config(%s, %s, true)",
                    [rowsecurity.SETTING, scope],
                )
                self._own.execute(UPDATE, values)
        except psycopg.errors.LockNotAvailable:
            # Somebody is just writing the run; the next word of progress will get through.
            return

    def step(self, progress: int, words: str) -> None:
        """Tell progress within the present state; handlers of the rows' event call this."""
        self.tell(self.state, progress, words=words)


@contextmanager
def held(run_id: UUID) -> Iterator[Teller | None]:
    """Hold a run for this worker alone; yields None if another one is at it."""
    parts = connection.settings_dict
    given = {
        "dbname": "NAME",
        "user": "USER",
        "password": "PASSWORD",
        "host": "HOST",
        "port": "PORT",
    }
    values: dict[str, Any] = {key: parts[name] for key, name in given.items() if parts[name]}
    with psycopg.connect(**values, autocommit=True, application_name="qianshou import") as own:
        row = own.execute("SELECT pg_try_advisory_lock(%s)", [_lock_number(run_id)]).fetchone()
        held_here = bool(row and row[0])
        try:
            yield Teller(own, run_id) if held_here else None
        finally:
            # The server notices the end of a connection a moment later; the next worker may not.
            if held_here:
                with suppress(psycopg.Error):
                    own.execute("SELECT pg_advisory_unlock(%s)", [_lock_number(run_id)])


def is_held(run_id: UUID) -> bool:
    """Tell whether a worker is at the run at this moment."""
    with held(run_id) as teller:
        return teller is None


def _lock_number(run_id: UUID) -> int:
    return (run_id.int & ((1 << 64) - 1)) - (1 << 63)
