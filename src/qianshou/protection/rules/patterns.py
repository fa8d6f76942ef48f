"""Patterns over weeks worth a look: silence after regular talk, a sinking mood, calls in vain."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

STOPPED, MOOD, NOT_REACHED = "STOPPED", "MOOD", "NOT_REACHED"
LOOK_BACK: Final = 84
REGULAR: Final = 4
LARGEST_GAP: Final = 10
SILENT: Final = 17
WEEKS_OF_MOOD: Final = 4
FALL: Final = 1.5
LOW: Final = 2.5
IN_VAIN: Final = 3


@dataclass(frozen=True)
class Pattern:
    """What was seen: its kind, how grave it may be, and the figures in its own order."""

    kind: str
    weight: int
    figures: tuple[float, ...]


def stopped(days: Sequence[date], *, today: date) -> Pattern | None:
    """See whether a pair that was in touch regularly has fallen silent of late."""
    known = sorted(set(days))
    if len(known) < REGULAR:
        return None
    last = known[-REGULAR:]
    regular = all((late - early).days <= LARGEST_GAP for early, late in pairwise(last))
    silence = (today - known[-1]).days
    if not regular or silence < SILENT:
        return None
    return Pattern(STOPPED, 3 if silence >= 2 * SILENT else 2, (silence,))


def mood_fell(moods: Sequence[tuple[date, int]], *, today: date) -> Pattern | None:
    """See whether the child's mood fell, week by week, to a low one."""
    by_week: dict[date, list[int]] = {}
    for day, mood in moods:
        if 0 <= (today - day).days <= LOOK_BACK:
            by_week.setdefault(day - timedelta(days=day.weekday()), []).append(mood)
    means = [sum(by_week[week]) / len(by_week[week]) for week in sorted(by_week)]
    recent = means[-WEEKS_OF_MOOD:]
    if len(recent) < WEEKS_OF_MOOD or (today - max(by_week)).days > 14:
        return None
    never_up = all(late <= early for early, late in pairwise(recent))
    fell = recent[0] - recent[-1]
    if not never_up or fell < FALL or recent[-1] > LOW:
        return None
    return Pattern(MOOD, 4 if recent[-1] <= 1.5 else 3, (recent[0], recent[-1]))


def not_reached(tries: Sequence[tuple[date, bool]], *, today: date) -> Pattern | None:
    """See whether the latest calls were all in vain."""
    in_vain = 0
    for _day, reached in sorted(tries, reverse=True):
        if reached:
            break
        in_vain += 1
    if in_vain < IN_VAIN or (today - max(tries)[0]).days > 21:
        return None
    return Pattern(NOT_REACHED, 3 if in_vain > IN_VAIN else 2, (in_vain,))
