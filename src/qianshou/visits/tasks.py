"""Background work of visits; it may run twice and does its work once."""

from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from qianshou.visits.actions import duties


@jobs.periodic(cron="20 6 * * *")
@jobs.task(name="visits.escalate", queueing_lock="visits.escalate")
def escalate(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Take what is too late one level up."""
    duties.escalate(today=timezone.localdate(), now=timezone.now())
