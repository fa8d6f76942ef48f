"""The life of a pairing as a table (domain.md 4.2): from a proposal to the last talk.

A pairing holds its child and one place of its mother from its first day on, so that nobody else
is promised either; `CARING` are the states in which care is really running.
"""

from typing import Final

from qianshou.common.machines import STAFF, SYSTEM, Machine, Step

MOTHER: Final = "MOTHER"
GUARDIAN: Final = "GUARDIAN"
CHILD: Final = "CHILD"

PROPOSED: Final = "PROPOSED"
REVIEWED: Final = "REVIEWED"
OFFERED_MOTHER: Final = "OFFERED_MOTHER"
OFFERED_GUARDIAN: Final = "OFFERED_GUARDIAN"
CHILD_ASSENT: Final = "CHILD_ASSENT"
AGREEMENT: Final = "AGREEMENT"
FIRST_MEETING: Final = "FIRST_MEETING"
ACTIVE_INITIAL: Final = "ACTIVE_INITIAL"
ACTIVE: Final = "ACTIVE"
AT_RISK: Final = "AT_RISK"
PAUSED: Final = "PAUSED"
CLOSING: Final = "CLOSING"
CLOSED: Final = "CLOSED"
FAREWELL_DONE: Final = "FAREWELL_DONE"
DECLINED: Final = "DECLINED"
LAPSED: Final = "LAPSED"
WITHDRAWN: Final = "WITHDRAWN"

OFFERS: Final = (OFFERED_MOTHER, OFFERED_GUARDIAN, CHILD_ASSENT)
BEFORE_CARE: Final = (PROPOSED, REVIEWED, *OFFERS, AGREEMENT, FIRST_MEETING)
CARING: Final = (ACTIVE_INITIAL, ACTIVE, AT_RISK, PAUSED, CLOSING)
NEVER_BEGAN: Final = (DECLINED, LAPSED, WITHDRAWN)
# Before all have signed, a mother knows a card without a name; the child's file opens to her then.
UNKNOWN_TO_HER: Final = (PROPOSED, REVIEWED, *OFFERS, AGREEMENT, *NEVER_BEGAN)
CALM: Final = (ACTIVE_INITIAL, ACTIVE)
ENDED: Final = (CLOSED, FAREWELL_DONE, *NEVER_BEGAN)


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


PAIRING: Final = Machine(
    name="Pairing",
    labels={
        PROPOSED: _("proposed by hand"),
        REVIEWED: _("approved, not offered yet"),
        OFFERED_MOTHER: _("offered to the mother"),
        OFFERED_GUARDIAN: _("offered to the guardian"),
        CHILD_ASSENT: _("the child is being asked"),
        AGREEMENT: _("agreement to be signed"),
        FIRST_MEETING: _("first meeting to be held"),
        ACTIVE_INITIAL: _("active, first month"),
        ACTIVE: _("active"),
        AT_RISK: _("active, at risk"),
        PAUSED: _("paused"),
        CLOSING: _("closing"),
        CLOSED: _("closed, talks outstanding"),
        FAREWELL_DONE: _("closed"),
        DECLINED: _("declined"),
        LAPSED: _("offer lapsed"),
        WITHDRAWN: _("withdrawn before it began"),
    },
    # A pairing from before the office had this system is taken over as it stands, also its end:
    # an earlier harmful closure bars the pair for good.
    initial=(PROPOSED, REVIEWED, ACTIVE, FAREWELL_DONE),
    terminal=(FAREWELL_DONE, *NEVER_BEGAN),
    steps=(
        Step("review", (PROPOSED,), REVIEWED),
        Step("offer_mother", (REVIEWED,), OFFERED_MOTHER, (STAFF, SYSTEM)),
        Step("mother_accepts", (OFFERED_MOTHER,), OFFERED_GUARDIAN, (MOTHER, STAFF)),
        Step("guardian_accepts", (OFFERED_GUARDIAN,), CHILD_ASSENT, (GUARDIAN, STAFF)),
        Step("guardian_accepts_young", (OFFERED_GUARDIAN,), AGREEMENT, (GUARDIAN, STAFF)),
        Step("child_agrees", (CHILD_ASSENT,), AGREEMENT, (CHILD, STAFF)),
        Step("sign", (AGREEMENT,), FIRST_MEETING, (STAFF, MOTHER, GUARDIAN)),
        Step("meet", (FIRST_MEETING,), ACTIVE_INITIAL),
        Step("settle", (ACTIVE_INITIAL,), ACTIVE, (STAFF, SYSTEM)),
        Step("worry", (ACTIVE_INITIAL, ACTIVE), AT_RISK, (STAFF, SYSTEM), needs_reason=True),
        Step("reassure", (AT_RISK,), ACTIVE, needs_reason=True),
        Step(
            "pause", (ACTIVE_INITIAL, ACTIVE, AT_RISK), PAUSED, (STAFF, SYSTEM), needs_reason=True
        ),
        Step("resume", (PAUSED,), ACTIVE),
        Step(
            "begin_closing",
            (ACTIVE_INITIAL, ACTIVE, AT_RISK, PAUSED),
            CLOSING,
            (STAFF, MOTHER, GUARDIAN, CHILD, SYSTEM),
            needs_reason=True,
        ),
        Step("renew", (CLOSING,), ACTIVE, needs_reason=True),
        Step("close", (CLOSING,), CLOSED, needs_reason=True),
        Step(
            "close_for_safety",
            (ACTIVE_INITIAL, ACTIVE, AT_RISK, PAUSED),
            CLOSED,
            needs_reason=True,
        ),
        Step("finish_talks", (CLOSED,), FAREWELL_DONE),
        Step("decline", OFFERS, DECLINED, (MOTHER, GUARDIAN, CHILD, STAFF), needs_reason=True),
        Step("lapse", (PROPOSED, REVIEWED, *OFFERS, AGREEMENT), LAPSED, (SYSTEM,)),
        Step(
            "withdraw",
            BEFORE_CARE,
            WITHDRAWN,
            (STAFF, SYSTEM, MOTHER, GUARDIAN),
            needs_reason=True,
        ),
    ),
)


# What each step is called where a person reads it: on the page of a pairing and in the trail.
WORDS: Final = {
    "propose": _("proposed by hand"),
    "approve": _("proposal of a run approved"),
    "take_over": _("taken over as it stood"),
    "review": _("reviewed and approved"),
    "offer_mother": _("offered to the mother"),
    "mother_accepts": _("the mother has accepted"),
    "guardian_accepts": _("the guardian has accepted"),
    "guardian_accepts_young": _("the guardian has accepted; the child is too young to be asked"),
    "child_agrees": _("the child has agreed"),
    "sign": _("all have signed the agreement"),
    "meet": _("first meeting held"),
    "settle": _("first month is over"),
    "worry": _("set at risk"),
    "reassure": _("no longer at risk"),
    "pause": _("paused"),
    "resume": _("goes on"),
    "begin_closing": _("closing begun"),
    "renew": _("renewed"),
    "close": _("closed"),
    "close_for_safety": _("closed for safety"),
    "finish_talks": _("last talks held"),
    "decline": _("declined"),
    "lapse": _("offer lapsed"),
    "withdraw": _("withdrawn before it began"),
}


def tone_of(state: str) -> str:
    """Return the tone in which a state is shown."""
    if state in CALM:
        return "good"
    if state in (AT_RISK, DECLINED, LAPSED, WITHDRAWN):
        return "warn"
    return "wait" if state in (*BEFORE_CARE, PAUSED, CLOSING) else "neutral"
