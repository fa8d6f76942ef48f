"""Sending, making and deleting in the background. Each may run twice, and calls one action."""

from uuid import UUID

from procrastinate.contrib.django import app as jobs

from qianshou.outbound.actions import exporting, sending


@jobs.periodic(cron="* * * * *")
@jobs.task(name="outbound.send_due", queueing_lock="outbound.send_due")
def send_due(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Send what has become due again."""
    sending.send_all()


@jobs.task(name="outbound.send", queueing_lock="outbound.send")
def send() -> None:
    """Send what was announced just now."""
    sending.send_all()


@jobs.task(name="outbound.make_export", retry=2)
def make_export(export_id: str) -> None:
    """Write one export."""
    exporting.make(UUID(export_id))


@jobs.periodic(cron="*/10 * * * *")
@jobs.task(name="outbound.forget", queueing_lock="outbound.forget")
def forget(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Delete exports and messages whose time is over."""
    exporting.forget()
    sending.forget()
