"""The words of daily care as codes: kinds of contact, topics, moods, and why an entry is held."""

from typing import Final


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


CALL, VIDEO, MESSAGE = "CALL", "VIDEO", "MESSAGE"
VISIT, ACTIVITY = "VISIT", "ACTIVITY"
KINDS: Final = {
    CALL: _("call"),
    VIDEO: _("video call"),
    MESSAGE: _("message"),
    VISIT: _("visit"),
    ACTIVITY: _("activity together"),
}
ICONS: Final = {
    CALL: "phone",
    VIDEO: "eye",
    MESSAGE: "bell",
    VISIT: "home",
    ACTIVITY: "people",
}
TOPICS: Final = {
    "STUDY": _("school and homework"),
    "HEALTH": _("health"),
    "FEELINGS": _("feelings"),
    "FAMILY": _("family and parents"),
    "FRIENDS": _("friends"),
    "SAFETY": _("safety"),
    "DAILY": _("daily life"),
    "PLAY": _("play and hobbies"),
}
# From very sad to very glad, as a child would point at a face.
MOODS: Final = {
    1: _("very sad"),
    2: _("sad"),
    3: _("so-so"),
    4: _("glad"),
    5: _("very glad"),
}
FACES: Final = {1: "😢", 2: "😟", 3: "😐", 4: "😊", 5: "😄"}
MINUTES: Final = (5, 10, 20, 30, 60)
USUAL_MINUTES: Final = 10
MOST_MINUTES: Final = 1440
LONGEST_NOTE: Final = 200_000
LONGEST_CODE: Final = 30

UNREADABLE, SHAPE, DIFFERENT = "UNREADABLE", "SHAPE", "DIFFERENT"
NOT_HERS, ENDED, REVOKED = "NOT_HERS", "ENDED", "REVOKED"
TOO_LONG, KIND, TIME = "TOO_LONG", "KIND", "TIME"
REFUSED: Final = "REFUSED"
REASONS: Final = {
    UNREADABLE: _("It could not be opened: it was changed on its way, or sealed for another site."),
    SHAPE: _("Something that belongs to such an entry is missing or is not what it should be."),
    DIFFERENT: _("An entry with the same number but another content is here already."),
    NOT_HERS: _("It is about a pairing that is not hers."),
    ENDED: _("The pairing had ended, or had not begun, when this was done."),
    REVOKED: _("The phone or the account was blocked before this arrived."),
    TOO_LONG: _("The note is longer than two hundred thousand characters."),
    KIND: _("This kind of entry is not known here; the app on the phone may be newer."),
    TIME: _("The time cannot be read."),
    REFUSED: _("What stands here meanwhile does not allow it any more."),
}

REPLIES: Final = {
    "READ": _("Your note was read."),
    "THANKS": _("Thank you for what you do."),
    "QUESTION": _("question"),
}
# Numbers that always help (domain.md 1.15).
EMERGENCY: Final = (
    ("110", _("police: a child is in danger now")),
    ("120", _("ambulance")),
    ("12345", _("protection of minors, city hotline")),
    ("12338", _("women's and children's rights")),
    ("12355", _("youth line")),
    ("12356", _("help of the mind, national line")),
    ("12309", _("procuratorate")),
)
