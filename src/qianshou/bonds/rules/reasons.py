"""Why somebody says no, as data, and for how long the matcher then leaves these two alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

MOTHER: Final = "MOTHER"
GUARDIAN: Final = "GUARDIAN"
CHILD: Final = "CHILD"
OFFICE: Final = "OFFICE"
# As `pairing.actions.moving.FOR_GOOD`.
FOR_GOOD: Final = date(9999, 12, 31)
# Nobody has said no: the same two may be proposed again, but not the next day.
AFTER_LAPSE: Final = timedelta(days=30)


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


@dataclass(frozen=True)
class Reason:
    """One reason of a list; `days` is how long it bars this pair, None for good."""

    code: str
    words: str
    days: int | None


REASONS: Final[Mapping[str, tuple[Reason, ...]]] = {
    MOTHER: (
        Reason("TOO_FAR", _("It is too far for me."), None),
        Reason("NO_TIME", _("I have no time at present."), 90),
        Reason("NOT_FIT", _("I cannot give what this child needs."), None),
        Reason("KNOWN", _("We know each other, and it would not be good."), None),
        Reason("REST", _("I need a rest."), 90),
        Reason("OTHER", _("Another reason"), 180),
    ),
    GUARDIAN: (
        Reason("NOT_HER", _("We would like another mother."), None),
        Reason("KNOWN", _("We know each other, and it would not be good."), None),
        Reason("NOT_NOW", _("Not at present."), 90),
        Reason("OTHER", _("Another reason"), 180),
    ),
    # A child's no is a no: these two are not proposed again.
    CHILD: (
        Reason("NOT_HER", _("The child does not want this mother."), None),
        Reason("AFRAID", _("The child is afraid or unsure."), None),
        Reason("NOT_NOW", _("The child does not want anybody now."), None),
        Reason("OTHER", _("Another reason"), None),
    ),
}
MOODS: Final[Mapping[str, str]] = {
    "GLAD": _("glad"),
    "CALM": _("calm"),
    "UNSURE": _("unsure"),
    "SAD": _("sad"),
    "ANGRY": _("angry"),
}
# Why the system takes an offer back by itself.
WITHDRAWALS: Final[Mapping[str, str]] = {
    "CONSENT": _("The guardian has withdrawn the consent."),
    "NOT_READY": _("The mother is not ready at present: her file says what is missing."),
    "LEAVING": _("The mother leaves."),
    "CHILD_LEFT": _("The child's file is closed."),
}
EVERY: Final[Mapping[str, str]] = {
    **{each.code: each.words for side in REASONS.values() for each in side},
    **WITHDRAWALS,
}


def reason_of(side: str, code: str) -> Reason | None:
    """Return a reason of one side's list; None if the list has none of this code."""
    return next((each for each in REASONS.get(side, ()) if each.code == code), None)


def barred_until(side: str, code: str, *, today: date) -> date | None:
    """Return until when a no bars the pair; an unknown reason counts as another one."""
    found = reason_of(side, code) or reason_of(side, "OTHER")
    if found is None or found.days == 0:
        return None
    return FOR_GOOD if found.days is None else today + timedelta(days=found.days)
