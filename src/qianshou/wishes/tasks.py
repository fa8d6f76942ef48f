"""Background work of wishes; it may run twice and does its work once."""

from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from qianshou.wishes.actions import claiming


@jobs.periodic(cron="40 5 * * *")
@jobs.task(name="wishes.sweep", queueing_lock="wishes.sweep")
def sweep(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Let lapse what is over its day."""
    claiming.sweep(today=timezone.localdate(), now=timezone.now())
