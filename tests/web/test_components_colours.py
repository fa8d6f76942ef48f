"""The colours of the house: readable in light and dark, and one source for each of them."""

import re
from itertools import pairwise
from math import cos, radians, sin
from pathlib import Path

import pytest

from qianshou.web.templatetags import web_ui

FOLDER = Path(web_ui.__file__).parents[1] / "static" / "web" / "css"
TOKENS = (FOLDER / "tokens.css").read_text(encoding="utf-8")
OKLCH = re.compile(r"--([\w-]+): oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\);")
Colour = tuple[float, float, float]

GRADES = ("red", "orange", "yellow", "green")
# Front, ground and the least contrast: 4.5 for text, 3 for the edges of controls.
PAIRS = [
    *(("ink", ground, 4.5) for ground in ("paper", "raised", "mark", "q1", "q2", "q3")),
    *(("ink-2", ground, 4.5) for ground in ("paper", "raised", "sunken", "hand-tint", "calm-tint")),
    *(("hand", ground, 4.5) for ground in ("paper", "raised")),
    *(("hand-deep", ground, 4.5) for ground in ("paper", "raised", "hand-tint")),
    *(("on-hand", ground, 4.5) for ground in ("hand", "hand-deep")),
    *(("raised", ground, 4.5) for ground in ("q4", "q5")),
    ("calm", "raised", 4.5),
    ("calm-deep", "calm-tint", 4.5),
    *((f"{grade}-ink", f"{grade}-tint", 4.5) for grade in GRADES),
    *(("ink-2", f"{grade}-tint", 4.5) for grade in GRADES),
    *(("line-strong", ground, 3.0) for ground in ("paper", "raised", "sunken")),
    *(("focus", ground, 3.0) for ground in ("paper", "raised", "hand-tint")),
]


def block(opening: str) -> dict[str, Colour]:
    """Return the colours between an opening and its closing brace."""
    inside = TOKENS[TOKENS.index(opening) :].split("}", 1)[0]
    return {name: (float(a), float(b), float(c)) for name, a, b, c in OKLCH.findall(inside)}


LIGHT = block("@supports (color")
DARK = block(':root[data-theme="dark"]')
DARK_BY_DEVICE = block(':root:not([data-theme="light"]) {\n      color-scheme: dark')


def luminance(colour: Colour) -> float:
    """Return the relative luminance of an OKLCH colour, by the published OKLab matrices."""
    lightness, chroma, hue = colour[0] / 100, colour[1], radians(colour[2])
    a, b = chroma * cos(hue), chroma * sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short
    return sum(
        weight * min(1.0, max(0.0, part))
        for weight, part in ((0.2126, red), (0.7152, green), (0.0722, blue))
    )


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast of two colours as WCAG counts it, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair[0]} on {pair[1]}")
def test_colours_are_told_apart(colours, pair):
    front, ground, least = pair

    assert contrast(colours[front], colours[ground]) >= least


def test_contrast_knows_black_on_white_and_finds_a_weak_pair():
    assert contrast((0, 0, 0), (100, 0, 0)) == pytest.approx(21, abs=0.01)
    assert contrast((80, 0, 0), (100, 0, 0)) < 4.5


def test_dark_is_the_same_by_choice_and_by_device():
    assert DARK == DARK_BY_DEVICE
    assert DARK.keys() == LIGHT.keys()


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_grade_shapes_differ_in_grey(colours):
    greys = sorted(colours[f"{grade}-shape"][0] for grade in GRADES)

    assert all(after - before >= 2 for before, after in pairwise(greys))


def test_styles_use_names_that_exist():
    known = set(re.findall(r"--([\w-]+):", TOKENS))
    styles = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.css"))

    assert set(re.findall(r"var\(--([\w-]+)", styles)) - known == set()


def test_styles_use_no_raw_colours():
    for name in ("base.css", "components.css", "charts.css"):
        raw = re.findall(r"#[0-9a-f]{3,6}\b|oklch\(", (FOLDER / name).read_text(encoding="utf-8"))
        assert raw == []
