"""Handing work to the worker once, however often it is asked for."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from django.db import connection, transaction
from procrastinate.contrib.django import app as jobs
from procrastinate.exceptions import AlreadyEnqueued

# Asked first: being refused costs several times as much, and stands in the database's log.
_WAITS: Final = """
SELECT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = %s AND status = 'todo')
"""


def ask(task: str, mark: str = "", *, lock: str = "", wait: int = 0, **arguments: Any) -> bool:
    """Queue a job unless one under the same mark waits already; return whether it was queued.

    The mark is the task's name where none is given. Jobs with the same lock run one after the
    other. A job that has to `wait` begins so many seconds later, and does what came until then.
    """
    mark = mark or task
    if _waits(mark):
        return False
    later = {"seconds": wait} if wait else None
    try:
        # A savepoint of its own: that a job waits already must not end the transaction around it.
        with transaction.atomic():
            job = jobs.configure_task(
                task, queueing_lock=mark, lock=lock or None, schedule_in=later
            )
            job.defer(**arguments)
    except AlreadyEnqueued:
        return False
    return True


def _waits(mark: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_WAITS, [mark])
        return bool(cursor.fetchone() == (True,))


def ask_alone(task: str, mark: str, **arguments: Any) -> bool:
    """Queue a job as `ask` does; jobs under one mark run one after the other."""
    return ask(task, mark, lock=mark, **arguments)


def ask_after_commit(task: str, *, wait: int = 0) -> None:
    """Ask for a task once the present transaction is over, however often it is said in it."""
    call = _caller(task, wait)
    waiting: list[Any] = connection.run_on_commit
    if all(each[1] is not call for each in waiting):
        transaction.on_commit(call, robust=True)


@lru_cache
def _caller(task: str, wait: int) -> Callable[[], None]:
    def call() -> None:
        ask(task, wait=wait)

    return call
