"""Why a pairing is at risk: each reason a code with its words, found by a date rule or an event."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


SILENT: Final = "SILENT"
MISSED: Final = "MISSED"
LOW: Final = "LOW"
COMPLAINT: Final = "COMPLAINT"
MOVES: Final = "MOVES"
SUSPENDED: Final = "SUSPENDED"
WEEKS: Final = 2

WORDS: Final[Mapping[str, str]] = {
    SILENT: _("no news for too long"),
    MISSED: _("not reached twice running"),
    LOW: _("the two get on badly"),
    COMPLAINT: _("there is a complaint"),
    MOVES: _("the mother has moved"),
    SUSPENDED: _("the mother is suspended"),
}


def is_silent(
    *, today: date, seen_on: date | None, due_on: date, silent_days: int, overdue_days: int
) -> bool:
    """Tell whether nobody has heard of a pairing for too long.

    Where the mother's own log is kept (`seen_on`), so many days without an entry are too many.
    Without one the staff's contacts are all there is: then it is silent when one of them is
    overdue by so many days.
    """
    if seen_on is not None:
        return today - seen_on > timedelta(days=silent_days)
    return today - due_on > timedelta(days=overdue_days)
