"""What is looked at every night. Each task may run twice, and calls one action."""

from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from qianshou.consents.actions import turning


@jobs.periodic(cron="20 0 * * *")
@jobs.task(name="consents.turned_eight", queueing_lock="consents.turned_eight")
def turned_eight(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Have the children asked themselves who have turned eight."""
    turning.ask_for_the_new_eights(timezone.localdate())
