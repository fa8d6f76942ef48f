"""Background work of care; each task may run twice and does its work once."""

from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from qianshou.care.actions import clocks, drafting, enclosing, escalating
from qianshou.common import queueing, rowsecurity


@jobs.periodic(cron="20 6 * * *")
@jobs.task(name="care.listen_all", queueing_lock="care.listen_all")
def listen_all(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Hand out the cities in which somebody may have fallen silent."""
    for city in clocks.cities():
        queueing.ask_alone("care.listen", f"care.listen.{city}", area_code=city)


@jobs.task(name="care.listen")
def listen(area_code: str) -> None:
    """Set the clocks of an area, take the steps that are due, and write the week's digests."""
    today = timezone.localdate()
    clocks.reckon(area_code)
    escalating.escalate(area_code, today=today)
    escalating.digest_week(area_code, today=today)


@jobs.task(name="care.reckon")
def reckon(county: str) -> None:
    """Set a county's clocks anew, after its rules have changed."""
    clocks.reckon(county)


@jobs.periodic(cron="40 1 * * *")
@jobs.task(name="care.forget_recordings", queueing_lock="care.forget_recordings")
def forget_recordings(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Delete voice notes and photos that were kept long enough, and what nobody needs."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        enclosing.forget_old(now=timezone.now())
        enclosing.sweep()
        drafting.drop_old(now=timezone.now())
