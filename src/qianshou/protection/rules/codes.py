"""The words of protection as codes: the nine situations, whom it is about, where it is handed on.

The situations are those of the opinion of nine departments of 2020, in its order (domain.md 1.9).
"""

from typing import Final


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


MANDATORY_REPORT_SITUATION: Final = {
    1: _("injury of private parts that is not normal"),
    2: _("girl under 14: sexual assault, pregnancy or abortion, or signs of it"),
    3: _("girl of 14 or older: pregnancy or abortion after a sexual assault, or signs of it"),
    4: _("many injuries, severe hunger, unconscious; signs of beating, bullying, abuse or drugs"),
    5: _("suicide, self-harm, injury at work, poisoning, drugs or beating with grave harm"),
    6: _("abandoned, or without anybody to look after it for a long time"),
    7: _("of unknown origin, missing, trafficked or bought"),
    8: _("made to beg"),
    9: _("other grave harm, or a real danger of it"),
}

# Numbers that always help (domain.md 1.15); the police stand first on every page.
POLICE: Final = "110"
NUMBERS: Final = (
    (POLICE, _("police: a child is in danger now")),
    ("120", _("ambulance")),
    ("12345", _("protection of minors, city hotline")),
    ("12338", _("women's and children's rights")),
    ("12355", _("youth line")),
    ("12309", _("procuratorate")),
    ("12356", _("help of the mind, national line")),
)

NOT_SAID, MOTHER, GUARDIAN, STAFF, OTHER = "", "MOTHER", "GUARDIAN", "STAFF", "OTHER"
ACCUSED: Final = {
    NOT_SAID: _("I do not know, or do not want to say"),
    MOTHER: _("the child's loving mother"),
    GUARDIAN: _("a parent, or whoever looks after the child"),
    STAFF: _("somebody of the federation, the town, the village or a partner"),
    OTHER: _("somebody else"),
}
POSTS: Final = {
    NOT_SAID: _("not known"),
    "COUNTY": _("in the county"),
    "TOWN": _("in the town"),
    "VILLAGE": _("in the village"),
}

YES, NO = "YES", "NO"

AUTHORITIES: Final = {
    "POLICE": _("police"),
    "CIVIL_AFFAIRS": _("civil affairs"),
    "EDUCATION": _("education"),
    "PROCURATORATE": _("procuratorate"),
    "HOSPITAL": _("hospital"),
}

PAGE, PHONE, SPOOL = "PAGE", "PHONE", "SPOOL"
CHANNELS: Final = {
    PAGE: _("on a page"),
    PHONE: _("on a phone, perhaps without a signal"),
    SPOOL: _("while the database did not answer"),
}

BLOCKED_PHONE, ENDED_PAIRING = "BLOCKED_PHONE", "ENDED_PAIRING"
MANY, CUT, SKEWED, NOT_SIGNED_IN = "MANY", "CUT", "SKEWED", "NOT_SIGNED_IN"
FLAGS: Final = {
    BLOCKED_PHONE: _("from a phone or an account that was blocked"),
    ENDED_PAIRING: _("about a child whose pairing with her had ended"),
    MANY: _("one of very many from the same place within an hour"),
    CUT: _("longer than can be kept; the end is missing"),
    SKEWED: _("the clock of the phone was wrong"),
    NOT_SIGNED_IN: _("by somebody who had not signed in"),
}

CLOSINGS: Final = {
    "SAFE": _("the child is safe; what was needed is done"),
    "TAKEN_OVER": _("an authority goes on alone"),
    "TWIN": _("it is about what another report says; both stay"),
    "MISTAKEN": _("it was a mistake made in good faith"),
    "FALSE": _("it was false, and knowingly so"),
}

# Steps of a report's life that are kept; each in words.
STEPS: Final = {
    "RECEIVED": _("received"),
    "ESCALATED": _("not accepted in time: the next level was told"),
    "REMINDED": _("nobody has accepted it yet: everybody was told again"),
    "ACCEPTED": _("accepted"),
    "HANDED_OVER": _("handed over to an authority"),
    "FEEDBACK": _("the reporter was told"),
    "FEEDBACK_LATE": _("the reporter has not been told in time"),
    "ADDED": _("the reporter added something"),
    "CHILD_NAMED": _("the child's file was named"),
    "EXCLUDED": _("somebody was shut out, since it is about them or their office"),
    "PASSED_ON": _("passed on to the next level, since it is about this office"),
    "ANNOUNCED": _("the child's grade was raised"),
    "REPORTER_OPENED": _("who reported was looked up"),
    "CLOSED": _("closed"),
}

LONGEST: Final = 100_000
SHORT: Final = 2_000
