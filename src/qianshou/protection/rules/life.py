"""The road of a mandatory report, and of a signal, as tables."""

from typing import Final

from qianshou.common.machines import STAFF, Machine, Step


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


RECEIVED, ACCEPTED, HANDED_OVER = "RECEIVED", "ACCEPTED", "HANDED_OVER"
FEEDBACK, CLOSED = "FEEDBACK", "CLOSED"

REPORT: Final = Machine(
    name="Mandatory report",
    labels={
        RECEIVED: _("nobody has accepted it yet"),
        ACCEPTED: _("a person has accepted it"),
        HANDED_OVER: _("handed over to an authority"),
        FEEDBACK: _("the reporter has been told"),
        CLOSED: _("closed"),
    },
    initial=(RECEIVED,),
    terminal=(CLOSED,),
    steps=(
        Step("accept", (RECEIVED,), ACCEPTED),
        Step("hand_over", (ACCEPTED,), HANDED_OVER),
        Step("feedback", (ACCEPTED, HANDED_OVER), FEEDBACK),
        Step("close", (ACCEPTED, HANDED_OVER, FEEDBACK), CLOSED, needs_reason=True),
    ),
)
OPEN: Final = (RECEIVED, ACCEPTED, HANDED_OVER, FEEDBACK)
TAKEN_UP: Final = (ACCEPTED, HANDED_OVER, FEEDBACK)

RAISED, NOTHING, TALK, DUTY, REPORTED = "RAISED", "NOTHING", "TALK", "DUTY", "REPORTED"
SIGNAL: Final = Machine(
    name="Signal",
    labels={
        RAISED: _("waits for a look"),
        NOTHING: _("looked at, nothing to do"),
        TALK: _("looked at, somebody talks with the pair"),
        DUTY: _("looked at, staff look after it"),
        REPORTED: _("looked at, a mandatory report was made"),
    },
    initial=(RAISED,),
    terminal=(NOTHING, TALK, DUTY, REPORTED),
    steps=tuple(
        Step(act, (RAISED,), state, (STAFF,), needs_reason=True)
        for act, state in (
            ("nothing", NOTHING),
            ("talk", TALK),
            ("duty", DUTY),
            ("report", REPORTED),
        )
    ),
)
