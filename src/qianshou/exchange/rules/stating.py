"""What a person states about one field of a source: its words, its range, whether it must be there.

The form is a table of words and codes with a few values beside it. What is wrong with it is told
by row and column of the form; what is right becomes the entry of that field in the profile.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from qianshou.exchange.rules import catalogue

RANGED: Final = ("int", "number")
CODED: Final = ("code", "codes", "sex", "flag")
# Without these two no row has a file; they are required whatever a profile says.
ALWAYS: Final = ("key", "name")
LONGEST: Final = 40
MOST: Final = 400
OLDEST: Final = 120


class Flaw(NamedTuple):
    """What is wrong with one cell of the form; row 0 is what stands beside the table."""

    row: int
    column: str
    code: str
    value: str = ""


class Stated(NamedTuple):
    """What the form says: words with their codes in their order, and the values beside them."""

    words: list[tuple[str, str]]
    values: dict[str, str]
    required: bool
    future: bool


def read(posted: Mapping[str, str]) -> Stated:
    """Read what was sent; rows that hold nothing at all are left out later."""
    words = []
    for at in range(MOST):
        if f"word-{at}" not in posted:
            break
        words.append((posted[f"word-{at}"].strip(), posted.get(f"code-{at}", "")))
    values = {name: posted.get(name, "").strip() for name in ("low", "high", "youngest", "oldest")}
    return Stated(words, values, "required" in posted, "future" in posted)


def stated_in(said: object, known: catalogue.Field) -> Stated:
    """Return what a profile says about a field, as the form shows it."""
    entry = said if isinstance(said, Mapping) else {}
    codes = entry.get("codes") or known.codes
    youngest, oldest = entry.get("age") or ("", "")
    values = {
        "low": _shown(entry.get("low", known.low)), "high": _shown(entry.get("high", known.high)),
        "youngest": str(youngest), "oldest": str(oldest),
    }  # fmt: skip
    words = [(str(word), str(code)) for word, code in codes.items()]
    return Stated(words, values, bool(entry.get("required")), bool(entry.get("future")))


def _shown(number: float | None) -> str:
    return "" if number is None else f"{number:g}"


def flaws_of(stated: Stated, known: catalogue.Field) -> list[Flaw]:
    """Return everything that is wrong, in the order of the form."""
    found: list[Flaw] = []
    if known.kind in CODED:
        found += _flaws_of_words(stated.words, set(known.codes.values()))
    if known.kind in RANGED:
        found += _flaws_of_range(stated.values, "low", "high", most=None)
    if known.kind == "date":
        found += _flaws_of_range(stated.values, "youngest", "oldest", most=OLDEST)
    return found


def _flaws_of_words(words: list[tuple[str, str]], allowed: set[str]) -> list[Flaw]:
    found, seen = [], dict[str, str]()
    for row, (word, code) in enumerate(words, start=1):
        if not word and not code:
            continue
        if not word:
            found.append(Flaw(row, "word", "NO_WORD"))
        elif len(word) > LONGEST:
            found.append(Flaw(row, "word", "LONG_WORD", word[:LONGEST]))
        elif seen.get(word, code) != code:
            found.append(Flaw(row, "word", "TWO_CODES", word))
        if word and code not in allowed:
            found.append(Flaw(row, "code", "NO_CODE", word))
        seen.setdefault(word, code)
    if not any(word for word, _code in words):
        found.append(Flaw(1, "word", "NO_WORDS"))
    return found


def _flaws_of_range(
    values: Mapping[str, str], low: str, high: str, *, most: int | None
) -> list[Flaw]:
    found, numbers = [], {}
    for name in (low, high):
        text = values[name]
        if not text:
            continue
        number = _number(text, whole=most is not None)
        if number is None or (most is not None and not 0 <= number <= most):
            found.append(Flaw(0, name, "NO_NUMBER" if most is None else "NO_AGE", text))
        else:
            numbers[name] = number
    if len(numbers) == 2 and numbers[low] > numbers[high]:
        found.append(Flaw(0, high, "TURNED", values[high]))
    if most is not None and not found and bool(values[low]) != bool(values[high]):
        found.append(Flaw(0, high if values[low] else low, "HALF"))
    return found


def _number(text: str, *, whole: bool) -> float | None:
    try:
        number = int(text) if whole else float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e12 else None


def entry_of(said: object, stated: Stated, known: catalogue.Field) -> dict[str, Any]:
    """Return a field's entry in the profile; what is as usual is not written, so it stays so."""
    entry = dict(said) if isinstance(said, Mapping) else {"header": said}
    for name in ("codes", "low", "high", "age", "future", "required"):
        entry.pop(name, None)
    if known.kind in CODED:
        entry |= _words_of(stated, known)
    if known.kind in RANGED:
        entry |= _range_of(stated.values, known)
    if known.kind == "date":
        entry |= _ages_of(stated)
    return entry | ({"required": True} if stated.required else {})


def _words_of(stated: Stated, known: catalogue.Field) -> dict[str, Any]:
    words = {word: code for word, code in stated.words if word}
    return {} if words == known.codes else {"codes": words}


def _range_of(values: Mapping[str, str], known: catalogue.Field) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, usual in (("low", known.low), ("high", known.high)):
        if values[name] and float(values[name]) != usual:
            number = float(values[name])
            found[name] = int(number) if number.is_integer() else number
    return found


def _ages_of(stated: Stated) -> dict[str, Any]:
    youngest, oldest = stated.values["youngest"], stated.values["oldest"]
    found: dict[str, Any] = {"age": [int(youngest), int(oldest)]} if youngest else {}
    return found | ({"future": True} if stated.future else {})
