"""Background work of protection; each may run twice and does its work once."""

from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from qianshou.common import portions, queueing
from qianshou.protection.actions import escalating, signalling, spooling


@jobs.periodic(cron="* * * * *")
@jobs.task(name="protection.look_after", queueing_lock="protection.look_after")
def look_after(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Take in what the spool holds, and raise what nobody has accepted."""
    now = timezone.now()
    portions.all_of(
        spooling.take_in,
        lambda: escalating.escalate_due(now=now),
        lambda: escalating.admit_successors(now=now),
        lambda: escalating.remind_feedback(now=now),
    )


@jobs.periodic(cron="20 3 * * *")
@jobs.task(name="protection.patterns_all", queueing_lock="protection.patterns_all")
def patterns_all(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Hand out the counties whose pairs are to be looked through."""
    for county in signalling.counties():
        queueing.ask_alone("protection.patterns", f"protection.patterns.{county}", county=county)


@jobs.task(name="protection.patterns")
def patterns(county: str) -> None:
    """Look through one county's pairs for contact that stopped, moods that fell, calls in vain."""
    signalling.look_through(county, today=timezone.localdate())
