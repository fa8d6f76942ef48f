"""Pictures of figures as SVG from the server: the title is the finding, the table is behind it.

All shapes carry classes and presentation attributes only, because the content security policy
forbids inline styles. Lengths are units of the picture's own view box.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from statistics import quantiles
from typing import Any

from django import template
from django.utils.translation import gettext

from qianshou.web.templatetags.web_format import MISSING, grouped

register = template.Library()

TILE = 48
TILE_GAP = 3
# A map of few tiles is not blown up: a tile is never wider than this share of the picture.
FEWEST_COLUMNS = 6
CLASSES = 5
PLOT_WIDTH = 640
PLOT_HEIGHT = 180
LINE_LEFT, LINE_RIGHT, LINE_TOP, LINE_BOTTOM = 8, 76, 28, 28


def _worded(value: float | None, unit: str) -> str:
    """Write a value with its unit; a narrow space parts them, save before a percent sign."""
    if value is None:
        return MISSING
    unit = unit.strip()
    return grouped(value) + ("" if not unit or unit[0] in "%‰°" else "\u202f") + unit


@register.inclusion_tag("web/ui/tile_map.html")
def tile_map(
    tiles: Iterable[Mapping[str, Any]], title: str, *, unit: str = "%", note: str = ""
) -> dict[str, object]:
    """Draw equal tiles in their real neighbourhood, coloured by fifths of the value."""
    given = list(tiles)
    values = sorted(tile["value"] for tile in given if tile["value"] is not None)
    cuts = _cuts(values)
    return {
        "title": title,
        "unit": unit,
        "note": note,
        "tiles": [_tile(tile, cuts, unit) for tile in given],
        "rows": sorted(given, key=lambda tile: (tile["value"] is None, tile["value"] or 0)),
        "width": max(FEWEST_COLUMNS, max((tile["column"] for tile in given), default=0) + 1)
        * (TILE + TILE_GAP),
        "height": (max((tile["row"] for tile in given), default=0) + 1) * (TILE + TILE_GAP),
        "legend": _legend(values, cuts, unit),
        "has_missing": any(tile["value"] is None for tile in given),
    }


def _cuts(values: Sequence[float]) -> list[float]:
    """Answer the inner borders of the fifths; fewer when the values are too few or too alike."""
    if len(set(values)) < CLASSES:
        return sorted(set(values))[1:]
    return sorted(set(quantiles(values, n=CLASSES, method="inclusive")))


def _fifth(value: float, cuts: Sequence[float]) -> int:
    place = bisect_right(cuts, value)
    # With fewer than five classes the steps spread, so that the extremes keep the end colours.
    return 1 + round(place * (CLASSES - 1) / max(len(cuts), 1))


def _tile(tile: Mapping[str, Any], cuts: Sequence[float], unit: str) -> dict[str, object]:
    value = tile["value"]
    x, y = tile["column"] * (TILE + TILE_GAP), tile["row"] * (TILE + TILE_GAP)
    return {
        **tile,
        "x": x,
        "y": y,
        "size": TILE,
        "middle": x + TILE // 2,
        "name_y": y + 21,
        "value_y": y + 38,
        "fifth": "missing" if value is None else f"q{_fifth(value, cuts)}",
        "long": len(tile["short_name"]) > 2,
        "worded": _worded(value, unit),
    }


def _legend(values: Sequence[float], cuts: Sequence[float], unit: str) -> list[dict[str, object]]:
    groups: dict[int, list[float]] = {}
    for value in values:
        groups.setdefault(_fifth(value, cuts), []).append(value)
    return [
        {
            "fifth": f"q{number}",
            "low": _worded(members[0], unit),
            "high": _worded(members[-1], unit),
            "count": len(members),
        }
        for number, members in sorted(groups.items())
    ]


@register.inclusion_tag("web/ui/histogram.html")
def histogram(
    bins: Iterable[Mapping[str, Any]],
    title: str,
    *,
    unit: str = "",
    marker: float | None = None,
    note: str = "",
) -> dict[str, object]:
    """Draw how a figure is spread; `marker` stands for one value, in the unit of the bins."""
    given = list(bins)
    tallest = max((each["count"] for each in given), default=0) or 1
    width = PLOT_WIDTH / max(len(given), 1)
    columns = [
        {
            **each,
            "span": f"{grouped(each['low'])}–{_worded(each['high'], unit)}",
            "x": round(number * width + 1, 1),
            "width": round(width - 2, 1),
            "height": round(each["count"] / tallest * PLOT_HEIGHT, 1),
            "y": round(PLOT_HEIGHT - each["count"] / tallest * PLOT_HEIGHT, 1),
            "middle": round((number + 0.5) * width, 1),
        }
        for number, each in enumerate(given)
    ]
    return {
        "title": title,
        "note": note,
        "columns": columns,
        "marker": _marker(given, marker),
        "marker_value": _worded(marker, unit),
        "low": _worded(given[0]["low"], unit) if given else "",
        "high": _worded(given[-1]["high"], unit) if given else "",
        "tallest": tallest,
    }


def _marker(bins: Sequence[Mapping[str, Any]], value: float | None) -> float | None:
    if value is None or not bins:
        return None
    low, high = bins[0]["low"], bins[-1]["high"]
    share: float = (min(max(value, low), high) - low) / ((high - low) or 1)
    return round(share * PLOT_WIDTH, 1)


@register.inclusion_tag("web/ui/bar_chart.html")
def bar_chart(
    bars: Iterable[Mapping[str, Any]], title: str, *, unit: str = "", note: str = ""
) -> dict[str, object]:
    """Draw bars that lie, each with its own label and value instead of an axis."""
    given = list(bars)
    longest = max((each["value"] for each in given), default=0) or 1
    lines = [
        {
            **each,
            "share": round(each["value"] / longest * 100, 1),
            "worded": _worded(each["value"], unit),
        }
        for each in given
    ]
    return {"title": title, "note": note, "bars": lines}


def _line_range(values: Sequence[float]) -> tuple[float, float]:
    """Answer the values at the foot and the head of a line: the foot is 0 unless all lie far up."""
    low, high = min(values, default=0), max(values, default=0)
    foot = low - (high - low) if low > high / 2 else 0
    return max(foot, 0) if low >= 0 else low, high if high > max(foot, 0) else foot + 1


@register.inclusion_tag("web/ui/line_chart.html")
def line_chart(
    points: Iterable[Mapping[str, Any]], title: str, *, unit: str = "", note: str = ""
) -> dict[str, object]:
    """Draw a figure over time; the first and the last value are written beside the line."""
    given = list(points)
    low, top = _line_range([each["value"] for each in given])
    step = (PLOT_WIDTH - LINE_LEFT - LINE_RIGHT) / max(len(given) - 1, 1)
    room = PLOT_HEIGHT - LINE_TOP - LINE_BOTTOM
    placed = [
        {
            **each,
            "worded": _worded(each["value"], unit),
            "x": round(LINE_LEFT + number * step, 1),
            "y": round(LINE_TOP + room - (each["value"] - low) / (top - low) * room, 1),
        }
        for number, each in enumerate(given)
    ]
    return {
        "title": title,
        "note": note,
        "points": placed,
        "path": " ".join(f"{each['x']},{each['y']}" for each in placed),
        "first": placed[0] if placed else None,
        "last": placed[-1] if placed else None,
        "base": PLOT_HEIGHT - LINE_BOTTOM,
    }


@register.inclusion_tag("web/ui/share.html")
def share(parts: Iterable[Mapping[str, Any]], title: str) -> dict[str, object]:
    """Draw how a whole is divided as one bar; each part is labelled with its count and share."""
    given = list(parts)
    whole = sum(each["value"] for each in given)
    start, drawn = 0.0, []
    for each in given:
        width = each["value"] / whole * 100 if whole else 0
        drawn.append({**each, "x": round(start, 2), "width": round(width, 2)})
        start += width
    return {"title": title, "parts": drawn, "whole": whole, "whole_label": gettext("in all")}
