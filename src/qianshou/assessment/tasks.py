"""Jobs of the assessment: after a change of the instrument, and on birthdays."""

from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from qianshou.assessment.actions import assessing, due
from qianshou.common import rowsecurity


@jobs.task(name="assessment.assess_area")
def assess_area(area_code: str) -> None:
    """Assess every child of an area."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        assessing.assess_area(area_code, today=timezone.localdate())


@jobs.periodic(cron="20 2 * * *")
@jobs.task(name="assessment.assess_birthdays")
def assess_birthdays(timestamp: int) -> None:  # noqa: ARG001 - the runner passes its time
    """Assess the children who have grown a year older."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        assessing.assess_birthdays(today=timezone.localdate())


@jobs.periodic(cron="40 2 * * *")
@jobs.task(name="assessment.sweep", queueing_lock="assessment.sweep")
def sweep(timestamp: int) -> None:  # noqa: ARG001 - the runner passes its time
    """See that every confirmed grade has the day of its next look."""
    due.sweep()


@jobs.periodic(cron="25 7 * * 1")
@jobs.task(name="assessment.digest", queueing_lock="assessment.digest")
def digest(timestamp: int) -> None:  # noqa: ARG001 - the runner passes its time
    """Tell the counties of the week how many looks are late."""
    due.digest_week(today=timezone.localdate())
