"""Background work of pairing."""

from uuid import UUID

from procrastinate.contrib.django import app as jobs

from qianshou.pairing.actions import learning, matching, repairing, teaming


@jobs.task(name="pairing.compute", queue="matching")
def compute(run_id: str) -> None:
    """Compute a run; a second call for a finished run does nothing."""
    matching.compute(UUID(run_id))


@jobs.periodic(cron="* * * * *")
@jobs.task(name="pairing.resume_runs", queueing_lock="pairing.resume_runs")
def resume_runs(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Start the runs anew whose worker died."""
    for run_id in matching.resume_runs():
        matching.compute(run_id)
    for run_id in teaming.resume_runs():
        teaming.compute(run_id)


@jobs.task(name="pairing.study", queue="matching")
def study(area_code: str, user_id: str = "") -> None:
    """Make a study of an area's outcomes."""
    learning.study_for(area_code, user_id=user_id)


@jobs.periodic(cron="41 4 1 * *")
@jobs.task(name="pairing.monthly_study", queueing_lock="pairing.monthly_study")
def monthly_study(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Make a study for each area that has a policy of its own, and for the city."""
    learning.study_everywhere()


@jobs.task(name="pairing.compute_teams", queue="matching")
def compute_teams(run_id: str) -> None:
    """Compute the teams of a run; a second call for a finished run does nothing."""
    teaming.compute(UUID(run_id))


@jobs.periodic(cron="*/10 * * * *")
@jobs.task(name="pairing.hand_out_batches", queueing_lock="pairing.hand_out_batches")
def hand_out_batches(timestamp: int) -> None:  # noqa: ARG001 - given by the scheduler
    """Hand out the areas whose new children get proposals by themselves."""
    repairing.hand_out_batches()


@jobs.task(name="pairing.batch", queue="matching")
def batch(area_code: str) -> None:
    """Place the new children of one area; a second call finds nobody and does nothing."""
    repairing.batch(area_code)
