"""Runs the parts in a few processes of this machine, each of which holds one part at a time.

A worker that dies (out of memory, killed) is reported with the part it had; nothing waits for it.
Workers are started as programs of their own: multiprocessing would run the caller's script again
in each of them, and ours is no module.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from qianshou.engines.matching.counties import Named, Result, Run, Task


class WorkerDiedError(RuntimeError):
    """A worker process ended before its part was done; the message names the part."""


@dataclass
class _Worker:
    process: subprocess.Popen[bytes]
    pipe: Any
    number: int = -1
    name: str = ""

    def give(self, number: int, work: Callable[[Any], Any], task: Named) -> None:
        self.number, self.name = number, task.name
        try:
            self.pipe.send((work, task))
        except OSError:
            raise self.death() from None

    def take(self) -> Any:
        """Return what the worker found, or raise what it raised."""
        try:
            fine, found = self.pipe.recv()
        except (EOFError, OSError):
            raise self.death() from None
        if not fine:
            found.add_note(f"in county {self.name}")
            raise found
        return found

    def death(self) -> WorkerDiedError:
        code = self.process.wait()
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        return WorkerDiedError(
            f"the worker for county {self.name} {how} before it was done; "
            "when memory was short, take fewer --workers"
        )

    def end(self) -> None:
        self.pipe.close()
        self.process.terminate()
        self.process.wait()


def serve(pipe: Any) -> None:
    """Do one piece of work after the other until the other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it and ends us
    while True:
        try:
            work, task = pipe.recv()
        except EOFError:
            return
        try:
            found = (True, work(task))
        except Exception as error:  # noqa: BLE001 - whatever it is, the parent must hear of it
            found = (False, error)
        del task
        pipe.send(found)
        del found


def _start() -> _Worker:
    ours, theirs = multiprocessing.Pipe()
    with theirs:
        process = subprocess.Popen(  # noqa: S603 - this Python, this module
            [sys.executable, "-m", __name__, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
    return _Worker(process, ours)


@contextmanager
def opened(workers: int) -> Iterator[Run]:
    """Start workers as they are needed, and end them whatever happens."""
    crew: list[_Worker] = []

    def run(work: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
        crew.extend(_start() for _ in range(workers - len(crew)))
        return _run(crew, work, tasks)

    try:
        yield run
    finally:
        for one in crew:
            one.end()


def _run(
    crew: list[_Worker], work: Callable[[Task], Result], tasks: Iterable[Task]
) -> Iterator[Result]:
    """Hand out a task to whoever is idle; a task is made only when somebody is."""
    waiting = enumerate(tasks)
    busy: dict[Any, _Worker] = {}
    found: dict[int, Result] = {}
    turn = 0
    idle = list(crew)
    try:
        while True:
            while idle and (task := next(waiting, None)) is not None:
                worker = idle.pop()
                busy[worker.pipe] = worker
                worker.give(task[0], work, task[1])
            if not busy:
                break
            for pipe in wait(list(busy)):
                worker = busy[pipe]
                found[worker.number] = worker.take()
                idle.append(busy.pop(pipe))
            while turn in found:
                yield found.pop(turn)
                turn += 1
    finally:  # whoever is still busy would answer a question that nobody asks any more
        for worker in busy.values():
            crew[:] = [one for one in crew if one is not worker]
            worker.end()


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
