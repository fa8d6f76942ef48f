"""Which characters the papers can print, and what is written for those that they cannot.

The fonts hold about 31,000 characters, among them all of the national list of 8,105. A name may
hold another one: of the extensions, of a private area, an emoji. It is written out in brackets
with its parts, where they are known, and its code point. It is never a box, and never left out.
"""

import csv
import functools
import re
import unicodedata
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Final

from fontTools.ttLib import TTCollection, TTFont

# Left out: what has no shape of its own, or turns the order of the letters round.
_UNSEEN: Final = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160"
    "\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff\U0001f3fb-\U0001f3ff]"
)
_BREAKS: Final = re.compile("\r\n?|[\u0085\u2028\u2029]")
_MARKED: Final = re.compile("[^\u0300-\u036f][\u0300-\u036f]+")
_MARKS: Final = re.compile("[\u0300-\u036f]")
# The words of a description by the operator of an ideographic description sequence.
_TWO: Final = {
    "⿰": "左{}右{}", "⿱": "上{}下{}", "⿴": "外{}内{}", "⿵": "外{}内{}", "⿶": "外{}内{}",
    "⿷": "外{}内{}", "⿸": "外{}内{}", "⿹": "外{}内{}", "⿺": "外{}内{}", "⿻": "{}{}相叠",
}  # fmt: skip
_THREE: Final = {"⿲": "左{}中{}右{}", "⿳": "上{}中{}下{}"}


def writable(text: str, drawn: frozenset[int]) -> str:
    """Return a text of which every character can be drawn by fonts that hold these ones."""
    text = _BREAKS.sub("\n", text)
    text = _MARKED.sub(lambda found: unicodedata.normalize("NFC", found[0]), text)
    text = _MARKS.sub("", _UNSEEN.sub("", text)).replace("\t", " ")
    return "".join(_pieces(text, drawn))


def _pieces(text: str, drawn: frozenset[int]) -> Iterator[str]:
    waiting: list[str] = []
    for character in text:
        shown = _shown(character, drawn)
        if shown is None:
            waiting.append(_told(character, drawn))
            continue
        if waiting:
            yield f"〔{'，'.join(waiting)}〕"
            waiting.clear()
        yield shown
    if waiting:
        yield f"〔{'，'.join(waiting)}〕"


def _shown(character: str, drawn: frozenset[int]) -> str | None:
    """Return the character, or its plain twin, if one of them can be drawn."""
    if character == "\n" or _can_draw(character, drawn):
        return character
    if unicodedata.category(character) == "Zs":
        return " "
    twin = unicodedata.normalize("NFKC", character)
    return twin if len(twin) == 1 and _can_draw(twin, drawn) else None


def _can_draw(character: str, drawn: frozenset[int]) -> bool:
    # What a font draws at a private code point is its maker's affair, not the writer's.
    return ord(character) in drawn and unicodedata.category(character) not in ("Co", "Cs")


def _told(character: str, drawn: frozenset[int]) -> str:
    code = f"U+{ord(character):04X}"
    composition = compositions().get(ord(character), "")
    words = described(composition) if composition else ""
    known = words and all(ord(each) in drawn for each in words)
    return f"{words} {code}" if known else code


@functools.cache
def compositions() -> dict[int, str]:
    """Return the known compositions of rare characters by code point."""
    text = (resources.files("qianshou.common") / "data" / "components.csv").read_text("utf-8")
    return {int(row["code"], 16): row["composition"] for row in csv.DictReader(text.splitlines())}


def described(composition: str) -> str:
    """Say a composition in words: 左亻右益 for ⿰亻益."""
    said, _rest = _said(composition, inner=False)
    return said


def _said(rest: str, *, inner: bool) -> tuple[str, str]:
    head, rest = rest[0], rest[1:]
    words = _TWO.get(head) or _THREE.get(head)
    if words is None:
        return head, rest
    parts = []
    for _ in range(words.count("{}")):
        part, rest = _said(rest, inner=True)
        parts.append(part)
    said = words.format(*parts)
    return (f"（{said}）" if inner else said), rest


@functools.cache
def held_by(folders: tuple[Path, ...]) -> frozenset[int]:
    """Return the code points that the fonts in some folders can draw; read once a process."""
    return frozenset().union(*(_held_by_file(file) for file in font_files(folders)))


def font_files(folders: tuple[Path, ...]) -> list[Path]:
    """Return the font files in some folders."""
    kinds = {".ttf", ".otf", ".ttc", ".otc"}
    return [
        file
        for folder in folders
        for file in sorted(folder.rglob("*"))
        if file.suffix.lower() in kinds
    ]


def _held_by_file(file: Path) -> set[int]:
    if file.suffix.lower() in (".ttc", ".otc"):
        with TTCollection(str(file), lazy=True) as collection:
            return {code for font in collection.fonts for code in font.getBestCmap() or ()}
    with TTFont(str(file), lazy=True) as font:
        return set(font.getBestCmap() or ())
