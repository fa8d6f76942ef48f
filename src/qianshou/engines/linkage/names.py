"""Names of persons: one canonical spelling, and recognising names that name nobody."""

import re

from qianshou.engines.linkage import text

# 某某之子, 王小花之女, 宝宝, 未取名: children registered before they were named.
_NOBODY = re.compile(
    r"^(?:.{0,6}(?:之子|之女|之妻|的儿子|的女儿|长子|次子|长女|次女|宝宝|毛毛|婴儿|新生儿|弃婴)[一二三12abAB]?"
    r"|[大小二三]宝|.?某+.?|无名.{0,2}|未(?:取|命|起|登记).{0,3}|待.{0,4}|不详|不明|未知|无|暂无|空|姓名|测试.{0,4}"
    r"|n/?a|none|null|nil|unknown|unnamed|baby(?: ?(?:boy|girl))?|test|-+|\*+|\?+|x+)$"
)
_BRACKETS = re.compile(r"[(\[【<《「][^)\]】>》」]{0,60}[)\]】>》」]?")
# Without one of these a Chinese name is a name.
_HINTS = frozenset("之子女宝毛婴儿弃某无未待不暂空姓测")
_LONGEST_NAME = 60
# Words beside a Latin name that are no part of it.
_TITLE_WORDS = (
    "mr mrs ms miss mister madam sir dr prof professor rev herr frau monsieur madame mme mlle "
    "senor senora jr sr ii iii iv md phd esq"
)
_TITLES = frozenset(_TITLE_WORDS.split())
_PLAIN = re.compile("[\u4e00-\u9fff]{1,6}")


def is_nobody(canonical: str) -> bool:
    """Tell whether the text stands for a child without a name yet, or for no entry at all."""
    if _PLAIN.fullmatch(canonical) and _HINTS.isdisjoint(canonical):
        return False
    return len(canonical) <= 12 and _NOBODY.match(canonical) is not None


def spelling(raw: object) -> str:
    """Give the name in simplified form, lower case, without spaces, dots, brackets or digits.

    Latin names keep single spaces between words; an empty text means that nothing was typed.
    """
    if isinstance(raw, str) and _PLAIN.fullmatch(raw):
        return text.simplified(raw)
    flat = text.simplified(text.flat(raw)[:_LONGEST_NAME])
    flat = text.dotted(flat).lower()
    if not flat.isascii() or "(" in flat or "[" in flat:
        flat = _BRACKETS.sub("", flat) or flat
    if text.has_han(flat):
        return "".join(char for char in flat if text.is_han(char) or char in "*○" or char.isalpha())
    if is_nobody(flat.strip()):
        return flat.strip()
    return _latin(flat)


def _latin(flat: str) -> str:
    """Give the words of a Latin name, given names first, without titles."""
    surname, comma, given = flat.partition(",")
    if comma and "," not in given and text.words(given) not in _TITLES:
        flat = f"{given} {surname}"
    words = text.words(flat).split()
    kept = [word for word in words if word not in _TITLES]
    return " ".join(kept or words)


def person_name(raw: object) -> str | None:
    """Give the canonical name, None if nothing was typed or the text names nobody."""
    found = spelling(raw)
    return None if not found or is_nobody(found) or found.isdigit() else found


def given_part(latin: str) -> str | None:
    """Give the first word of a Latin name that has several."""
    first, gap, _ = latin.partition(" ")
    return first if gap else None


def surname_part(latin: str) -> str:
    """Give the last word of a Latin name."""
    return latin.rpartition(" ")[2]
