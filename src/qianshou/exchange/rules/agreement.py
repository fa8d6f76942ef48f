"""When an agreement holds, and when a person is reminded that it ends."""

from datetime import date
from typing import Final

REMIND_DAYS: Final = 30
VALID, NOT_YET, ENDED, SOON = "VALID", "NOT_YET", "ENDED", "SOON"


def state(valid_from: date, valid_until: date, *, stopped: bool, today: date) -> str:
    """Return whether an agreement holds on a day, and whether it ends soon."""
    if stopped or today > valid_until:
        return ENDED
    if today < valid_from:
        return NOT_YET
    return SOON if (valid_until - today).days <= REMIND_DAYS else VALID


def holds(found: str) -> bool:
    """Tell whether a source may deliver under an agreement in this state."""
    return found in (VALID, SOON)
