"""What pairing announces."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class PairingStarted:
    """A person approved a proposal and a pairing began."""

    pairing_id: UUID
    child_id: UUID
    mother_id: UUID
    area_code: str
