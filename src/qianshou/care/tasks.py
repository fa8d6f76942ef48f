"""Background work of care; each task may run twice and does its work once."""

from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from qianshou.care.actions import clocks, drafting, enclosing, escalating, hearing
from qianshou.common import portions, queueing, rowsecurity


@jobs.periodic(cron="20 6 * * *")
@jobs.task(name="care.listen_all", queueing_lock="care.listen_all")
def listen_all(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Hand out the cities in which somebody may have fallen silent."""
    for city in clocks.cities():
        queueing.ask_alone("care.listen", f"care.listen.{city}", area_code=city)


@jobs.task(name="care.listen")
def listen(area_code: str) -> None:
    """Set the clocks of an area, take the steps that are due, and write the week's digests.

    What goes wrong in one of them keeps nobody else's from being taken, and fails the job aloud.
    """
    today = timezone.localdate()
    hearing.hear_of_all()
    portions.all_of(
        lambda: clocks.reckon(area_code),
        lambda: escalating.escalate(area_code, today=today),
        lambda: escalating.digest_week(area_code, today=today),
    )


@jobs.periodic(cron="* * * * *")
@jobs.task(name="care.hear_rest", queueing_lock="care.hear_rest")
def hear_rest(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Let contacts be heard of whose caller was killed before it woke us, or that failed before."""
    hear()


@jobs.task(name=hearing.TASK, lock=hearing.TASK)
def hear() -> None:
    """Let the contacts that phones have handed in be heard of; the rest is the next job's."""
    if hearing.hear_of_due(timezone.now()) == hearing.AT_ONCE:
        queueing.ask(hearing.TASK)


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
