"""Runs the parts one after the other in this process."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from qianshou.engines.matching.counties import Result, Run, Task


@contextmanager
def opened(_workers: int) -> Iterator[Run]:
    """Give the plain loop; there is nothing to start or to stop."""
    yield _run


def _run(work: Callable[[Task], Result], tasks: Iterable[Task]) -> Iterator[Result]:
    return map(work, tasks)
