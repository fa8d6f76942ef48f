"""Photos that prove ticks: care keeps them and registers here how they are shown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from qianshou.accounts.models import User
from qianshou.plans.models import Tick


@dataclass(frozen=True)
class Proof:
    """One photo of a tick: how it stands, why it is not there, and where it can be seen."""

    words: str
    why: str = ""
    url: str = ""


Proofs = Callable[[User, Sequence[Tick]], Mapping[UUID, list[Proof]]]
_providers: list[Proofs] = []


def register_proofs(provider: Proofs) -> None:
    """Let a room above tell which photos it keeps of ticks."""
    if provider not in _providers:
        _providers.append(provider)


def proofs_of(user: User, ticks: Sequence[Tick]) -> dict[UUID, list[Proof]]:
    """Return the photos of some ticks, by tick, as far as the person may know of them."""
    found: dict[UUID, list[Proof]] = {}
    for provider in _providers:
        for tick_id, proofs in provider(user, ticks).items():
            found.setdefault(tick_id, []).extend(proofs)
    return found
