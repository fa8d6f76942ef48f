"""Background work of teams; each may run twice and does its work once."""

from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from qianshou.common import queueing
from qianshou.teams.actions import asking, forming


@jobs.periodic(cron="40 5 * * *")
@jobs.task(name="teams.form_all", queueing_lock="teams.form_all")
def form_all(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Hand out the counties in which children may fit an adopted model."""
    for county in forming.counties():
        queueing.ask_alone("teams.form", f"teams.form.{county}", county=county)


@jobs.task(name="teams.form")
def form(county: str) -> None:
    """Give teams to the children of a county who fit and have none."""
    forming.form_by_rule(county, today=timezone.localdate())


@jobs.periodic(cron="15 8 * * *")
@jobs.task(name="teams.remind", queueing_lock="teams.remind")
def remind(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Remind members of what they were asked."""
    asking.remind(timezone.localdate())
