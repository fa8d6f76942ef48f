"""What the registry does when the hub announces rows."""

from qianshou.common.bus import on
from qianshou.exchange.events import AnswerForgotten, RowsComing, RowsReady, RunRolledBack
from qianshou.registry.actions import asking, linking, rehearsing, rolling
from qianshou.registry.rules.fields import SEALED_DEPARTMENTS

CHILD = "CHILD"


@on(RowsReady)
def take_in_rows(event: RowsReady) -> None:
    """Put children's rows into files; sealed cases of minors stay outside, unread."""
    if event.target == CHILD and event.department not in SEALED_DEPARTMENTS:
        linking.take_in(event)


@on(RowsComing)
def learn_from_rows(event: RowsComing) -> None:
    """Learn a model from a long delivery before its portions are linked, if it teaches one."""
    if event.target == CHILD and event.department not in SEALED_DEPARTMENTS:
        rehearsing.learn_from(event)


@on(RunRolledBack)
def roll_back_run(event: RunRolledBack) -> None:
    """Take a run's rows out of the files again."""
    if event.target == CHILD:
        rolling.roll_back(event)


@on(AnswerForgotten)
def forget_answer(event: AnswerForgotten) -> None:
    """Empty what the history of the files still says of an answer."""
    asking.forget(event.run_id)
