"""Jobs of the quality figures: after deliveries."""

from uuid import UUID

from procrastinate.contrib.django import app as jobs

from qianshou.quality.actions import sampling, scoring


@jobs.task(name="quality.draw_sample")
def draw_sample(area_code: str, by_id: str) -> None:
    """Draw a sample of a large county for the person who asked."""
    sampling.draw_for(area_code, UUID(by_id))


@jobs.periodic(cron="*/10 * * * *")
@jobs.task(name="quality.score_due", queueing_lock="quality.score_due")
def score_due(timestamp: int) -> None:  # noqa: ARG001 - the runner passes its time
    """Reckon anew what deliveries have reached since the last time."""
    scoring.score_due()
