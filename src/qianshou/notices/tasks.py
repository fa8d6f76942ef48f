"""Sending in the background. Each task may run twice, and calls one action."""

from procrastinate.contrib.django import app as jobs

from qianshou.notices import actions


@jobs.periodic(cron="* * * * *")
@jobs.task(name="notices.deliver_due", queueing_lock="notices.deliver_due")
def deliver_due(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Send what has become due: after quiet hours, or to be tried again."""
    actions.deliver_due()


@jobs.task(name="notices.deliver", queueing_lock="notices.deliver")
def deliver() -> None:
    """Send what was written just now."""
    actions.deliver_due()
