"""What accounts announce; the trail listens."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class AccountChanged:
    """An account, a role or a key was opened, given or taken."""

    act: str
    user_id: UUID
    by_id: UUID | None
    role: str = ""
    area_code: str = ""


@dataclass(frozen=True)
class SignedIn:
    """Somebody signed in, or failed to."""

    user_id: UUID | None
    succeeded: bool
