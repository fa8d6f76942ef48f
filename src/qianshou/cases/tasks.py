"""Background work of task teams; each may run twice and does its work once."""

from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from qianshou.cases.actions import watching
from qianshou.common import queueing


@jobs.periodic(cron="*/10 * * * *")
@jobs.task(name="cases.watch", queueing_lock="cases.watch")
def watch(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Look at every clock."""
    watching.watch(now=timezone.now())


@jobs.periodic(cron="40 5 * * *")
@jobs.task(name="cases.sweep_all", queueing_lock="cases.sweep_all")
def sweep_all(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Hand out the counties that have open teams."""
    for county in watching.counties():
        queueing.ask_alone("cases.sweep", f"cases.sweep.{county}", county=county)


@jobs.task(name="cases.sweep")
def sweep(county: str) -> None:
    """Take in whoever has been accepted around the children of a county."""
    watching.take_in_members(county)


@jobs.periodic(cron="35 7 * * 1")
@jobs.task(name="cases.digest", queueing_lock="cases.digest")
def digest(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Write the lines of the week."""
    watching.digest_week(today=timezone.localdate())
