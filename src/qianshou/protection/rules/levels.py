"""Who is told of a report, one level after another, and how long each may take."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


LEAD, DEPUTY, LEADER, CITY = "LEAD", "DEPUTY", "LEADER", "CITY"
ORDER: Final = (LEAD, DEPUTY, LEADER, CITY)
LEAD_ROLE, DEPUTY_ROLE = "safeguarding_lead", "safeguarding_deputy"
# The level in words, the roles that stand on it, and whether they may learn who reported.
WORDS: Final = {
    LEAD: _("safeguarding lead"),
    DEPUTY: _("deputy of the safeguarding lead"),
    LEADER: _("leader of the county"),
    CITY: _("the city"),
}
ROLES: Final = {
    LEAD: (LEAD_ROLE,),
    DEPUTY: (DEPUTY_ROLE,),
    LEADER: ("fed_county",),
    CITY: (LEAD_ROLE, DEPUTY_ROLE),
}
# Where the city has nobody for it, its federation is the last to be told.
LAST_ROLE: Final = "fed_city"
KNOWING: Final = frozenset({LEAD_ROLE, DEPUTY_ROLE})


@dataclass(frozen=True)
class Limits:
    """How many minutes a report may wait, and how many days the reporter."""

    now_minutes: int = 30
    other_minutes: int = 120
    feedback_days: int = 3
    signals_a_week: int = 3

    def wait(self, *, now: bool) -> timedelta:
        """Return how long one level may take to accept."""
        return timedelta(minutes=self.now_minutes if now else self.other_minutes)

    def feedback_by(self, accepted_at: datetime) -> datetime:
        """Return until when the reporter has to be told."""
        return accepted_at + timedelta(days=self.feedback_days)


STANDARD: Final = Limits()


def after(level: str) -> str:
    """Return the level above one; the last one stays."""
    place = ORDER.index(level) + 1
    return ORDER[min(place, len(ORDER) - 1)]


def up_to(level: str) -> tuple[str, ...]:
    """Return a level and those below it."""
    return ORDER[: ORDER.index(level) + 1]


@dataclass(frozen=True)
class Post:
    """One role that a person holds in an office, which is the area it was given for."""

    user: object
    role: str
    office: str
    grant: object = None


def chain_of(accused: frozenset[object], posts: list[Post]) -> frozenset[object]:
    """Return everybody who must not see what is said about some people: they and their offices.

    Who shares an office with somebody cannot look into what is said about them.
    """
    offices = {post.office for post in posts if post.user in accused}
    return accused | {post.user for post in posts if post.office in offices}
