"""What support announces."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True)
class SupportContactHeld:
    """A member of staff spoke with one side of a pairing."""

    contact_id: UUID
    pairing_id: UUID
    side: str
    held_on: date


@dataclass(frozen=True)
class PairingClosed:
    """A pairing was closed, with what comes next for the child."""

    pairing_id: UUID
    child_id: UUID
    mother_id: UUID
    area_code: str
    kind: str
    next_step: str


@dataclass(frozen=True)
class FileTransferred:
    """A child or a mother now belongs to another county, with everything attached."""

    whom: str
    file_id: UUID
    from_code: str
    to_code: str
