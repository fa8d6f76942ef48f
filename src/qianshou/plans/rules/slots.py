"""What is owed when: the slots of a checklist for one pairing, and how each of them stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from qianshou.plans.rules import calendar as days
from qianshou.plans.rules.calendar import Calendar
from qianshou.plans.rules.checklist import OCCASION, Checklist, Item

# Slots are opened so many days ahead, so that no Monday begins without its week.
AHEAD: Final = 10
# What was missed stays on the list until the next period closes, and no longer than this.
HEEDED: Final = timedelta(days=62)
DONE, DUE, LATE, SOON, FREE = "DONE", "DUE", "LATE", "SOON", "FREE"
TONES: Final = {DONE: "good", DUE: "wait", LATE: "bad", SOON: "neutral", FREE: "neutral"}


def _(message: str) -> str:
    """Mark a word for translation without translating it here."""
    return message


STATES: Final = {
    DONE: _("done"),
    DUE: _("due"),
    LATE: _("late"),
    SOON: _("not yet"),
    FREE: _("free to do"),
}


@dataclass(frozen=True)
class Slot:
    """One period of one item: what is needed between two days; `needed` 0 where nothing is owed."""

    item: str
    part: str
    key: str
    first_on: date
    last_on: date
    needed: int
    heed_until: date


def slots_between(
    checklist: Checklist, *, since: date, begin: date, until: date, calendar: Calendar,
    birth_on: date | None,
) -> Iterator[Slot]:  # fmt: skip
    """Yield what a pairing under this checklist since a day has to do within a stretch of time.

    A period that had begun before the pairing is owed if at least half of it was left; what is
    done in it counts in any case.
    """
    begin = max(begin, since)
    for item in checklist.items:
        if item.cadence == OCCASION:
            yield from _on_occasions(
                item, checklist, since=since, begin=begin, until=until, calendar=calendar,
                birth_on=birth_on,
            )  # fmt: skip
            continue
        for period in days.periods_between(item.cadence, begin, until, terms=checklist.terms):
            length = period.last_on - period.first_on + days.ONE_DAY
            left = period.last_on - max(since, period.first_on) + days.ONE_DAY
            needed = item.minimum if left * 2 >= length else 0
            heed = period.last_on + min(length, HEEDED)
            for part in item.part_codes:
                yield Slot(
                    item.code, part, period.key, period.first_on, period.last_on, needed, heed
                )


def _on_occasions(
    item: Item, checklist: Checklist, *, since: date, begin: date, until: date,
    calendar: Calendar, birth_on: date | None,
) -> Iterator[Slot]:  # fmt: skip
    for code in item.occasions:
        for each in days.occasions_between(
            code, begin, until, terms=checklist.terms, calendar=calendar, birth_on=birth_on
        ):
            needed = item.minimum if each.on >= since else 0
            heed = each.last_on + HEEDED
            yield Slot(item.code, code, each.key, each.first_on, each.last_on, needed, heed)


def state_of(slot: Slot, done: int, today: date) -> str:
    """Return how a slot stands on a day."""
    if done >= slot.needed and (slot.needed or done):
        return DONE
    if not slot.needed:
        return FREE
    if today > slot.last_on:
        return LATE
    return SOON if today < slot.first_on else DUE


def left_of(needed: int, done: int) -> int:
    """Return how much is still to be done."""
    return max(needed - done, 0)
