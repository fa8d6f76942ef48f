"""The road of a home visit as a table."""

from typing import Final

from qianshou.common.machines import STAFF, Machine, Step

PLANNED: Final = "PLANNED"
THERE: Final = "THERE"
LEFT: Final = "LEFT"
MADE: Final = "MADE"
NOT_MET: Final = "NOT_MET"
REFUSED: Final = "REFUSED"
CANCELLED: Final = "CANCELLED"
MOTHER: Final = "MOTHER"
OPEN: Final = (PLANNED, THERE, LEFT)
GOING: Final = (STAFF, MOTHER)


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


VISIT: Final = Machine(
    name="Home visit",
    labels={
        PLANNED: _("planned"),
        THERE: _("at the family's home"),
        LEFT: _("to be written up"),
        MADE: _("made and written up"),
        NOT_MET: _("nobody met"),
        REFUSED: _("the family did not want it"),
        CANCELLED: _("called off"),
    },
    initial=(PLANNED,),
    terminal=(MADE, NOT_MET, REFUSED, CANCELLED),
    steps=(
        Step("arrive", (PLANNED,), THERE, GOING),
        Step("leave", (THERE,), LEFT, GOING),
        Step("write_up", OPEN, MADE, GOING),
        Step("not_met", OPEN, NOT_MET, GOING, needs_reason=True),
        Step("refuse", OPEN, REFUSED, GOING, needs_reason=True),
        Step("cancel", (PLANNED,), CANCELLED, needs_reason=True),
    ),
)
