"""What pairing announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class PairingAgreed:
    """A person approved a pair: it holds child and place, and is on its way to the mother."""

    pairing_id: UUID
    child_id: UUID
    mother_id: UUID
    area_code: str


@dataclass(frozen=True)
class PairingStarted:
    """The first meeting was held, and care begins."""

    pairing_id: UUID
    child_id: UUID
    mother_id: UUID
    area_code: str


@dataclass(frozen=True)
class SeatsMoved:
    """Places of teams that belong to another file now, or to the same one at another place."""

    seat_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class PairingMoved:
    """A pairing took a step of its table: it was offered, began, rests, goes on, or ended."""

    pairing_id: UUID
    child_id: UUID
    mother_id: UUID
    area_code: str
    act: str
    target: str
