"""What plans announce to the rooms above."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class TickWithdrawn:
    """A tick was wrong and counts no more; what proved it need not be kept."""

    tick_id: UUID
