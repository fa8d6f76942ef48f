"""Comparing two records: what differs inside a value, evidence in words, sub-scores as bars."""

from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from itertools import groupby
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

register = template.Library()

WEIGHTS = {
    "for": ("check", gettext_lazy("speaks for the same person")),
    "against": ("cross", gettext_lazy("speaks against")),
    "none": ("minus", gettext_lazy("says nothing")),
    # For a person who judges for herself: what is there, not what it means.
    "alike": ("check", gettext_lazy("the same")),
    "unlike": ("cross", gettext_lazy("different")),
}
BAR_BANDS = (
    (80, gettext_lazy("very good")),
    (60, gettext_lazy("good")),
    (40, gettext_lazy("fair")),
    (0, gettext_lazy("weak")),
)


@register.simple_tag
def differ(value: str, other: str) -> SafeString:
    """Show a value with the characters marked that the other value does not share."""
    return format_html_join(
        "",
        "{}",
        (
            (format_html('<mark class="differs">{}</mark>', text) if marked else text,)
            for marked, text in _pieces(value, other)
        ),
    )


def _pieces(value: str, other: str) -> list[tuple[bool, str]]:
    """Cut a value into runs that the other shares or not, in the reading that marks less.

    Dates and numbers of one length are read place by place, so that swapped digits show where
    they stand; everything else is aligned, so that one inserted character does not mark the rest.
    """
    runs = SequenceMatcher(None, value, other, autojunk=False).get_opcodes()
    aligned = [
        (kind != "equal", value[start:end]) for kind, start, end, _, _ in runs if end > start
    ]
    if len(value) != len(other):
        return aligned
    placed = [
        (marked, "".join(mine for mine, _ in group))
        for marked, group in groupby(
            zip(value, other, strict=True), lambda both: both[0] != both[1]
        )
    ]
    return placed if _marked(placed) <= 2 * _marked(aligned) else aligned


def _marked(pieces: Iterable[tuple[bool, str]]) -> int:
    return sum(len(text) for marked, text in pieces if marked)


@register.inclusion_tag("web/ui/compare.html")
def compare(rows: Iterable[Mapping[str, Any]], left: str, right: str) -> dict[str, object]:
    """Set two records side by side, row by row, with what each row says about their likeness."""
    return {"rows": [_compared(row) for row in rows], "left": left, "right": right}


def _compared(row: Mapping[str, Any]) -> dict[str, object]:
    left, right = str(row.get("left") or ""), str(row.get("right") or "")
    weight = row.get("weight", "none")
    mark, meaning = WEIGHTS[weight]
    return {
        "label": row["label"],
        "left": differ(left, right),
        "right": differ(right, left),
        "same": left == right,
        "words": row.get("words", ""),
        "weight": weight,
        "icon": mark,
        "meaning": meaning,
    }


@register.inclusion_tag("web/ui/bars.html")
def bars(items: Iterable[Mapping[str, Any]]) -> dict[str, object]:
    """Show sub-scores between 0 and 100 as bars, each with the words that explain it."""
    return {"items": [{"band": _band(item["value"]), **item} for item in items]}


def _band(value: float) -> object:
    return next(words for floor, words in BAR_BANDS if value >= floor)
