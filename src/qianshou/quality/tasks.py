"""Jobs of the quality figures: after deliveries."""

from procrastinate.contrib.django import app as jobs

from qianshou.quality.actions import scoring


@jobs.periodic(cron="*/10 * * * *")
@jobs.task(name="quality.score_due", queueing_lock="quality.score_due")
def score_due(timestamp: int) -> None:  # noqa: ARG001 - the runner passes its time
    """Reckon anew what deliveries have reached since the last time."""
    scoring.score_due()
