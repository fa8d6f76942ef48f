"""What the registry does when the hub announces rows."""

from qianshou.common.bus import on
from qianshou.exchange.events import RowsReady, RunRolledBack
from qianshou.registry.actions import linking, rolling

CHILD = "CHILD"


@on(RowsReady)
def take_in_rows(event: RowsReady) -> None:
    """Put children's rows into files."""
    if event.target == CHILD:
        linking.take_in(event)


@on(RunRolledBack)
def roll_back_run(event: RunRolledBack) -> None:
    """Take a run's rows out of the files again."""
    if event.target == CHILD:
        rolling.roll_back(event)
