"""The calendar of a mother's free time: seven weekdays and holidays, three parts of a day each.

The matching knows four broad times; they follow from the calendar and are never set beside it.
"""

from collections.abc import Iterable
from typing import Final

DAYS: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN", "HOLIDAY")
PARTS: Final = ("MORNING", "AFTERNOON", "EVENING")
SLOTS: Final = tuple(f"{day}_{part}" for day in DAYS for part in PARTS)
_KNOWN: Final = frozenset(SLOTS)
_DAYTIME: Final = ("MORNING", "AFTERNOON")


def ordered(slots: Iterable[str]) -> list[str]:
    """Return known slots, each once, in the order of the week; others are dropped."""
    found = set(slots) & _KNOWN
    return [slot for slot in SLOTS if slot in found]


def time_of(slot: str) -> str:
    """Return the broad time in which a slot lies."""
    day, part = slot.rsplit("_", 1)
    if day == "HOLIDAY":
        return "HOLIDAY"
    if day in ("SAT", "SUN"):
        return "WEEKEND"
    return "WEEKDAY_DAY" if part in _DAYTIME else "WEEKDAY_EVENING"


def times_of(slots: Iterable[str]) -> list[str]:
    """Return the broad times of a calendar, in a fixed order."""
    found = {time_of(slot) for slot in ordered(slots)}
    return [
        each for each in ("WEEKDAY_DAY", "WEEKDAY_EVENING", "WEEKEND", "HOLIDAY") if each in found
    ]


def slots_of(times: Iterable[str]) -> list[str]:
    """Return the widest calendar that broad times allow, for a file that states only those."""
    wanted = set(times)
    return [slot for slot in SLOTS if time_of(slot) in wanted]
