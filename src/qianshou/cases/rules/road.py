"""The road of a task team as a table: from the moment a child turns red to its closing review."""

from typing import Final

from qianshou.common.machines import STAFF, SYSTEM, Machine, Step

OPENED: Final = "OPENED"
STAFFED: Final = "STAFFED"
WORKING: Final = "WORKING"
REVIEWING: Final = "REVIEWING"
CLOSED: Final = "CLOSED"
REOPENED: Final = "REOPENED"
JOINED: Final = "JOINED"

# States in which the team answers for the child.
OPEN: Final = (OPENED, REOPENED, STAFFED, WORKING, REVIEWING)
# States in which nobody has agreed on anything yet.
EARLY: Final = (OPENED, REOPENED, STAFFED)


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


TASK_TEAM: Final = Machine(
    name="Task team",
    labels={
        OPENED: _("opened: nobody leads it yet"),
        STAFFED: _("staffed: strategy to be agreed"),
        WORKING: _("at work"),
        REVIEWING: _("under review"),
        CLOSED: _("closed by a review"),
        REOPENED: _("opened again"),
        JOINED: _("went into another task team"),
    },
    initial=(OPENED,),
    terminal=(),
    steps=(
        Step("staff", (OPENED, REOPENED), STAFFED, (STAFF,)),
        Step("agree", (STAFFED,), WORKING, (STAFF,)),
        Step("review", (*EARLY, WORKING), REVIEWING, (STAFF,)),
        Step("go_on", (REVIEWING,), WORKING, (STAFF,), needs_reason=True),
        Step("close", (REVIEWING,), CLOSED, (STAFF,), needs_reason=True),
        Step("reopen", (CLOSED,), REOPENED, (STAFF, SYSTEM), needs_reason=True),
        # Two files of one child become one, and so do their teams; and apart again.
        Step("join", OPEN, JOINED, (SYSTEM,)),
        Step("part", (JOINED,), REOPENED, (SYSTEM,)),
    ),
)
