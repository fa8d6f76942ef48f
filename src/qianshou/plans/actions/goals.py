"""The child's own goal: written down, agreed by three, looked at together, and ended."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common.errors import NotAllowed, Refused
from qianshou.common.identity import new_id
from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life
from qianshou.plans import permissions
from qianshou.plans.actions import ticking
from qianshou.plans.models import Goal, GoalStep
from qianshou.plans.rules import roads

SIDES: Final = (roads.CHILD, roads.MOTHER, roads.GUARDIAN)
_COLUMN: Final = {
    roads.CHILD: "child_on", roads.MOTHER: "mother_on", roads.GUARDIAN: "guardian_on",
}  # fmt: skip
LONGEST_WORDS: Final = 1000


class GoalOpen(Refused):
    """There is a goal already. Reach, change or give up that one first."""


class WordsMissing(Refused):
    """A child of eight or more says the goal in its own words; write them down."""


class WordsTooLong(Refused):
    """The child's words are longer than a thousand characters."""


class DayNotPossible(Refused):
    """A goal ends on a day after today."""


class AimMissing(Refused):
    """Say what is to be reached, and by what you will see that it is."""


class ReasonMissing(Refused):
    """Please say why; it stays with the goal."""


class NotNow(Refused):
    """This goal has ended, or is not agreed yet."""


class AgreedAlready(Refused):
    """This side has agreed already."""


@dataclass(frozen=True)
class Wanted:
    """What is to be reached, by what one sees it, until when, and what the child said."""

    field: str
    aim: str
    measure: str
    until: date
    words: str = ""


@transaction.atomic
def propose(
    pairing: Pairing, wanted: Wanted, *, by: User, now: datetime, today: date,
    replaces: Goal | None = None,
) -> Goal:  # fmt: skip
    """Write a goal down; it begins once child, mother and guardian have agreed."""
    permissions.side_of(by, pairing)
    if pairing.ended_on is not None or pairing.state not in life.CARING:
        raise ticking.NotRunning
    _check(wanted, today)
    Pairing.objects.select_for_update(of=("self",)).get(pk=pairing.pk)
    if Goal.objects.open().filter(pairing=pairing).exists():
        raise GoalOpen
    audit.record(
        "plans.goal.proposed", by=by, subject_kind="pairing", subject_id=pairing.pk,
        area_code=pairing.area_code,
    )  # fmt: skip
    made = Goal(
        id=new_id(), pairing=pairing, mother_id=pairing.mother_id, area_code=pairing.area_code,
        field=wanted.field, aim=wanted.aim.strip(), measure=wanted.measure.strip(),
        until=wanted.until, replaces=replaces, made_by=by, made_at=now,
    )  # fmt: skip
    made.words = wanted.words.strip()
    made.save(force_insert=True)
    _note(made, GoalStep.Act.PROPOSE, by=by, now=now, on=today)
    return made


def _check(wanted: Wanted, today: date) -> None:
    if not wanted.aim.strip() or not wanted.measure.strip():
        raise AimMissing
    if wanted.until <= today:
        raise DayNotPossible
    if len(wanted.words) > LONGEST_WORDS:
        raise WordsTooLong


def _note(
    goal: Goal, act: str, *, by: User, now: datetime, on: date, how: str = "", reason: str = ""
) -> GoalStep:
    return GoalStep.objects.create(
        goal=goal, pairing_id=goal.pairing_id, mother_id=goal.mother_id,
        area_code=goal.area_code, act=act, how=how, reason=reason.strip()[:200], on=on, by=by,
        at=now,
    )  # fmt: skip


def _held(goal: Goal) -> Goal:
    found: Goal = (
        Goal.objects.select_for_update(of=("self",))
        .select_related("pairing__child")
        .get(pk=goal.pk)
    )
    return found


@transaction.atomic
def agree(
    goal: Goal, side: str, *, by: User, on: date, now: datetime, today: date, words: str = ""
) -> Goal:
    """Note that one of the three agrees; with the third the goal begins.

    The mother says yes for herself and notes the child's word; the guardian's is for staff.
    """
    mine = permissions.side_of(by, goal.pairing)
    if side not in SIDES or (mine == "MOTHER" and side == roads.GUARDIAN):
        raise NotAllowed
    if on > today:
        raise ticking.DayNotPossible
    held = _held(goal)
    if held.state != roads.PROPOSED:
        raise NotNow
    if getattr(held, _COLUMN[side]) is not None:
        raise AgreedAlready
    if side == roads.CHILD:
        _hear_the_child(held, words, today)
    audit.record(
        "plans.goal.agreed", by=by, subject_kind="pairing", subject_id=held.pairing_id,
        area_code=held.area_code, side=side,
    )  # fmt: skip
    setattr(held, _COLUMN[side], on)
    if all(getattr(held, column) for column in _COLUMN.values()):
        held.state = roads.GOAL.step("agree").target
    held.save(update_fields=["state", "words", *_COLUMN.values()])
    step = _note(held, f"AGREE_{side}", by=by, now=now, on=on)
    if held.state == roads.AGREED:
        ticking.goal_counts(held.pairing, step.pk, on=today, by=by, now=now)
    return held


def _hear_the_child(goal: Goal, words: str, today: date) -> None:
    """Keep the child's own words; an older child's yes does not count without them."""
    if len(words) > LONGEST_WORDS:
        raise WordsTooLong
    if words.strip():
        goal.words = words.strip()
    age = goal.pairing.child.age_on(today)
    if not goal.words and (age is None or age >= roads.OWN_WORDS_FROM):
        raise WordsMissing


@transaction.atomic
def review(goal: Goal, how: str, *, by: User, on: date, now: datetime, today: date) -> GoalStep:
    """Note that the goal was looked at together, and how it goes; it counts for the term."""
    permissions.side_of(by, goal.pairing)
    if on > today or on < goal.made_at.date():
        raise ticking.DayNotPossible
    held = _held(goal)
    if held.state != roads.AGREED:
        raise NotNow
    audit.record(
        "plans.goal.reviewed", by=by, subject_kind="pairing", subject_id=held.pairing_id,
        area_code=held.area_code, how=how,
    )  # fmt: skip
    step = _note(held, GoalStep.Act.REVIEW, by=by, now=now, on=on, how=how)
    ticking.goal_counts(held.pairing, step.pk, on=on, by=by, now=now)
    return step


@transaction.atomic
def end(goal: Goal, act: str, *, by: User, reason: str, now: datetime, today: date) -> Goal:
    """Reach, change or give up a goal; the last two need a reason, and all stays in the file."""
    side = permissions.side_of(by, goal.pairing)
    held = _held(goal)
    if not roads.GOAL.allows(act, held.state, actor=side):
        raise NotNow
    step = roads.GOAL.step(act)
    if step.needs_reason and not reason.strip():
        raise ReasonMissing
    audit.record(
        "plans.goal.ended", by=by, subject_kind="pairing", subject_id=held.pairing_id,
        area_code=held.area_code, reason=reason, state=step.target,
    )  # fmt: skip
    held.state = step.target
    held.save(update_fields=["state"])
    kind = {"reach": GoalStep.Act.REACH, "change": GoalStep.Act.CHANGE}.get(act, GoalStep.Act.DROP)
    _note(held, kind, by=by, now=now, on=today, reason=reason)
    return held


@transaction.atomic
def change(
    goal: Goal, wanted: Wanted, *, by: User, reason: str, now: datetime, today: date
) -> Goal:
    """Let another goal take a goal's place; all three are asked again."""
    old = end(goal, "change", by=by, reason=reason, now=now, today=today)
    return propose(old.pairing, wanted, by=by, now=now, today=today, replaces=old)


@transaction.atomic
def open_words(goal: Goal, *, by: User) -> str:
    """Return the child's own words; who read them stands in the trail."""
    if not permissions.can_see(by, goal.pairing):
        raise NotAllowed
    audit.record(
        "plans.goal.words_read", by=by, subject_kind="pairing", subject_id=goal.pairing_id,
        area_code=goal.area_code,
    )  # fmt: skip
    words: str = goal.words.open()
    return words
