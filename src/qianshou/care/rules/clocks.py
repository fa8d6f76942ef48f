"""What time an entry speaks of, when clocks of phones go wrong; and when a contact is due."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

SKEW_ALLOWED: Final = timedelta(minutes=10)
CONTACT_EVERY: Final = 7
# What a phone keeps of the day is forgotten after this time without a signal.
KEPT_FOR: Final = timedelta(hours=72)


@dataclass(frozen=True)
class Moment:
    """When something happened as the phone said, as we take it, and whether its clock was wrong."""

    said: datetime
    at: datetime
    skewed: bool


def offset(sent_at: datetime | None, *, now: datetime) -> timedelta:
    """Return how far a phone's clock is behind ours; nothing is known without its time."""
    return now - sent_at if sent_at else timedelta()


def settle(said: datetime, *, behind: timedelta, now: datetime) -> Moment:
    """Take a phone's time, put right by its offset if its clock is wrong, and never in the future.

    A wrong clock is flagged and never a reason to refuse: the child was called all the same.
    """
    wrong = abs(behind) > SKEW_ALLOWED
    at = said
    if wrong:
        try:
            at = said + behind
        except OverflowError:
            at = now
    ahead = at > now + SKEW_ALLOWED
    return Moment(said, min(at, now), skewed=wrong or ahead)


@dataclass(frozen=True)
class Due:
    """How a pairing stands with its weekly contact."""

    last_on: date | None
    next_on: date
    days_late: int

    @property
    def is_late(self) -> bool:
        """Tell whether the contact should have been by now."""
        return self.days_late > 0


def due(last_on: date | None, *, since: date, today: date, every: int = CONTACT_EVERY) -> Due:
    """Return when the next contact is due: so many days after the last, or after care began."""
    next_on = (last_on or since) + timedelta(days=every)
    return Due(last_on, next_on, max((today - next_on).days, 0))
