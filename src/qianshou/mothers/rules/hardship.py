"""Hardship requests: what a mother may ask help for, by when somebody answers, and their states.

No official text fixes the days; they are our guesses and stand here alone. A request about
safety comes first, and nobody sees a request that is about herself: the database keeps it away.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from qianshou.common.machines import STAFF, Machine, Step

MOTHER: Final = "MOTHER"
SAFETY: Final = "SAFETY"
MIND: Final = "MIND"
CONFLICT: Final = "CONFLICT"
MONEY: Final = "MONEY"

OPEN: Final = "OPEN"
TAKEN: Final = "TAKEN"
HELPED: Final = "HELPED"
REFUSED: Final = "REFUSED"
WITHDRAWN: Final = "WITHDRAWN"


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


# In the order in which a worklist shows them.
KINDS: Final[Mapping[str, str]] = {
    SAFETY: _("I do not feel safe"),
    MIND: _("psychological support"),
    CONFLICT: _("a conflict"),
    MONEY: _("money"),
}
DAYS: Final[Mapping[str, int]] = {SAFETY: 1, MIND: 3, CONFLICT: 5, MONEY: 10}
URGENCY: Final[Mapping[str, int]] = {kind: place for place, kind in enumerate(KINDS)}

HARDSHIP: Final = Machine(
    name="HardshipRequest",
    labels={
        OPEN: _("waits for somebody"),
        TAKEN: _("somebody is at it"),
        HELPED: _("help given"),
        REFUSED: _("not possible"),
        WITHDRAWN: _("taken back by her"),
    },
    initial=(OPEN,),
    terminal=(HELPED, REFUSED, WITHDRAWN),
    steps=(
        Step("take", (OPEN, TAKEN), TAKEN, (STAFF,)),
        Step("help", (TAKEN,), HELPED, (STAFF,), needs_reason=True),
        Step("refuse", (TAKEN,), REFUSED, (STAFF,), needs_reason=True),
        Step("withdraw", (OPEN, TAKEN), WITHDRAWN, (MOTHER,)),
    ),
)


def due_on(kind: str, asked_on: date) -> date:
    """Return the day by which she has an answer."""
    return asked_on + timedelta(days=DAYS[kind])
