"""Background work of support; each may run twice and does its work once."""

from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from qianshou.common import portions, queueing
from qianshou.pairing.actions import repairing
from qianshou.support.actions import duties, sweeping


@jobs.periodic(cron="10 5 * * *")
@jobs.task(name="support.sweep_all", queueing_lock="support.sweep_all")
def sweep_all(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Hand out the counties whose daily work is to be done."""
    for county in sweeping.counties():
        queueing.ask_alone("support.sweep", f"support.sweep.{county}", county=county)


@jobs.task(name="support.sweep")
def sweep(county: str) -> None:
    """Do one county's daily work."""
    sweeping.sweep(county, today=timezone.localdate())


@jobs.periodic(cron="*/15 * * * *")
@jobs.task(name="support.escalate", queueing_lock="support.escalate")
def escalate(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Remind of duties that are due soon, and tell of those whose time is over."""
    now = timezone.now()
    portions.all_of(lambda: duties.remind(now=now), lambda: duties.escalate(now=now))


@jobs.periodic(cron="30 7 * * *")
@jobs.task(name="support.digest", queueing_lock="support.digest")
def digest(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Write the digests of the week on its first working day, or the next day with a worker."""
    sweeping.digest_week(today=timezone.localdate())


@jobs.task(name="support.rematch", queue="matching")
def rematch(county: str) -> None:
    """Propose to the children of a county whose pairing closes."""
    repairing.place_after_closing(county)
