"""The hub's jobs. Each takes ids, may run twice, and calls one action."""

from typing import Final
from uuid import UUID

from procrastinate import JobContext
from procrastinate.contrib.django import app as jobs

from qianshou.exchange.actions import (
    answering,
    fetching,
    processing,
    streaming,
    tracing,
    undoing,
)
from qianshou.exchange.connectors import files, folder, spool

# A worker beats every ten seconds; one that has been silent for so long is dead.
HEARTBEAT: Final = 30


@jobs.task(name="exchange.process_run", retry=2)
def process_run(run_id: str) -> None:
    """Take one delivery through the hub."""
    processing.process_run(UUID(run_id), keep=True)


@jobs.task(name="exchange.roll_back")
def roll_back(run_id: str, by_id: str) -> None:
    """Undo one long delivery for the person who asked."""
    undoing.carry_out(UUID(run_id), UUID(by_id))


@jobs.periodic(cron="* * * * *")
@jobs.task(name="exchange.revive", queueing_lock="exchange.revive", pass_context=True)
async def revive(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - by the scheduler
    """Hand out again what a killed worker left undone; its locks would hold the source for good."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=HEARTBEAT):
        await manager.retry_job(job)


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
    streaming.forget()
    answering.forget()


@jobs.periodic(cron="* * * * *")
@jobs.task(name="exchange.fetch_due", queueing_lock="exchange.fetch_due")
def fetch_due(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Hand out the sources whose time to be fetched has come."""
    fetching.hand_out()
    answering.hand_out()


@jobs.periodic(cron="23 * * * *")
@jobs.task(name="exchange.look_for_silence", queueing_lock="exchange.look_for_silence")
def look_for_silence(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Tell which sources have been silent for too long."""
    tracing.look_for_silence()


@jobs.task(name="exchange.fetch")
def fetch(source_id: str) -> None:
    """Fetch what one source has."""
    fetching.fetch(UUID(source_id))


@jobs.task(name="exchange.ask")
def ask(question_id: str) -> None:
    """Send one question that was allowed."""
    answering.send(UUID(question_id))
