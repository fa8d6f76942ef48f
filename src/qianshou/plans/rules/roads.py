"""The roads of a child's goal, of guidance for a family, and of its sessions and homework."""

from typing import Final

from qianshou.common.machines import STAFF, SYSTEM, Machine, Step

MOTHER: Final = "MOTHER"
CHILD: Final = "CHILD"
GUARDIAN: Final = "GUARDIAN"
# From this age a child is asked in its own words.
OWN_WORDS_FROM: Final = 8


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


PROPOSED, AGREED, REACHED, CHANGED, DROPPED = "PROPOSED", "AGREED", "REACHED", "CHANGED", "DROPPED"
GOAL: Final = Machine(
    name="Goal",
    labels={
        PROPOSED: _("to be agreed with all three"),
        AGREED: _("agreed, under way"),
        REACHED: _("reached"),
        CHANGED: _("changed into another goal"),
        DROPPED: _("given up"),
    },
    initial=(PROPOSED,),
    terminal=(REACHED, CHANGED, DROPPED),
    steps=(
        Step("agree", (PROPOSED,), AGREED, (STAFF, MOTHER)),
        Step("reach", (AGREED,), REACHED, (STAFF, MOTHER)),
        Step("change", (PROPOSED, AGREED), CHANGED, (STAFF, MOTHER), needs_reason=True),
        Step("drop", (PROPOSED, AGREED), DROPPED, (STAFF, MOTHER), needs_reason=True),
    ),
)
OPEN_GOALS: Final = (PROPOSED, AGREED)

RUNNING, CLOSED = "RUNNING", "CLOSED"
GUIDANCE: Final = Machine(
    name="Guidance of a family",
    labels={RUNNING: _("under way"), CLOSED: _("closed with a result")},
    initial=(RUNNING,),
    terminal=(CLOSED,),
    steps=(Step("close", (RUNNING,), CLOSED, needs_reason=True),),
)

PLANNED, HELD, MISSED, CANCELLED = "PLANNED", "HELD", "MISSED", "CANCELLED"
SESSION: Final = Machine(
    name="Session of guidance",
    labels={
        PLANNED: _("planned"),
        HELD: _("held"),
        MISSED: _("nobody came"),
        CANCELLED: _("called off"),
    },
    initial=(PLANNED,),
    terminal=(HELD, MISSED, CANCELLED),
    steps=(
        Step("hold", (PLANNED,), HELD),
        Step("miss", (PLANNED,), MISSED, needs_reason=True),
        Step("cancel", (PLANNED,), CANCELLED, (STAFF, SYSTEM), needs_reason=True),
    ),
)

GIVEN, STARTED, DONE, NOT_DONE = "GIVEN", "STARTED", "DONE", "NOT_DONE"
HOMEWORK: Final = Machine(
    name="Homework of guidance",
    labels={
        GIVEN: _("given"),
        STARTED: _("begun"),
        DONE: _("done at home"),
        NOT_DONE: _("not done"),
    },
    initial=(GIVEN,),
    terminal=(DONE, NOT_DONE),
    steps=(
        Step("start", (GIVEN,), STARTED),
        Step("finish", (GIVEN, STARTED), DONE),
        Step("leave", (GIVEN, STARTED), NOT_DONE, (STAFF, SYSTEM), needs_reason=True),
    ),
)
