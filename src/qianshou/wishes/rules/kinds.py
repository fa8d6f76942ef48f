"""The words of wishes as codes: kinds, bands of age and cost, and what is checked."""

from collections.abc import Callable
from typing import Any, Final


def _(message: str) -> str:
    """Mark a sentence for translation without translating it here."""
    return message


KINDS: Final = {
    "BOOKS": _("books and reading"),
    "SCHOOL": _("school things"),
    "SPORT": _("sport and play"),
    "CLOTHES": _("clothes and shoes"),
    "MUSIC": _("music and painting"),
    "TOGETHER": _("something done together"),
    "OTHER": _("something else"),
}
ICONS: Final = {
    "BOOKS": "file", "SCHOOL": "school", "SPORT": "star", "CLOTHES": "heart",
    "MUSIC": "sparkle", "TOGETHER": "hands", "OTHER": "dot",
}  # fmt: skip
# From age to age; the wide band is for places where the narrow one would tell who it is.
BANDS: Final = {
    "0-5": (0, 5), "6-8": (6, 8), "9-11": (9, 11), "12-14": (12, 14), "15-17": (15, 17),
}  # fmt: skip
WIDE: Final = {"0-8": (0, 8), "9-17": (9, 17)}
COSTS: Final = {"50": _("up to 50 yuan"), "100": _("up to 100 yuan"), "200": _("up to 200 yuan"),
                "300": _("up to 300 yuan")}  # fmt: skip
PRIVACY, SAFETY, COST = "PRIVACY", "SAFETY", "COST"
CHECKS: Final = {
    PRIVACY: _("Privacy: nothing in the words tells who the child is"),
    SAFETY: _("Safety: nothing that can harm the child, and nothing that brings strangers to it"),
    COST: _("Cost: within the limit, and no other child of the family is slighted"),
}


def choices(translate: Callable[[str], Any]) -> list[tuple[str, Any]]:
    """Return the kinds as a field's choices."""
    return [(code, translate(words)) for code, words in KINDS.items()]


def cost_band(yuan: int) -> str:
    """Return the smallest band that holds a sum."""
    return next((band for band in COSTS if yuan <= int(band)), max(COSTS, key=int))


def band_of(age: int | None, bands: dict[str, tuple[int, int]]) -> str:
    """Return the band that an age lies in; nothing for one that is not known."""
    if age is None:
        return ""
    return next((name for name, (low, high) in bands.items() if low <= age <= high), "")
