"""Finds in the words of a wish what would tell who the child is, before a stranger reads them.

Letters are compared as a reader would: width, case, spaces and signs between them do not count,
so that 王 小 明 and 王-小-明 are found like 王小明.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from qianshou.wishes.rules.limits import Limits

NAME, SCHOOL, PLACE, NUMBER = "NAME", "SCHOOL", "PLACE", "NUMBER"
CLASS, RARE, PITY = "CLASS", "RARE", "PITY"
KINDS: Final = (NAME, SCHOOL, PLACE, NUMBER, CLASS, RARE, PITY)
# What must go before anything is published; pity is a matter of style, and stops it all the same.
_DIGITS: Final = "0-9０-９零〇一二三四五六七八九十百两"
_NUMBER: Final = re.compile(r"[0-9]{5,}|[0-9]{4}年[0-9]{1,2}月|[0-9]{1,2}月[0-9]{1,2}[日号]")
_WRITTEN: Final = re.compile(r"[零〇一二三四五六七八九]{6,}")
_CLASS: Final = re.compile(rf"[{_DIGITS}]{{1,3}}年级|[{_DIGITS}]{{1,3}}班|[{_DIGITS}]{{1,3}}[组社]")
_UNIT: Final = re.compile(r"[\u4e00-\u9fff]{2,8}?(?:小学|中学|幼儿园|学校|村|社区|街道|镇|乡)")
_ENDINGS: Final = re.compile(
    "(?:村民委员会|居民委员会|社区居委会|村委会|委员会|街道|社区|自治县|中心小学校?|完全小学"
    "|小学校|小学|初级中学|中学校?|学校|幼儿园|镇|乡|村|区|县)$"
)
_GENERAL: Final = frozenset({"小学", "中学", "学校", "幼儿园", "中心小学"})
# Names that are also everyday words would stop harmless wishes; they are marked all the same,
# because a person looks at every mark.
_SHORTEST: Final = 2


@dataclass(frozen=True)
class Mark:
    """One place in the words: from where to where, and what it would tell."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True)
class Known:
    """What is known of the child: names of the family, schools, and places around it."""

    names: tuple[str, ...] = ()
    schools: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


def marks(text: str, known: Known, limits: Limits) -> list[Mark]:
    """Return every place that tells who the child is, or asks for pity, in order."""
    plain, at = _plain(text)
    found: set[Mark] = set()
    for kind, needles in (
        (NAME, _names(known.names)), (SCHOOL, _shortened(known.schools)),
        (PLACE, _shortened(known.places)), (RARE, limits.rare), (PITY, limits.pity),
    ):  # fmt: skip
        for needle in needles:
            found |= _hits(plain, at, (_plain(needle)[0], kind))
    # Read with its signs, since here the words before the ending are not known.
    found |= {Mark(*hit.span(), PLACE) for hit in _UNIT.finditer(text) if hit[0] not in _GENERAL}
    for pattern, kind in ((_NUMBER, NUMBER), (_WRITTEN, NUMBER), (_CLASS, CLASS)):
        found |= {
            Mark(at[hit.start()], at[hit.end() - 1] + 1, kind) for hit in pattern.finditer(plain)
        }
    return _joined(found)


def _plain(text: str) -> tuple[str, list[int]]:
    """Return the letters and digits alone, and where each stands in the text."""
    letters: list[str] = []
    at: list[int] = []
    for place, character in enumerate(text):
        for each in unicodedata.normalize("NFKC", character).casefold():
            if each.isalnum():
                letters.append(each)
                at.append(place)
    return "".join(letters), at


def _names(names: Iterable[str]) -> set[str]:
    """Return names, and given names by themselves where they have two letters or more."""
    found = set()
    for name in names:
        for part in (name, name[1:], name[2:]):
            if len(part) >= _SHORTEST:
                found.add(part)
        if len(name) == _SHORTEST:
            found |= {f"小{name[1]}", f"阿{name[1]}", name[1] * 2}
        elif len(name) > _SHORTEST:
            found |= {f"小{name[-1]}", f"阿{name[-1]}", name[-1] * 2}
    return found


def _shortened(names: Iterable[str]) -> set[str]:
    """Return names of places and schools, whole and without what such names end in."""
    found = set()
    for name in names:
        found.add(name)
        short = name
        while (shorter := _ENDINGS.sub("", short)) != short:
            short = shorter
            if len(short) >= _SHORTEST:
                found.add(short)
    return {each for each in found if len(each) >= _SHORTEST}


def _hits(plain: str, at: list[int], what: tuple[str, str]) -> set[Mark]:
    needle, kind = what
    found: set[Mark] = set()
    place = plain.find(needle) if needle else -1
    while place >= 0:
        found.add(Mark(at[place], at[place + len(needle) - 1] + 1, kind))
        place = plain.find(needle, place + 1)
    return found


def _joined(found: set[Mark]) -> list[Mark]:
    """Leave out marks that lie inside another one."""
    ordered = sorted(found, key=lambda mark: (mark.start, -mark.end, KINDS.index(mark.kind)))
    kept: list[Mark] = []
    for mark in ordered:
        if not kept or mark.end > kept[-1].end:
            kept.append(mark)
    return kept


def pieces(text: str, found: list[Mark]) -> list[tuple[str, str]]:
    """Return the text in pieces, each with what it would tell or nothing."""
    made, here = [], 0
    for mark in found:
        start = max(mark.start, here)
        if start > here:
            made.append((text[here:start], ""))
        made.append((text[start : mark.end], mark.kind))
        here = mark.end
    if here < len(text):
        made.append((text[here:], ""))
    return made
