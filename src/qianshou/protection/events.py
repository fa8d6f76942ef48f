"""What protection announces to the rooms above: never what a report says, nor who made it."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class ReportAccepted:
    """A person has taken up a mandatory report about a child; its grade is to be red at once."""

    child_id: UUID


@dataclass(frozen=True)
class TalkWanted:
    """Somebody who looked at a signal wants staff to talk with a pair, or to look after it.

    `kind` is TALK or DUTY. What gave rise to it is not said: `words` is what the lead wrote for
    staff, and nothing else of the signal.
    """

    child_id: UUID
    pairing_id: UUID | None
    kind: str
    signal_id: UUID
    words: str = ""
