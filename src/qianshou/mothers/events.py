"""What the mothers' room announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class MothersChanged:
    """What these mothers can give, or whether they are ready, may have changed."""

    mother_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class MotherLeaving:
    """A mother is about to leave for good; a room above refuses while children depend on her."""

    mother_id: UUID
