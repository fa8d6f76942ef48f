"""Photos that prove ticks: care keeps them, with those of contacts, and registers here."""

from datetime import datetime
from typing import IO, Protocol

from qianshou.plans.models import Tick


class Keeper(Protocol):
    """What keeps the photos of ticks."""

    def __call__(self, tick: Tick, photo: IO[bytes], *, now: datetime) -> str:
        """Keep the photo of a tick; returns in words why it was not kept, or nothing."""


_keepers: list[Keeper] = []


def register_keeper(keeper: Keeper) -> None:
    """Let a room above keep the photos that prove ticks."""
    if keeper not in _keepers:
        _keepers.append(keeper)


def prove(tick: Tick, photo: IO[bytes], *, now: datetime) -> list[str]:
    """Have the photo of a tick kept; returns why it was not. The tick stands by its words."""
    return [why for keeper in _keepers if (why := keeper(tick, photo, now=now))]
