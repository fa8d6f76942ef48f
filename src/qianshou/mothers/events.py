"""What the mothers' room announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class MothersChanged:
    """What these mothers can give, or whether they are ready, may have changed."""

    mother_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class MotherLeaving:
    """A mother leaves for good; a room above begins the farewell of her children, or refuses."""

    mother_id: UUID


@dataclass(frozen=True)
class MotherSuspended:
    """A mother may not go on for now (`because` is `rules.applications.SCREENING`).

    Rooms above put her pairings up for review within 24 hours (domain.md 4.2).
    """

    mother_id: UUID
    because: str


@dataclass(frozen=True)
class MotherRestated:
    """A mother's state has changed; `by_id` is None when the calendar or a list changed it.

    `reason` may be a code of `rules.applications` that tells the result of a query: never show it.
    """

    mother_id: UUID
    before: str
    after: str
    reason: str
    by_id: UUID | None
