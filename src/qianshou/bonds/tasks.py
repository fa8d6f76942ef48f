"""Background work on the way to a pairing."""

from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from qianshou.bonds.actions import closing


@jobs.periodic(cron="23 * * * *")
@jobs.task(name="bonds.sweep", queueing_lock="bonds.sweep")
def sweep(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Let offers lapse that nobody answered, and take back what has lost its ground."""
    closing.sweep(timezone.localdate())
