"""Jobs of recruitment: queries that end soon, newer texts to sign, drafts nobody came back to."""

from datetime import timedelta

from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from qianshou.recruitment.actions import applying, campaigns, following, renewing

DRAFT_DAYS = 90


@jobs.periodic(cron="15 * * * *")
@jobs.task(name="recruitment.recheck", queueing_lock="recruitment.recheck")
def recheck(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Mark whose background query ends soon; a second call finds nothing to do."""
    following.recheck(today=timezone.localdate())


@jobs.periodic(cron="40 3 * * *")
@jobs.task(name="recruitment.drop_stale", queueing_lock="recruitment.drop_stale")
def drop_stale(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Empty the drafts that nobody has touched for three months, and forget who knocked."""
    campaigns.forget_knocks()
    applying.drop_stale(before=timezone.localdate() - timedelta(days=DRAFT_DAYS))


@jobs.periodic(cron="25 * * * *")
@jobs.task(name="recruitment.renew_texts", queueing_lock="recruitment.renew_texts")
def renew_texts(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Ask for signatures under newer texts, remind, and hold to the last day."""
    renewing.renew(today=timezone.localdate())
