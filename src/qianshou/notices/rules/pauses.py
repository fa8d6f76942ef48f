"""How long to wait before a message is tried again, and the hours in which nobody is disturbed."""

from datetime import datetime, time, timedelta
from typing import Final

# Seconds after each failed attempt; after the last, the message is set aside for a person.
PAUSES: Final = (60, 300, 1800, 2 * 3600, 6 * 3600, 24 * 3600)


def pause(attempts: int) -> timedelta | None:
    """Return the rest after so many failed attempts (1, 2, …), or None to give up."""
    return timedelta(seconds=PAUSES[attempts - 1]) if attempts <= len(PAUSES) else None


def after_quiet(now: datetime, *, begins: int, ends: int) -> datetime:
    """Return the first moment from `now` on that lies outside the quiet hours.

    `begins` and `ends` are hours of the local day; the quiet may cross midnight, and equal hours
    mean that there is none.
    """
    hour = now.hour
    crosses = begins > ends
    quiet = (hour >= begins or hour < ends) if crosses else begins <= hour < ends
    if not quiet:
        return now
    tomorrow = crosses and hour >= begins
    day = now.date() + timedelta(days=1) if tomorrow else now.date()
    return datetime.combine(day, time(ends), now.tzinfo)
