"""Changes of her file that a mother asks for: what may be asked, and how such a request lives.

She never writes into her file herself; a person takes the change over with her. A lower number
of children counts at once (rules.resting), since nobody should wait for leave to do less.
"""

from collections.abc import Mapping
from typing import Final

from qianshou.common.machines import STAFF, Machine, Step

MOTHER: Final = "MOTHER"
SLOTS: Final = "SLOTS"
INTERESTS: Final = "INTERESTS"
DISLIKES: Final = "DISLIKES"
CAPACITY: Final = "CAPACITY"

OPEN: Final = "OPEN"
ACCEPTED: Final = "ACCEPTED"
REFUSED: Final = "REFUSED"
WITHDRAWN: Final = "WITHDRAWN"
MOST_WORDS: Final = 20
LONGEST_WORD: Final = 30


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


FIELDS: Final[Mapping[str, str]] = {
    SLOTS: _("free time"),
    INTERESTS: _("what she likes"),
    DISLIKES: _("what she does not like"),
    CAPACITY: _("fewer children"),
}

CHANGE: Final = Machine(
    name="FileChange",
    labels={
        OPEN: _("asked for"),
        ACCEPTED: _("taken over"),
        REFUSED: _("not taken over"),
        WITHDRAWN: _("taken back by her"),
    },
    initial=(OPEN,),
    terminal=(ACCEPTED, REFUSED, WITHDRAWN),
    steps=(
        Step("accept", (OPEN,), ACCEPTED, (STAFF,)),
        Step("refuse", (OPEN,), REFUSED, (STAFF,), needs_reason=True),
        Step("withdraw", (OPEN,), WITHDRAWN, (MOTHER,)),
    ),
)


def words_in(text: str) -> list[str]:
    """Read a list that somebody typed: commas of either script, the Chinese pause, or new lines."""
    for mark in ("，", "、", "；", ";", "\n", "\r"):
        text = text.replace(mark, ",")
    found = (" ".join(word.split())[:LONGEST_WORD] for word in text.split(","))
    return list(dict.fromkeys(word for word in found if word))[:MOST_WORDS]
