"""How long to wait before a message is sent again, and when it is set aside."""

from enum import StrEnum
from typing import Final

# Seconds before the next call of a receiver that could not be reached; the last goes on for ever.
LINE_PAUSES: Final = (5, 30, 120, 600, 1800, 3600, 3 * 3600)
# Seconds before a message that the receiver refused is sent again; after the last it is set aside.
MESSAGE_PAUSES: Final = (30, 300, 1800, 7200)
LONGEST_REST: Final = 6 * 3600
# Answers that speak of the receiver's state or of our key, not of the message.
OF_THE_LINE: Final = frozenset({401, 403, 404, 405, 407, 408, 421, 425, 429})
GONE: Final = 410


class Verdict(StrEnum):
    """What an answer means for the message and for the line."""

    ARRIVED = "arrived"
    REFUSED = "refused"
    BUSY = "busy"
    GONE = "gone"


def verdict_of(status: int) -> Verdict:
    """Return what an HTTP status says: 2xx arrived, 410 never again, others later."""
    if 200 <= status < 300:
        return Verdict.ARRIVED
    if status == GONE:
        return Verdict.GONE
    if status >= 500 or status in OF_THE_LINE:
        return Verdict.BUSY
    return Verdict.REFUSED


def line_pause(failures: int, asked: int = 0) -> int:
    """Return the seconds of rest after so many failures in a row (1, 2, …)."""
    own = LINE_PAUSES[min(failures, len(LINE_PAUSES)) - 1]
    return max(own, min(asked, LONGEST_REST))


def message_pause(tries: int) -> int | None:
    """Return the seconds until a refused message is sent again, or None to set it aside."""
    return MESSAGE_PAUSES[tries - 1] if tries <= len(MESSAGE_PAUSES) else None
