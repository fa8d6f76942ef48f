"""Cleaning of raw text before anything is compared: width, spaces, dots, traditional forms.

Every function takes what a department typed and never raises, whatever the characters.
"""

import functools
import pathlib
import unicodedata

import opencc

# Longer input is a pasted document, not a field of a person; cutting first also keeps every
# later expression linear in a bounded length.
LONGEST = 500

# Dots of minority names as keyboards and fonts produce them, all meaning U+00B7.
_DOTS = "·・•‧∙⋅●.．｡。▪、"
_DOT_TABLE = {ord(dot): "·" for dot in _DOTS}

# Printed variants that OpenCC's traditional-to-simplified table leaves alone.
_VARIANTS = {
    "昇": "升", "堃": "坤", "喆": "哲", "犇": "奔", "淼": "渺", "珮": "佩", "菓": "果",
    "峯": "峰", "羣": "群", "甯": "宁", "寗": "宁", "祐": "佑", "勛": "勋", "燿": "耀",
    "咲": "笑", "皓": "皓", "暠": "皓", "澔": "浩", "濬": "浚", "迺": "乃", "劵": "券",
    "吕": "吕", "黃": "黄", "溫": "温", "强": "强", "強": "强", "裡": "里", "綫": "线",
    "朶": "朵", "彥": "彦", "産": "产", "靑": "青", "淸": "清", "眞": "真", "徳": "德",
    "㛃": "洁", "㑇": "俏", "䶮": "龑", "夀": "寿", "壵": "志", "赟": "赟", "玥": "玥",
}  # fmt: skip


@functools.cache
def simplified_characters() -> dict[int, str]:
    """Give the character table from traditional and variant forms to simplified ones."""
    path = pathlib.Path(opencc.__file__).parent / "dictionary" / "TSCharacters.txt"
    table: dict[int, str] = {}
    for line in path.read_text("utf-8").splitlines():
        old, _, new = line.partition("\t")
        if len(old) == 1 and new:
            table[ord(old)] = new.split()[0]
    # In names the character is as a rule meant as written, and 乾 is read qián there.
    table.pop(ord("乾"), None)
    table.update({ord(old): new for old, new in _VARIANTS.items() if old != new})
    return table


def flat(raw: object) -> str:
    """Give the text in NFKC with single spaces and no control characters, at most 500 long."""
    if raw is None:
        return ""
    text = str(raw)[:LONGEST]
    if text.isascii() and text.isalnum():
        return text
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = unicodedata.normalize("NFKC", text)[:LONGEST]
    kept = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(kept.split())


def simplified(text: str) -> str:
    """Give the text with traditional and variant characters in their simplified form."""
    return text if text.isascii() else text.translate(simplified_characters())


def dotted(text: str) -> str:
    """Give the text with every kind of name dot as U+00B7."""
    return text.translate(_DOT_TABLE)


def is_han(char: str) -> bool:
    """Tell whether the character is a Chinese ideograph, rare ones included."""
    return "㐀" <= char <= "鿿" or "\U00020000" <= char <= "\U0003ffff" or char == "〇"


def has_han(text: str) -> bool:
    """Tell whether any character is a Chinese ideograph."""
    return not text.isascii() and any(map(is_han, text))


def bare(raw: object) -> str:
    """Give letters, digits and ideographs only, lower case, without accents: for comparing."""
    text = simplified(flat(raw)).lower()
    if not text.isascii():
        text = "".join(
            char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char)
        )
    return "".join(char for char in text if char.isalnum())


def words(raw: object) -> str:
    """Give lower-case words without accents or punctuation, joined by single spaces."""
    text = simplified(flat(raw)).lower()
    if not text.isascii():
        text = "".join(
            char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char)
        )
    # An apostrophe belongs to its word: o'brien is obrien.
    text = text.replace("'", "").replace("’", "")
    return " ".join("".join(char if char.isalnum() else " " for char in text).split())
