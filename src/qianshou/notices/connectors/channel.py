"""The one thing a way out of the house must do, and what can go wrong on it."""

from dataclasses import dataclass
from typing import Any, Protocol


class Undelivered(Exception):  # noqa: N818 - named after the fact
    """The message did not go out; `lasting` if another try of this message is in vain."""

    def __init__(self, code: str, value: str = "", *, lasting: bool = False) -> None:
        super().__init__(code)
        self.code, self.value, self.lasting = code, value[:80], lasting

    @property
    def problem(self) -> dict[str, Any]:
        """Return the problem as it is stored: codes, never the other side's text."""
        return {"code": self.code, "value": self.value}


@dataclass(frozen=True)
class Receipt:
    """What the other side called the message, if it said so."""

    number: str = ""


class Channel(Protocol):
    """Takes one message to one address. The same `key` again must not reach the person twice."""

    def send(self, address: str, text: str, *, key: str) -> Receipt:
        """Send, or raise `Undelivered`."""
        ...
