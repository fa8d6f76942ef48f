"""What each side may know before it says yes: bands instead of figures, needs instead of facts.

A card holds codes, so that everybody reads it in her own language. It never holds an address, an
ID or telephone number, a fact about the family, or the child's name.
"""

from collections.abc import Mapping, Sequence
from typing import Final

# From this age on a child is asked (未保法 4: the child's own will is heard).
ASKED_FROM: Final = 8
NEEDS_SHOWN: Final = 3


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


# The last age of each band, and its words.
_AGES: Final = (
    (5, "A05", _("under 6 years")),
    (8, "A08", _("6 to 8 years")),
    (11, "A11", _("9 to 11 years")),
    (14, "A14", _("12 to 14 years")),
    (99, "A17", _("15 to 17 years")),
)
AGES: Final[Mapping[str, str]] = {code: words for _last, code, words in _AGES}
_METRES: Final = (
    (1_000, "D01", _("within a kilometre of you")),
    (3_000, "D03", _("one to three kilometres from you")),
    (10_000, "D10", _("three to ten kilometres from you")),
    (10**9, "D99", _("more than ten kilometres from you")),
)
DISTANCES: Final[Mapping[str, str]] = {code: words for _last, code, words in _METRES}
SEXES: Final[Mapping[str, str]] = {"F": _("a girl"), "M": _("a boy"), "": _("a child")}
NEEDS: Final[Mapping[str, str]] = {
    "study": _("somebody who helps with learning"),
    "mind": _("somebody to talk to about worries"),
    "health": _("somebody who looks after health"),
    "safety": _("somebody who watches over safety"),
    "living": _("a hand in daily life"),
    "family": _("company like in a family"),
    "habit": _("somebody who helps with good habits"),
    "company": _("company in sports, music and play"),
}
ASKED_OF_HER: Final = (
    _("Call or see the child about once a week, and be there on holidays and birthdays."),
    _("Stay for at least a year, and tell us early if you cannot."),
    _("Keep to yourself what you learn, and report at once if the child is in danger."),
    _("We are with you: staff come along to the first meeting and call you regularly."),
)


def age_band(age: int | None) -> str:
    """Return the band of an age; nothing for an age that nobody knows."""
    if age is None:
        return ""
    return next(code for last, code, _words in _AGES if age <= last)


def distance_band(metres: int | None) -> str:
    """Return the band of a distance; nothing where it is not known or not to be told."""
    if metres is None:
        return ""
    return next(code for last, code, _words in _METRES if metres <= last)


def needs_of(levels: Sequence[int], axes: Sequence[str]) -> list[str]:
    """Return the axes on which a child needs most, the largest first."""
    ranked = sorted(zip(levels, axes, strict=False), key=lambda pair: -pair[0])
    return [axis for level, axis in ranked if level > 0][:NEEDS_SHOWN]


def is_asked(age: int | None) -> bool:
    """Tell whether a child is asked itself; one whose age nobody knows is."""
    return age is None or age >= ASKED_FROM
