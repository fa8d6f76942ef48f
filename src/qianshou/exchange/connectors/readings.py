"""Reading real cells of one column twice: as a source is read now, and as it would be."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from qianshou.exchange.connectors import intake, profile_files
from qianshou.exchange.queries.rows import problem_words
from qianshou.exchange.rules import cells
from qianshou.exchange.rules import profile as profiles
from qianshou.exchange.rules.problems import REFUSE

SHOWN: Final = 40
Read = tuple[profiles.Profile, profiles.Column]


class Compared(NamedTuple):
    """How many cells enter now and then, and the texts for which that differs or fails."""

    cells: int
    now: int
    then: int
    rows: list[dict[str, Any]]
    left_out: int


def column_of(data: Mapping[str, Any], where: str, name: str) -> Read:
    """Return a profile and one of its columns; raises `UnfitProfile`."""
    profile = profiles.parse(profile_files.checked(dict(data), where), where)
    return profile, profile.column(name)


def compared(
    texts: Counter[str], now: Read, then: Read, *, area_code: str, today: date
) -> Compared:
    """Read every text both ways; those that are kept out come first, the frequent before.

    Of a field that tells who somebody is only the reasons are returned, not the texts.
    """
    around = intake.surroundings(then[0], area_code, today)
    one, other = (cells.reading_of(column, around) for _profile, column in (now, then))
    enters_now = enters_then = 0
    found: Counter[tuple[str, str, str]] = Counter()
    hides = then[1].field.private
    for text, count in texts.items():
        old, new = _fault(one(text), now), _fault(other(text), then)
        enters_now += count * (not old)
        enters_then += count * (not new)
        if old or new:
            found["" if hides else text, old, new] += count
    order = sorted(found.items(), key=lambda item: (not item[0][2], -item[1], item[0]))
    rows: list[dict[str, Any]] = [
        {"text": text, "count": count, "now": old, "then": new} for (text, old, new), count in order
    ]
    return Compared(texts.total(), enters_now, enters_then, rows[:SHOWN], max(len(rows) - SHOWN, 0))


def _fault(cell: cells.Cell, read: Read) -> str:
    """Return in words why a cell would keep its row out; empty if it would not."""
    profile, column = read
    for problem in cell.problems:
        if profile.weight(problem.rule, column) == REFUSE:
            return problem_words(problem)["says"]
    return ""
