"""Jobs of the assessment: after a change of the instrument, and on birthdays."""

from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from qianshou.assessment import actions
from qianshou.common import rowsecurity


@jobs.task(name="assessment.assess_area")
def assess_area(area_code: str) -> None:
    """Assess every child of an area."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        actions.assess_area(area_code, today=timezone.localdate())


@jobs.periodic(cron="20 2 * * *")
@jobs.task(name="assessment.assess_birthdays")
def assess_birthdays(timestamp: int) -> None:  # noqa: ARG001 - the runner passes its time
    """Assess the children who have grown a year older."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        actions.assess_birthdays(today=timezone.localdate())
