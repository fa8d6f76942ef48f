"""Single slips of the pen: each takes a text and returns it as a hurried clerk would write it.

A slip that finds nothing to spoil returns the text unchanged.
"""

from collections.abc import Callable, Mapping
from random import Random

from qianshou.engines.city.characters import HOMOPHONES, LOOK_ALIKE, NEAR_SOUND, TRADITIONAL

Slip = Callable[[Random, str], str]
_DOTS = ("•", ".", "‧", "", " ", "・")
_FULL_WIDTH = {ord(c): chr(ord(c) + 0xFEE0) for c in "0123456789Xx"}


def _replace_one(rnd: Random, text: str, table: Mapping[str, str]) -> str:
    places = [i for i, char in enumerate(text) if table.get(char)]
    if not places:
        return text
    i = rnd.choice(places)
    return text[:i] + rnd.choice(table[text[i]]) + text[i + 1 :]


def homophone(rnd: Random, name: str) -> str:
    """Write another character of the same sound; surnames are mistaken less often."""
    head = 0 if rnd.random() < 0.12 else 1
    return name[:head] + _replace_one(rnd, name[head:], HOMOPHONES)


def near_sound(rnd: Random, name: str) -> str:
    """Write a character that sounds alike only in the local dialect."""
    return name[:1] + _replace_one(rnd, name[1:], NEAR_SOUND)


def look_alike(rnd: Random, name: str) -> str:
    """Write a character of similar shape, or a variant of the same one."""
    return _replace_one(rnd, name, LOOK_ALIKE)


def traditional(_rnd: Random, name: str) -> str:
    """Write the name in traditional characters."""
    return "".join(TRADITIONAL.get(char, char) for char in name)


def dropped(rnd: Random, name: str) -> str:
    """Leave out one given character of a name of three or more."""
    if len(name) < 3:
        return name
    i = rnd.randrange(1, len(name))
    return name[:i] + name[i + 1 :]


def swapped(_rnd: Random, name: str) -> str:
    """Exchange the last two characters."""
    return name[:-2] + name[-1] + name[-2] if len(name) > 2 else name


def doubled(_rnd: Random, name: str) -> str:
    """Write the pet name: the last character twice after the surname."""
    return name[0] + name[-1] * 2 if 1 < len(name) <= 3 else name


NAME_SLIPS: tuple[tuple[str, Slip, float], ...] = (
    ("HOMOPHONE", homophone, 0.44),
    ("NEAR_SOUND", near_sound, 0.15),
    ("TRADITIONAL", traditional, 0.13),
    ("LOOK_ALIKE", look_alike, 0.14),
    ("CHAR_DROPPED", dropped, 0.05),
    ("CHARS_SWAPPED", swapped, 0.05),
    ("PET_NAME", doubled, 0.04),
)


def slip_of_name(rnd: Random, name: str) -> tuple[str, str]:
    """Spoil a name in one of the usual ways; returns (code, name), code blank if it could not."""
    kinds = rnd.choices(NAME_SLIPS, weights=[weight for _, _, weight in NAME_SLIPS], k=3)
    for code, slip, _ in kinds:
        spoiled = slip(rnd, name)
        if spoiled != name:
            return code, spoiled
    return "", name


def other_dot(rnd: Random, name: str) -> str:
    """Write the dot of a minority name in one of the ways keyboards offer, or leave it out."""
    return name.replace("·", rnd.choice(_DOTS))


def spaced(rnd: Random, name: str) -> str:
    """Pad with blanks: behind, in front, or inside a two-character name to make it look even."""
    if len(name) == 2 and rnd.random() < 0.6:
        return f"{name[0]}\u3000{name[1]}"
    return rnd.choice([f"{name} ", f" {name}", f"{name}\u3000", f"{name}\xa0"])


def full_width(_rnd: Random, text: str) -> str:
    """Write digits in full width."""
    return text.translate(_FULL_WIDTH)


def one_digit(rnd: Random, number: str) -> str:
    """Mistype one digit."""
    i = rnd.randrange(len(number) - 1)
    return number[:i] + rnd.choice("0123456789".replace(number[i], "")) + number[i + 1 :]


def transposed(rnd: Random, number: str) -> str:
    """Exchange two neighbouring digits that differ."""
    places = [i for i in range(len(number) - 1) if number[i] != number[i + 1]]
    i = rnd.choice(places)
    return number[:i] + number[i + 1] + number[i] + number[i + 2 :]


def seventeen(rnd: Random, number: str) -> str:
    """Lose one digit."""
    i = rnd.randrange(len(number))
    return number[:i] + number[i + 1 :]


def fifteen(_rnd: Random, number: str) -> str:
    """Give the old form: no century, no check character."""
    return number[:6] + number[8:17]


def truncated(_rnd: Random, number: str) -> str:
    """Give what a spreadsheet leaves of a number: fifteen significant digits and three zeros."""
    return number[:15] + "000"


def untidy(rnd: Random, number: str) -> str:
    """Add blanks or an apostrophe, write a small x, or use full-width digits."""
    way = rnd.randrange(4)
    if way == 0:
        return number + " "
    if way == 1:
        return f"{number[:6]} {number[6:14]} {number[14:]}"
    return full_width(rnd, number) if way == 2 else "'" + number.lower()


def masked(_rnd: Random, number: str) -> str:
    """Hide the middle: the first six and the last four characters stay."""
    return f"{number[:6]}{'*' * 8}{number[-4:]}" if len(number) == 18 else number
