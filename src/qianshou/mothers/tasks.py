"""Jobs of the mothers' room: what the calendar does to files by itself."""

from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from qianshou.mothers.actions import standing, waiting


@jobs.periodic(cron="5 * * * *")
@jobs.task(name="mothers.suspend_expired", queueing_lock="mothers.suspend_expired")
def suspend_expired(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Suspend the mothers whose query ended; asked every hour, so that no night is missed."""
    standing.suspend_expired(today=timezone.localdate())


@jobs.periodic(cron="15 8 * * *")
@jobs.task(name="mothers.tell_late_help", queueing_lock="mothers.tell_late_help")
def tell_late_help(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Remind of requests for help whose day has come, and tell of those that are late."""
    waiting.tell_late(today=timezone.localdate())
