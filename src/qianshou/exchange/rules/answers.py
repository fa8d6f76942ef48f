"""What a server's JSON says, read without belief: rows as plain texts by column."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

LONGEST: Final = 10_000
DEEPEST: Final = 4
MANY: Final = "、"
# Stands where no text can; the checks tell of it as an invisible character.
UNTOLD: Final = "\1"


class BadAnswer(Exception):  # noqa: N818 - named after the fact
    """The answer is not what the profile says it is."""


def read(body: bytes) -> Any:
    """Parse JSON; numbers stay texts, so that no digit of an ID number is lost."""
    try:
        return json.loads(
            body, parse_int=str, parse_float=str, parse_constant=_refuse, object_pairs_hook=_once
        )
    except (ValueError, RecursionError) as problem:
        raise BadAnswer from problem


def _refuse(_word: str) -> Any:
    raise BadAnswer


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that says one name twice: readers differ on which of them counts."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadAnswer
    return found


def at(answer: Any, path: str) -> Any:
    """Return what stands at a dotted path, or None."""
    for name in path.split(".") if path else ():
        if not isinstance(answer, Mapping):
            return None
        answer = answer.get(name)
    return answer


def rows_at(answer: Any, path: str) -> list[dict[str, str]]:
    """Return the rows at a path as texts by dotted column; raises `BadAnswer`."""
    found = at(answer, path)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise BadAnswer
    return [dict(_flat(each, "", 1)) for each in found]


def _flat(row: Mapping[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, str]]:
    for name, value in row.items():
        if isinstance(value, Mapping) and depth < DEEPEST:
            yield from _flat(value, f"{prefix}{name}.", depth + 1)
        else:
            yield f"{prefix}{name}", text_of(value)


def text_of(value: Any) -> str:
    """Return a value as the text of a cell; what no text can hold is marked, never dropped."""
    try:
        return _text(value)
    except RecursionError:
        # Lists in lists, a thousand deep: no department means that, and no row may stop the others.
        return UNTOLD


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return MANY.join(_text(each) for each in value)[:LONGEST]
    text = value if isinstance(value, str) else str(value)
    text = text.replace("\0", UNTOLD)[:LONGEST]
    return text.encode("utf-8", "replace").decode()


def total_at(answer: Any, path: str) -> int | None:
    """Return the number of rows that a server says it has, if it says one."""
    value = at(answer, path) if path else None
    if value is None:
        return None
    if not isinstance(value, str) or not value.isdecimal() or len(value) > 12:
        raise BadAnswer
    return int(value)


def word_at(answer: Any, path: str) -> str:
    """Return a short text such as a cursor; absent, null, false and empty all mean the end."""
    value = at(answer, path)
    if value is None or value is False or value == "":
        return ""
    if not isinstance(value, str) or len(value) > 2000 or not value.isprintable():
        raise BadAnswer
    return value
