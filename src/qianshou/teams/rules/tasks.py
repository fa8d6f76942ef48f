"""The life of a task that a team member is asked to do, as one table."""

from typing import Final

from qianshou.common.machines import Machine, Step


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


OPEN, ANSWERED, WITHDRAWN = "OPEN", "ANSWERED", "WITHDRAWN"
PARTNER: Final = "PARTNER"
TASK: Final = Machine(
    name="Task of a team member",
    labels={OPEN: _("open"), ANSWERED: _("answered"), WITHDRAWN: _("taken back")},
    initial=(OPEN,),
    terminal=(ANSWERED, WITHDRAWN),
    steps=(
        Step("answer", (OPEN,), ANSWERED, actors=(PARTNER,)),
        Step("withdraw", (OPEN,), WITHDRAWN, needs_reason=True),
    ),
)
DONE, PARTLY, NOT_POSSIBLE = "DONE", "PARTLY", "NOT_POSSIBLE"
OUTCOMES: Final = {
    DONE: _("done"),
    PARTLY: _("done in part"),
    NOT_POSSIBLE: _("not possible"),
}
# How long a link works at most, and how many days before the day due somebody is reminded.
LINK_DAYS: Final = 14
REMIND_BEFORE: Final = 1
