"""A worker that is killed in the middle of its work, as cheaply as by a fork of the tests."""

import os
import signal
from collections.abc import Callable
from types import ModuleType
from typing import Any

from django.db import connection


def killed_at_the_second(run: Callable[[], object], *, inside: ModuleType, at: str) -> None:
    """Begin `run` in a worker of its own; kill it when a function has done its second call.

    What the worker has committed by then stays, and what it has only written is lost. The test
    needs the fixture `committed`, so that the worker sees the rows.
    """
    reading, writing = os.pipe()
    worker = os.fork()
    if worker == 0:
        try:
            _begin(run, getattr(inside, at), inside=inside, at=at, writing=writing)
        finally:
            os._exit(0)
    os.close(writing)
    reached = os.read(reading, 1)
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)
    os.close(reading)
    assert reached == b"2", "the work ended before its worker could be killed"


def _begin(
    run: Callable[[], object], act: Callable[..., Any], *, inside: ModuleType, at: str, writing: int
) -> None:
    # The line to the database stays the parent's: kept, so that nobody closes it from here.
    kept, connection.connection = connection.connection, None
    calls = []

    def in_the_middle(*given: Any, **more: Any) -> Any:
        found = act(*given, **more)
        calls.append(kept)
        if len(calls) == 2:
            os.write(writing, b"2")
            signal.pause()
        return found

    setattr(inside, at, in_the_middle)
    run()
