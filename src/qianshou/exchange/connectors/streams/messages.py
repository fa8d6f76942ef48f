"""What every broker looks like to the hub: messages taken, and settled once they are kept."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol


class Message(NamedTuple):
    """One message: its body, the mark its sender or broker knows it by, and how to settle it."""

    body: bytes
    given: str
    handle: Any


class Broker(Protocol):
    """Reads one queue of one source. Whatever is not settled comes again, in another session."""

    def take(self, *, most: int, wait: float) -> list[Message]:
        """Return what is there, after `wait` seconds at the latest; raises `PullFailed`."""

    def settle(self, done: Sequence[Message], refused: Sequence[Message]) -> None:
        """Tell the broker which messages are kept, and which are returned to their sender."""

    def close(self) -> None:
        """End the session."""
