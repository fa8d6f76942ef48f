"""Background work of plans; each may run twice and does its work once."""

from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from qianshou.common import queueing
from qianshou.plans.actions import opening, parents


@jobs.periodic(cron="40 4 * * *")
@jobs.task(name="plans.sweep_all", queueing_lock="plans.sweep_all")
def sweep_all(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Hand out the counties whose periods are to be opened."""
    for county in opening.counties():
        queueing.ask_alone("plans.sweep", f"plans.sweep.{county}", county=county)


@jobs.task(name="plans.sweep")
def sweep(county: str) -> None:
    """Open one county's periods, and give pairings without a checklist theirs."""
    opening.sweep(county, today=timezone.localdate())


@jobs.periodic(cron="0 9 * * 6")
@jobs.task(name="plans.remind_all", queueing_lock="plans.remind_all")
def remind_all(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Hand out the counties whose parents are to be reminded, on the morning of a Saturday."""
    for county in opening.counties():
        queueing.ask_alone("plans.remind", f"plans.remind.{county}", county=county)


@jobs.task(name="plans.remind")
def remind(county: str) -> None:
    """Remind the parents of one county's paired children."""
    parents.remind(county, today=timezone.localdate())
