"""Background work of pairing."""

from uuid import UUID

from procrastinate.contrib.django import app as jobs

from qianshou.pairing.actions import matching


@jobs.task(name="pairing.compute", queue="matching")
def compute(run_id: str) -> None:
    """Compute a run; a second call for a finished run does nothing."""
    matching.compute(UUID(run_id))
