"""Jobs of the registry: the nightly proof that live linkage and a batch agree."""

from procrastinate.contrib.django import app as jobs

from qianshou.common import portions
from qianshou.registry.actions import agreeing, doubting


@jobs.periodic(cron="40 2 * * *")
@jobs.task(name="registry.check_linkage", queueing_lock="registry.check_linkage")
def check_linkage(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Compare every county's files with a batch over its rows, and order the questions anew."""
    portions.all_of(agreeing.check_everywhere, doubting.value_everywhere)
