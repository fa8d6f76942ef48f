"""Telling how far a run is, on a connection of its own, so that others see it at once.

The run's real work is one transaction; its own connection commits every word of progress and
holds the lock by which only one worker takes a run. A killed worker drops both.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from qianshou.common import holding, rowsecurity

# Nobody reads quicker than this, and each word costs a commit: a pushed row has ten steps. What is
# done within it says nothing on its way.
PAUSE: Final = 0.3
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
        self._spoke = time.monotonic()
        self._told = "RECEIVED"

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
        now = time.monotonic()
        if now - self._spoke < (PAUSE if self._told in ("RECEIVED", state) else 0):
            return
        self._spoke, self._told = now, state
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
def held(run_id: UUID, *, keep: bool = False) -> Iterator[Teller | None]:
    """Hold a run for this worker alone; yields None if another one is at it."""
    with holding.held(run_id, purpose="import", keep=keep) as own:
        yield None if own is None else Teller(own, run_id)


def is_held(run_id: UUID) -> bool:
    """Tell whether a worker is at the run at this moment."""
    return holding.is_held(run_id)
