"""How the items of pairings stand: what is owed now, what is late, what is done of the term."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q
from django.utils.translation import gettext as _

from qianshou.pairing.models import Pairing
from qianshou.plans.models import Goal, Plan, Slot
from qianshou.plans.queries import sets
from qianshou.plans.rules import calendar as days
from qianshou.plans.rules import checklist as rules
from qianshou.plans.rules import slots
from qianshou.plans.rules.checklist import Checklist, Item


@dataclass(frozen=True)
class Line:
    """One period of one item, in words."""

    item: Item
    name: str
    part: str
    part_name: str
    key: str
    first_on: date
    last_on: date
    needed: int
    done: int
    state: str
    days_left: int

    @property
    def tone(self) -> str:
        """Return the tone in which the state is shown."""
        return slots.TONES[self.state]

    @property
    def state_words(self) -> str:
        """Return the state in words."""
        return _(slots.STATES[self.state])

    @property
    def left(self) -> int:
        """Return how much is still to be done."""
        return slots.left_of(self.needed, self.done)

    @property
    def days_late(self) -> int:
        """Return how many days ago it should have been done."""
        return max(-self.days_left, 0)

    @property
    def by_mother(self) -> bool:
        """Tell whether a mother ticks it by hand."""
        return "MOTHER" in self.item.may_tick and self.item.evidence != "CONTACT"

    @property
    def whole_name(self) -> str:
        """Return the item with its part."""
        return f"{self.name} · {self.part_name}" if self.part_name else self.name


@dataclass(frozen=True)
class Progress:
    """One item of one pairing: its present periods, and how the term has gone."""

    item: Item
    name: str
    help: str
    often: str
    lines: tuple[Line, ...]
    owed: int
    fulfilled: int
    next_on: date | None
    may_tick: bool = False

    @property
    def shown(self) -> tuple[Line, ...]:
        """Return the periods worth showing: the coming ones only where there is no other."""
        now = tuple(each for each in self.lines if each.state != slots.SOON)
        return now or self.lines[:1]

    @property
    def state(self) -> str:
        """Return how the item stands as a whole: the most urgent of its periods."""
        found = {each.state for each in self.lines}
        order = (slots.LATE, slots.DUE, slots.DONE, slots.FREE, slots.SOON)
        return next((each for each in order if each in found), slots.SOON)

    @property
    def tone(self) -> str:
        """Return the tone in which the state is shown."""
        return slots.TONES[self.state]

    @property
    def state_words(self) -> str:
        """Return the state in words."""
        return _(slots.STATES[self.state])


def part_words(item: Item, part: str) -> str:
    """Return the name of a part or occasion."""
    if item.cadence == rules.OCCASION:
        return _(rules.OCCASIONS[part]) if part in rules.OCCASIONS else part
    return sets.words(dict(item.parts).get(part, {}))


def plans_of(pairings: Iterable[Pairing]) -> dict[UUID, Plan]:
    """Return the plans of pairings, by pairing."""
    ids = [each.pk for each in pairings]
    rows = Plan.objects.filter(pairing__in=ids).select_related("care_set", "pairing__child")
    return {each.pairing_id: each for each in rows}


def lines_of(plans: Sequence[Plan], today: date) -> dict[UUID, list[Line]]:
    """Return the periods of pairings that are open, late, or about to open.

    Reads what is written and adds what no daily work has opened yet: a page never shows less than
    is owed. Asks the database once, however many pairings there are.
    """
    ahead = today + timedelta(days=slots.AHEAD)
    rows = Slot.objects.filter(
        pairing__in=[each.pairing_id for each in plans], dropped=False, first_on__lte=ahead
    ).filter(Q(last_on__gte=today) | Q(heed_until__gte=today, done__lt=F("needed")))
    written: dict[UUID, dict[tuple[str, str, str], Any]] = {}
    for row in rows:
        written.setdefault(row.pairing_id, {})[row.item, row.part, row.key] = row
    return {each.pairing_id: _lines(each, written.get(each.pairing_id, {}), today)
            for each in plans}  # fmt: skip


def _lines(plan: Plan, written: dict[tuple[str, str, str], Any], today: date) -> list[Line]:
    checklist = sets.read(plan.care_set)
    expected = slots.slots_between(
        checklist, since=plan.since, begin=today, until=today + timedelta(days=slots.AHEAD),
        calendar=sets.calendar(), birth_on=plan.pairing.child.birth_on,
    )  # fmt: skip
    whole = {(each.item, each.part, each.key): (each, 0) for each in expected}
    whole |= {key: (row, row.done) for key, row in written.items()}
    order = {each.code: place for place, each in enumerate(checklist.items)}
    found = [
        line
        for slot, done in whole.values()
        if (line := _line(checklist, slot, done, today=today)) is not None
    ]
    return sorted(found, key=lambda each: (order[each.item.code], each.part, each.first_on))


def _line(checklist: Checklist, slot: Any, done: int, *, today: date) -> Line | None:
    item = checklist.item(slot.item)
    if item is None:
        return None
    return Line(
        item=item, name=sets.words(item.name), part=slot.part,
        part_name=part_words(item, slot.part), key=slot.key, first_on=slot.first_on,
        last_on=slot.last_on, needed=slot.needed, done=done,
        state=slots.state_of(slot, done, today), days_left=(slot.last_on - today).days,
    )  # fmt: skip


def open_lines(lines: Iterable[Line], *, free: bool = False) -> list[Line]:
    """Return what is to be done, first what is late, last (if `free`) what is not owed yet."""
    order = (slots.LATE, slots.DUE, slots.FREE) if free else (slots.LATE, slots.DUE)
    wanted = [each for each in lines if each.state in order]
    return sorted(wanted, key=lambda each: (order.index(each.state), each.last_on))


def progress_of(plan: Plan, today: date) -> list[Progress]:
    """Return every item of a pairing with its periods and its share of the present term."""
    checklist = sets.read(plan.care_set)
    lines = lines_of([plan], today)[plan.pairing_id]
    counts = _term_counts(plan, checklist, today)
    names = {each.item.code: each for each in sets.item_lines(checklist)}
    made = []
    for item in checklist.items:
        mine = tuple(each for each in lines if each.item.code == item.code)
        owed, fulfilled = counts.get(item.code, (0, 0))
        coming = [each.first_on for each in mine if each.state == slots.SOON]
        said = names[item.code]
        made.append(
            Progress(
                item, said.name, said.help, said.often, mine, owed, fulfilled,
                min(coming, default=None),
            )
        )  # fmt: skip
    return made


def _term_counts(plan: Plan, checklist: Checklist, today: date) -> dict[str, tuple[int, int]]:
    """Return of each item how many periods closed in this term, and how many were fulfilled."""
    term = days.term_around(today, checklist.terms)
    rows = Slot.objects.filter(
        pairing=plan.pairing_id, dropped=False, needed__gt=0, last_on__gte=term.first_on
    ).filter(Q(last_on__lt=today) | Q(done__gte=F("needed"), first_on__lte=today))
    counted = (
        rows.order_by()
        .values("item")
        .annotate(owed=Count("pk"), fulfilled=Count("pk", filter=Q(done__gte=F("needed"))))
    )
    return {each["item"]: (each["owed"], each["fulfilled"]) for each in counted}


def goals_of(pairings: Iterable[Pairing]) -> dict[UUID, Goal]:
    """Return the open goal of each pairing that has one."""
    rows = Goal.objects.open().filter(pairing__in=[each.pk for each in pairings])
    return {each.pairing_id: each for each in rows}
