"""What follows when a contact does not come: mother, town, county and city learn of it in turn.

Each step happens once for every silence. A portion of pairings, their reminders and the messages
are one transaction: killed in the middle, the next run goes on, and nobody is told twice.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.care import permissions
from qianshou.care.actions import clocks, telling
from qianshou.care.actions.telling import Silence
from qianshou.care.models import Clock, Reminder
from qianshou.care.queries import cadence, listening
from qianshou.care.rules import silence
from qianshou.care.rules.silence import Rules
from qianshou.common import copying, portions, rowsecurity
from qianshou.common.errors import NotAllowed, Refused
from qianshou.common.identity import new_id, new_ids
from qianshou.notices import actions as notices
from qianshou.notices import queries as times

AT_ONCE: Final = 1000
# The steps of several counties at once: `plan` says for each county and grade after how many days
# each step is taken today. Walked in the order of the index by area; whoever holds a clock or its
# pairing at this moment is left to the next run, so a worker never waits and nobody waits in a
# circle. A look into the plan costs the same for every row, which a join with it may not.
_DUE: Final = """
SELECT c.pairing_id, c.area_code, c.grade, c.every, c.heard_on, c.due_on, c.told,
       p.mother_id, m.phone, k.name, k.given_name
FROM care_clock c JOIN pairing_pairing p ON p.id = c.pairing_id
JOIN mothers_mother m ON m.id = p.mother_id JOIN registry_child k ON k.id = p.child_id
WHERE c.due_on < %(today)s AND c.area_code BETWEEN %(low)s AND %(high)s
  AND (c.area_code, c.due_on, c.pairing_id) > (%(low)s, %(day)s, %(last)s)
  AND %(today)s - c.due_on
    >= (%(plan)s::jsonb -> (left(c.area_code, 6) || c.grade) ->> c.told::int)::int
ORDER BY c.area_code, c.due_on, c.pairing_id LIMIT %(most)s
FOR UPDATE OF c SKIP LOCKED FOR KEY SHARE OF p SKIP LOCKED
"""
_TOLD: Final = """
UPDATE care_clock c SET told = n.reaches
FROM unnest(%s::uuid[], %s::smallint[]) AS n(id, reaches) WHERE c.pairing_id = n.id
"""
_COLUMNS: Final = (
    "id", "pairing_id", "area_code", "heard_on", "act", "days_late", "note", "by_id", "at",
)  # fmt: skip


class NotSilent(Refused):
    """This pair has been in touch meanwhile, or rests; nothing needs to be done."""


class WordsMissing(Refused):
    """Please write down in a few words what the mother said."""


@dataclass(frozen=True)
class _Plan:
    """What holds today in the counties of an area: their rules, and their days for each step."""

    rules: Mapping[str, Rules]
    days: Mapping[str, Sequence[int | None]]

    def silence_of(self, row: tuple[Any, ...], *, today: date) -> Silence:
        """Return a row of `_DUE` with how far its silence comes today."""
        _pairing, area_code, grade, _every, _heard, due_on, told, *_people = row
        late = (today - due_on).days
        days = self.days[f"{area_code[:6]}{grade}"]
        steps = sum(each is not None and each <= late for each in days[told:])
        return Silence._make((*row, told + steps))


def escalate(area_code: str, *, today: date) -> dict[str, int]:
    """Take every step that is due in an area; return how many of each were taken.

    However many counties the area has, each by its own rules and days off. A pairing that goes
    wrong is left to the next run and raised at the end, once all others are through.
    """
    low, high = area_rules.subtree(area_code)
    taken = dict.fromkeys(silence.TELLS, 0)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        plan = _plan_for(listening.late_counties(area_code, today=today), today=today)
    walk = _Walk(plan, today, (low, date.min, UUID(int=0)), high)
    while plan.days and walk.goes_on:
        told = walk.go()
        taken.update(Counter(taken) + Counter(tell for each in told for tell in each.steps))
    if walk.trouble is not None:
        raise walk.trouble
    return taken


@dataclass
class _Walk:
    """The silences of an area from place to place: in portions, or one by one where one fails."""

    plan: _Plan
    today: date
    after: tuple[str, date, UUID]
    until: str
    goes_on: bool = True
    # So many are still to be taken one by one, for a portion with them went wrong.
    alone: int = 0
    trouble: Exception | None = None

    def go(self) -> Sequence[Silence]:
        """Take the steps of the next portion; return those that were told."""
        found: Sequence[Silence] = ()
        told: Sequence[Silence] = ()
        most = 1 if self.alone else AT_ONCE
        try:
            with rowsecurity.acting(rowsecurity.SYSTEM):
                found = _due(self.plan, self.after, until=self.until, most=most, today=self.today)
                _tell(found, self.plan.rules, today=self.today)
        except Exception as problem:
            if not found:
                raise
            if most > 1:
                self.alone = len(found)
                return ()
            self.trouble = problem
        else:
            told = found
        self.goes_on = len(found) == most
        self.alone = max(self.alone - 1, 0)
        if found:
            self.after = (found[-1].area_code, found[-1].due_on, found[-1].pairing_id)
        return told


def _plan_for(counties: Sequence[str], *, today: date) -> _Plan:
    rules, calendars = cadence.rules_in(counties), times.calendars_for(counties)
    works = {county: calendars[county].is_working(today) for county in counties}
    return _Plan(rules, {
        f"{county[:6]}{grade}": silence.days_today(rules[county], grade, works=works[county])
        for county in counties
        for grade in silence.GRADES
    })  # fmt: skip


def _due(
    plan: _Plan, after: tuple[str, date, UUID], *, until: str, most: int, today: date
) -> list[Silence]:
    """Return the next silences with a step due, locked."""
    place, day, last = after
    with connection.cursor() as cursor:
        cursor.execute(
            _DUE,
            {
                "plan": json.dumps(plan.days), "today": today, "low": place, "high": until,
                "day": day, "last": last, "most": most,
            },
        )  # fmt: skip
        return [plan.silence_of(row, today=today) for row in cursor.fetchall()]


def _tell(found: Sequence[Silence], rules: Mapping[str, Rules], *, today: date) -> None:
    """Note the steps of a portion, tell whom they tell, and set how far each silence has come."""
    if not found:
        return
    _note_steps(found, today=today)
    notices.send_all(dict(telling.messages(found, rules, today=today)))
    with connection.cursor() as cursor:
        cursor.execute(
            _TOLD, [[each.pairing_id for each in found], [each.reaches for each in found]]
        )


def _note_steps(found: Sequence[Silence], *, today: date) -> None:
    now = timezone.now()
    steps = [(each, place) for each in found for place in range(each.told, each.reaches)]
    rows = [
        (
            key, each.pairing_id, each.area_code, each.heard_on, silence.TELLS[place],
            (today - each.due_on).days, b"", None, now + timedelta(microseconds=place),
        )
        for key, (each, place) in zip(new_ids(len(steps)), steps, strict=True)
    ]  # fmt: skip
    copying.copy_rows(Reminder, _COLUMNS, rows, ignore_conflicts=True)


# -- what staff do --------------------------------------------------------------------------------


@transaction.atomic
def remind_by_hand(pairing_id: UUID, *, by: User, today: date) -> Reminder:
    """Remind the mother now, because a person wants it; twice on one day is once."""
    clock = _silent(pairing_id, by=by, today=today)
    once = f"care/silent/{clock.pk}/{today}/BY_HAND"
    notices.send(telling.to_mother(Silence.of(clock), today=today), once=once)
    return _note(clock, Reminder.Act.BY_HAND, by=by, today=today)


@transaction.atomic
def note_call(pairing_id: UUID, *, by: User, today: date, note: str) -> Reminder:
    """Note that staff called the mother, and what she said. Her own contact stays due."""
    if not note.strip():
        raise WordsMissing
    clock = _silent(pairing_id, by=by, today=today)
    return _note(clock, Reminder.Act.CALLED, by=by, today=today, note=note.strip()[:500])


def _silent(pairing_id: UUID, *, by: User, today: date) -> Clock:
    rows = Clock.objects.select_related("pairing__child", "pairing__mother")
    clock = rows.select_for_update(of=("self",)).filter(pk=pairing_id).first()
    if clock is None:
        raise NotSilent
    if not permissions.can_follow(by, clock.area_code):
        raise NotAllowed
    if clock.due_on is None or clock.due_on >= today:
        raise NotSilent
    return clock


def _note(clock: Clock, act: str, *, by: User, today: date, note: str = "") -> Reminder:
    assert clock.due_on is not None
    made = Reminder(
        id=new_id(), pairing_id=clock.pairing_id, area_code=clock.area_code,
        heard_on=clock.heard_on, act=act, days_late=max((today - clock.due_on).days, 0), by=by,
        at=timezone.now(),
    )  # fmt: skip
    made.note = note
    made.save(force_insert=True)
    audit.record(
        f"care.silence.{act.lower()}", by=by, subject_kind="child",
        subject_id=clock.pairing.child_id, area_code=clock.area_code, pairing=clock.pairing_id,
    )  # fmt: skip
    return made


# -- the weekly digest ----------------------------------------------------------------------------


def digest_week(area_code: str, *, today: date) -> int:
    """Put an area's silence into the one digest of the week of its staff; return how many.

    Written on the first working day of the week, or on the first day after it on which a worker
    is there. One count of the clocks serves everybody.
    """
    with rowsecurity.acting(rowsecurity.SYSTEM):
        told = listening.digests_of(area_code, today=today)
    return portions.through(
        portions.of(told, clocks.AT_ONCE), lambda part: _digest_some(part, today=today)
    )


def _digest_some(told: Sequence[listening.Told], *, today: date) -> int:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        known = listening.with_digest((each.user for each in told), today=today)
        fresh = [each for each in told if each.user.pk not in known]
        notices.digest_all(
            [notices.Part(each.user, each.area_code, each.lines) for each in fresh],
            week=today - timedelta(days=today.weekday()), room="care", subject=listening.SUBJECT,
        )  # fmt: skip
    return len(fresh)
