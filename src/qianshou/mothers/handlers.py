"""Reactions to what the rooms below announce."""

import time

from qianshou.common.bus import on
from qianshou.exchange.events import RowsReady, RunRolledBack
from qianshou.mothers.actions import intake, rolling

TARGET = "MOTHER"


@on(RowsReady)
def take_in_rows(event: RowsReady) -> None:
    """Bring the files of the loving mothers up to date with the rows of a run."""
    if event.target != TARGET:
        return
    begun = time.perf_counter()
    event.counts.update(
        intake.take_in(
            event.arrived,
            superseded=event.superseded,
            withdrawn=event.withdrawn,
            tell=event.progress,
        )
    )
    event.timings["mothers"] = round(time.perf_counter() - begun, 2)


@on(RunRolledBack)
def roll_back_rows(event: RunRolledBack) -> None:
    """Undo what the rows of a run did to the files."""
    if event.target == TARGET:
        rolling.roll_back(event)
