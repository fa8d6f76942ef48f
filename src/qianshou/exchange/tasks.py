"""The hub's jobs. Each takes ids, may run twice, and calls one action."""

from uuid import UUID

from procrastinate.contrib.django import app as jobs

from qianshou.exchange.actions import fetching, processing
from qianshou.exchange.connectors import files, folder, spool


@jobs.task(name="exchange.process_run", retry=2)
def process_run(run_id: str) -> None:
    """Take one delivery through the hub."""
    processing.process_run(UUID(run_id))


@jobs.periodic(cron="*/5 * * * *")
@jobs.task(name="exchange.resume_runs", queueing_lock="exchange.resume_runs")
def resume_runs(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Start the runs anew whose worker died."""
    for run_id in processing.resume_runs():
        processing.process_run(run_id)


@jobs.periodic(cron="17 3 * * *")
@jobs.task(name="exchange.forget_files", queueing_lock="exchange.forget_files")
def forget_files(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Delete delivered files whose time is over."""
    files.forget()
    folder.forget()
    spool.forget()


@jobs.periodic(cron="* * * * *")
@jobs.task(name="exchange.fetch_due", queueing_lock="exchange.fetch_due")
def fetch_due(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Hand out the sources whose time to be fetched has come."""
    fetching.hand_out()


@jobs.task(name="exchange.fetch")
def fetch(source_id: str) -> None:
    """Fetch what one source has."""
    fetching.fetch(UUID(source_id))
