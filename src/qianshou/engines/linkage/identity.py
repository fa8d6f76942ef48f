"""Resident identity numbers (GB 11643): reading, checking and mending what was typed.

A number is returned as 18 characters when it is whole, with `*` where it was masked or cut.
"""

import dataclasses
import datetime as dt
import functools
import operator
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from qianshou.engines.linkage import coded, digits, text

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
# What the digits' own codes add to the sum.
_ZEROS = ord("0") * sum(_WEIGHTS)
_MASK_TABLE = {ord(char): "*" for char in "*＊xX×●•?？#"}
# Two-digit province codes of the standard, 83 and 9x being residence permits.
_PROVINCE_CODES = (
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 "
    "61 62 63 64 65 71 81 82 83 91"
)
_PROVINCES = frozenset(_PROVINCE_CODES.split())
# Fewer numbers than this are read one by one sooner than all at once.
_FEW = 8
# Nobody born earlier still has a number of 15 digits; a clerk left out the century of a child.
_OLDEST_SHORT = "1930"
EARLIEST = 1900
LATEST = 2100


@dataclasses.dataclass(frozen=True, slots=True)
class IdNumber:
    """An identity number as far as it can be read.

    `canonical` has 18 characters (or is None), `valid` means that the check digit and the date
    hold, `problem` is a code, empty if all is well.
    """

    canonical: str | None
    valid: bool
    problem: str


NOTHING = IdNumber(None, valid=False, problem="EMPTY")


def check_digit(first17: str) -> str:
    """Give the 18th character by ISO 7064 MOD 11-2 for 17 digits."""
    total = sum(map(operator.mul, first17.encode("ascii"), _WEIGHTS)) - _ZEROS
    return _CHECK[total % 11]


def birth_text(number: str | None) -> str | None:
    """Give the eight date digits of an 18-character number if they form a date."""
    if number is None or len(number) != 18:
        return None
    digits = number[6:14]
    return digits if is_date(digits) else None


@functools.lru_cache(maxsize=65_536)
def is_date(digits: str) -> bool:
    """Tell whether eight digits form a calendar date between 1900 and 2100."""
    if len(digits) != 8 or not (digits.isascii() and digits.isdigit()):
        return False
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:])
    if not EARLIEST <= year <= LATEST:
        return False
    try:
        dt.date(year, month, day)
    except ValueError:
        return False
    return True


def sex(number: str) -> str | None:
    """Tell the sex from the 17th digit: odd is male; None if the digit is masked."""
    order = number[16:17]
    if not order.isdigit():
        return None
    return "M" if int(order) % 2 else "F"


def read_all(values: Sequence[str]) -> tuple[list[str | None], npt.NDArray[np.bool_]]:
    """Read many numbers, the regular ones all at once: canonical texts and which are valid."""
    if len(values) > _FEW:
        valid = regular(values)
    else:
        valid = np.array([is_regular(value) for value in values], np.bool_)
    texts: list[str | None] = list(values)
    odd = np.flatnonzero(~valid)
    odd = odd[~_masked_as_kept([values[at] for at in odd.tolist()])]
    for at in odd.tolist():
        found = read(values[at])
        texts[at], valid[at] = found.canonical, found.valid
    return texts, valid


def _masked_as_kept(values: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Tell which texts are masked numbers as we keep them: 18 digits, some of them stars."""
    found = np.array([len(value) == 18 and value.isascii() for value in values], np.bool_)
    rows = np.flatnonzero(found)
    signs = digits.letters([values[row] for row in rows.tolist()], 18)
    stars, last = signs == ord("*"), signs[:, 17]
    told = ((signs - np.uint8(ord("0")) <= 9) | stars)[:, :17].all(axis=1)
    told &= stars[:, :17].any(axis=1) & ~stars[:, 0]
    told &= ((last >= ord("0")) & (last <= ord("9"))) | (last == ord("X")) | stars[:, 17]
    found[rows] = told
    return found


def is_regular(value: str) -> bool:
    """Tell the same as `regular` of one text."""
    first = value[:17]
    return (
        len(value) == 18
        and first.isascii()
        and first.isdigit()
        and first != first[0] * 17
        and check_digit(first) == value[17]
        # Cut numbers and dates need the careful reader.
        and value[15:] != "000"
        and is_date(value[6:14])
        and value[:2] in _PROVINCES
    )


def regular(values: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Tell which texts are whole, valid numbers as they stand (18 ASCII digits, X last)."""
    found = np.array([len(value) == 18 and value.isascii() for value in values], np.bool_)
    rows = np.flatnonzero(found)
    signs = digits.letters([values[row] for row in rows.tolist()], 18)
    for here in coded.portions(len(rows)):
        found[rows[here]] = _regular(signs[here])
    return found


def _regular(signs: digits.Bytes) -> npt.NDArray[np.bool_]:
    """Tell the same of numbers by their signs."""
    first = signs[:, :17] - np.uint8(ord("0"))
    fine = np.array((first <= 9).all(axis=1) & (first[:, 1:] != first[:, :1]).any(axis=1))
    expected = np.frombuffer(_CHECK.encode("ascii"), np.uint8)
    fine &= expected[(first * np.array(_WEIGHTS, np.uint16)).sum(axis=1) % 11] == signs[:, 17]
    # Cut numbers and dates need the careful reader.
    fine &= (signs[:, 15:] != ord("0")).any(axis=1)
    rows = np.flatnonzero(fine)
    region = digits.numbers(signs[rows, :2])
    fine[rows] = _in_provinces()[region] & (births(signs[rows])[0] >= 0)
    return fine


@functools.cache
def _in_provinces() -> npt.NDArray[np.bool_]:
    return np.array([f"{code:02}" in _PROVINCES for code in range(100)], np.bool_)


def births(signs: digits.Bytes) -> tuple[coded.Ints, list[str]]:
    """Give the birthday in each number of 18 signs as a code (-1: no date) into the texts."""
    days = digits.numbers(signs[:, 6:14])
    first, which = coded.distinct(days + 1)
    texts = [f"{day:08}" for day in days[first].tolist()]
    return coded.known(which, [one if is_date(one) else None for one in texts])


def read(raw: object) -> IdNumber:
    """Read any spelling of an identity number; never raises."""
    typed = "".join(text.flat(raw).upper().split())
    if len(typed) > 40:
        return IdNumber(None, valid=False, problem="LENGTH")
    typed = typed.replace("-", "").replace(".", "").strip("'\"`‘’“”:：")
    for prefix in ("CHN", "身份证号", "身份证", "G"):
        typed = typed.removeprefix(prefix).lstrip(":：")
    if not typed or not (typed[0].isascii() and typed[0].isdigit()):
        return NOTHING if not typed else IdNumber(None, valid=False, problem="LETTERS")
    if _is_masked(typed):
        return _masked(typed)
    return _plain(typed)


def _plain(typed: str) -> IdNumber:
    body = typed[:-1] + ("0" if typed[-1] == "X" else typed[-1])
    if not (body.isascii() and body.isdigit()):
        return IdNumber(None, valid=False, problem="LETTERS")
    if len(set(body[:-1])) == 1:
        # 000000..., 111111... are typed to get past a required field.
        return IdNumber(None, valid=False, problem="DUMMY")
    if len(typed) == 18 or (len(typed) == 20 and body[:17].isdigit()):
        # A disabled person's card is the ID number, one digit of kind, one of grade.
        return _eighteen(typed[:18])
    if len(typed) == 15:
        return _fifteen(typed)
    if len(typed) in (14, 16, 17, 19):
        return IdNumber(typed.ljust(18, "*")[:18], valid=False, problem="LENGTH")
    return IdNumber(None, valid=False, problem="LENGTH")


def _eighteen(typed: str) -> IdNumber:
    if not typed[:17].isdigit():
        return IdNumber(None, valid=False, problem="LETTERS")
    right = check_digit(typed[:17]) == typed[17]
    if typed.endswith("000") and typed[:2] in _PROVINCES:
        # A spreadsheet keeps 15 significant digits of a number and fills up with noughts; one
        # such number in eleven passes the check, and a real one ends so once in thousands.
        return IdNumber(typed[:15] + "***", valid=False, problem="TRUNCATED")
    if right and is_date(typed[6:14]) and typed[:2] in _PROVINCES:
        return IdNumber(typed, valid=True, problem="")
    if not right:
        return IdNumber(typed, valid=False, problem="CHECK_DIGIT")
    return IdNumber(typed, valid=False, problem="DATE")


def _fifteen(typed: str) -> IdNumber:
    if not typed.isdigit():
        return IdNumber(None, valid=False, problem="LETTERS")
    long = typed[:6] + "19" + typed[6:]
    if is_date(long[6:14]) and long[6:10] >= _OLDEST_SHORT:
        return IdNumber(long + check_digit(long), valid=True, problem="")
    if is_date(typed[6:14]):
        return IdNumber(typed + "***", valid=False, problem="TRUNCATED")
    # Children born after 2000 whose clerk dropped the century as in the old form.
    young = typed[:6] + "20" + typed[6:]
    if is_date(young[6:14]):
        return IdNumber(young + check_digit(young), valid=False, problem="LENGTH")
    return IdNumber(None, valid=False, problem="DATE")


def _is_masked(typed: str) -> bool:
    inner = typed[:-1]
    return any(ord(char) in _MASK_TABLE for char in inner)


def _masked(typed: str) -> IdNumber:
    last = typed[-1]
    body = typed[:-1].translate(_MASK_TABLE)
    if not all(char == "*" or (char.isascii() and char.isdigit()) for char in body):
        return IdNumber(None, valid=False, problem="LETTERS")
    head = body[: body.index("*")]
    tail = body[body.rindex("*") + 1 :] + ("*" if last in "*＊×●•?？#" else last)
    if not (tail[-1].isdigit() or tail[-1] in "X*") or len(head) + len(tail) > 17:
        return IdNumber(None, valid=False, problem="LETTERS")
    if len(typed) == 18:
        # The mask keeps its place: digits between stars are kept where they stand.
        return IdNumber(body + tail[-1], valid=False, problem="MASKED")
    return IdNumber(head + "*" * (18 - len(head) - len(tail)) + tail, valid=False, problem="MASKED")


def complete(number: str, birth: str) -> str | None:
    """Fill a masked or mistyped birthday from the birth date if the check digit then holds.

    A masked number that shows region, order and check digit becomes whole; a wrong guess passes
    the check only once in eleven. Gives None if that does not work.
    """
    filled = number[:6] + birth + number[14:]
    if "*" in filled or not is_date(birth) or not _may_hold(number[6:14], birth):
        return None
    right = check_digit(filled[:17]) == filled[17] and filled[:2] in _PROVINCES
    return filled if right else None


def _may_hold(typed: str, birth: str) -> bool:
    """Tell whether at most one unmasked digit of the typed birthday differs from the real one."""
    return sum(a not in ("*", b) for a, b in zip(typed, birth, strict=True)) <= 1
