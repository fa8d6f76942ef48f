"""The road of a wish, and of a claim on it, as tables."""

from typing import Final

from qianshou.common.machines import STAFF, SYSTEM, Machine, Step

MADE, SCREENED, PUBLISHED, CLAIMED = "MADE", "SCREENED", "PUBLISHED", "CLAIMED"
DELIVERING, DELIVERED, THANKED = "DELIVERING", "DELIVERED", "THANKED"
LAPSED, WITHDRAWN = "LAPSED", "WITHDRAWN"
MOTHER, GIVER = "MOTHER", "GIVER"
ASKED, HELD, DONE, RELEASED = "ASKED", "HELD", "DONE", "RELEASED"
CARING: Final = (STAFF, MOTHER)
BEFORE_DELIVERY: Final = (MADE, SCREENED, PUBLISHED, CLAIMED, DELIVERING)
OPEN_CLAIM: Final = (ASKED, HELD)


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


WISH: Final = Machine(
    name="Wish",
    labels={
        MADE: _("made: to be screened"),
        SCREENED: _("screened: a second person publishes it"),
        PUBLISHED: _("published: waits for a giver"),
        CLAIMED: _("somebody will fulfil it"),
        DELIVERING: _("on its way to the child"),
        DELIVERED: _("fulfilled: the thanks are to come"),
        THANKED: _("fulfilled and thanked"),
        LAPSED: _("nobody came forward in time"),
        WITHDRAWN: _("wish taken back"),
    },
    initial=(MADE,),
    terminal=(THANKED, LAPSED, WITHDRAWN),
    steps=(
        Step("screen", (MADE,), SCREENED),
        Step("send_back", (SCREENED,), MADE, needs_reason=True),
        Step("publish", (SCREENED,), PUBLISHED),
        Step("claim", (PUBLISHED,), CLAIMED, (GIVER,)),
        Step("release", (CLAIMED,), PUBLISHED, (STAFF, SYSTEM, GIVER), needs_reason=True),
        Step("start_delivery", (CLAIMED,), DELIVERING),
        Step("deliver", (DELIVERING,), DELIVERED, CARING),
        Step("thank", (DELIVERED,), THANKED),
        Step("lapse", (PUBLISHED,), LAPSED, (SYSTEM,)),
        Step("withdraw", BEFORE_DELIVERY, WITHDRAWN, CARING, needs_reason=True),
    ),
)
CLAIM: Final = Machine(
    name="Claim on a wish",
    labels={
        ASKED: _("asked: the code is to be entered"),
        HELD: _("the giver is known by the code"),
        DONE: _("claim fulfilled"),
        RELEASED: _("claim given back or lapsed"),
    },
    initial=(ASKED,),
    terminal=(DONE, RELEASED),
    steps=(
        Step("prove", (ASKED,), HELD, (GIVER,)),
        Step("fulfil", (HELD,), DONE),
        Step("let_go", (ASKED, HELD), RELEASED, (STAFF, SYSTEM, GIVER)),
    ),
)
