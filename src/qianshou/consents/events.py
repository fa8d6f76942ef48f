"""What this room announces: a consent has ended, a child has said no, a child has turned eight."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True)
class ConsentWithdrawn:
    """From this moment nobody agrees any more that the child is part of `purpose`.

    `because`: LIST (a department's list says no), PAPER, REMOTE (on the guardian's phone), CHILD
    (the child itself says no). Whoever uses what the consent allowed stops at once: open offers
    are withdrawn, a running pairing goes to its closing or review. Published in the transaction
    that noted it, as the system.
    """

    LIST: ClassVar[str] = "LIST"
    PAPER: ClassVar[str] = "PAPER"
    REMOTE: ClassVar[str] = "REMOTE"
    CHILD: ClassVar[str] = "CHILD"

    child_id: UUID
    purpose: str
    because: str
