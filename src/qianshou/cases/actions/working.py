"""What a task team does: it answers at once, agrees on a strategy, meets, and acts."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.cases import permissions
from qianshou.cases.actions import moving
from qianshou.cases.models import Action, Meeting, Member, Strategy, TaskTeam
from qianshou.cases.queries import grounds
from qianshou.cases.rules import road
from qianshou.common import rowsecurity
from qianshou.common.errors import NotAllowed, NotFound, Refused

LONGEST: Final = 8000
MOST_GOALS: Final = 12


class AnsweredAlready(Refused):
    """Somebody has answered for this child already; what was done stands on its page."""


class GoalsMissing(Refused):
    """Write at least one goal, and for each goal how it is measured and until when."""


class NobodyAgreed(Refused):
    """Write down with whom the strategy was agreed, on a day that is not in the future."""


class NotStaffed(Refused):
    """First give the team its lead and a member; then agree on a strategy."""


class MeetingIsOver(Refused):
    """This meeting has been held or called off already; nothing was changed."""


class MinutesMissing(Refused):
    """Write the minutes: what was said and decided. A meeting without minutes was not held."""


class NotYetHeld(Refused):
    """A meeting that lies ahead cannot have been held. Change its time first."""


class NotAMember(Refused):
    """Give it to somebody who is in the team today."""


class DoneAlready(Refused):
    """This has been done or dropped already; nothing was changed."""


class ResultMissing(Refused):
    """Please say what came of it."""


class NotAgreed(Refused):
    """The guardian has not agreed to share with this unit. Ask first, or give it to staff."""


class DayIsOver(Refused):
    """The day lies in the past. Give a day from today on."""


@dataclass(frozen=True)
class Goal:
    """One goal: what is to be reached, how that is measured, from where to where, until when."""

    what: str
    measure: str
    baseline: str
    target: str
    until: date

    def as_data(self) -> dict[str, str]:
        """Return the goal as it is kept."""
        return {
            "what": self.what.strip(), "measure": self.measure.strip(),
            "baseline": self.baseline.strip(), "target": self.target.strip(),
            "until": self.until.isoformat(),
        }  # fmt: skip


@dataclass(frozen=True)
class Task:
    """What a member is to do until a day."""

    what: str
    owner: UUID
    due_on: date


@transaction.atomic
def answer(team: TaskTeam, *, by: User, words: str) -> TaskTeam:
    """Say what was done for the child at once; the clock of the first day stops."""
    if not permissions.can_see(by, team):
        raise NotAllowed
    if not words.strip():
        raise ResultMissing
    moving.note(team, "team.answered", by=by)
    held = moving.held_open(team, may=True)
    if held.answered_at is not None:
        raise AnsweredAlready
    held.answered_at, held.answered_by = timezone.now(), by
    held.answer = words.strip()[:LONGEST]
    held.save(update_fields=["answered_at", "answered_by", "answer"])
    return held


@transaction.atomic
def agree(
    team: TaskTeam, *, by: User, goals: Sequence[Goal], agreed_with: str, agreed_on: date,
    today: date,
) -> Strategy:  # fmt: skip
    """Write the next version of the strategy; the first one puts the team to work."""
    if not permissions.can_lead(by, team):
        raise NotAllowed
    whole = [each for each in goals if each.what.strip() and each.measure.strip()]
    if not whole or len(whole) != len(goals) or len(goals) > MOST_GOALS:
        raise GoalsMissing
    if not agreed_with.strip() or agreed_on > today:
        raise NobodyAgreed
    moving.note(team, "strategy.agreed", by=by, goals=len(goals))
    held = moving.held_open(team, may=True)
    if held.state in (road.OPENED, road.REOPENED):
        raise NotStaffed
    if held.state == road.STAFFED:
        held = moving.move(held.pk, "agree", by=by)
    last = Strategy.objects.filter(team=held).order_by("-version").first()
    made = Strategy(
        **moving.of(held), version=last.version + 1 if last else 1, by=by, agreed_on=agreed_on,
        agreed_with=agreed_with.strip()[:200],
    )  # fmt: skip
    made.goals = json.dumps([each.as_data() for each in goals], ensure_ascii=False)
    made.save(force_insert=True)
    return made


# -- meetings -------------------------------------------------------------------------------------


@transaction.atomic
def plan_meeting(team: TaskTeam, *, by: User, at: datetime, place: str, purpose: str) -> Meeting:
    """Plan a meeting of the team."""
    if not permissions.can_lead(by, team):
        raise NotAllowed
    if timezone.localdate(at) < timezone.localdate():
        raise DayIsOver
    moving.note(team, "meeting.planned", by=by)
    held = moving.held_open(team, may=True)
    return Meeting.objects.create(
        **moving.of(held),
        planned_at=at,
        place=place.strip()[:80],
        purpose=purpose.strip()[:200],
        planned_by=by,
    )


@transaction.atomic
def hold_meeting(
    meeting: Meeting, *, by: User, came: Collection[UUID], minutes: str,
    decisions: Sequence[Task] = (), now: datetime,
) -> Meeting:  # fmt: skip
    """Write down a meeting that was held: who came, what was said, and what was decided."""
    if not permissions.can_lead(by, meeting.team):
        raise NotAllowed
    if not minutes.strip():
        raise MinutesMissing
    moving.note(meeting.team, "meeting.held", by=by, decisions=len(decisions))
    team = moving.held_open(meeting.team, may=True)
    found = Meeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
    if found.state != Meeting.State.PLANNED:
        raise MeetingIsOver
    if timezone.localdate(found.planned_at) > timezone.localdate(now):
        raise NotYetHeld
    members = Member.objects.filter(team=team, ended_at=None).order_by("since", "pk")
    found.attendance = [
        {"member": str(each.pk), "name": each.name, "came": each.pk in came} for each in members
    ]
    found.state, found.held_by, found.held_at = Meeting.State.HELD, by, now
    found.minutes = minutes.strip()[:LONGEST]
    found.save(update_fields=["state", "held_by", "held_at", "attendance", "minutes"])
    for each in decisions:
        _give(team, each, by=by, meeting=found)
    return found


@transaction.atomic
def call_off(meeting: Meeting, *, by: User, reason: str) -> Meeting:
    """Call a planned meeting off, for a reason."""
    if not permissions.can_lead(by, meeting.team):
        raise NotAllowed
    if not reason.strip():
        raise moving.ReasonMissing
    moving.note(meeting.team, "meeting.called_off", by=by)
    rows = Meeting.objects.filter(pk=meeting.pk, state=Meeting.State.PLANNED)
    if not rows.update(state=Meeting.State.CALLED_OFF, off_for=reason.strip()[:200]):
        raise MeetingIsOver
    meeting.refresh_from_db()
    return meeting


# -- actions --------------------------------------------------------------------------------------


@transaction.atomic
def give(team: TaskTeam, task: Task, *, by: User, today: date) -> Action:
    """Give a member something to do until a day."""
    if not permissions.can_lead(by, team):
        raise NotAllowed
    if task.due_on < today:
        raise DayIsOver
    moving.note(team, "action.given", by=by, member=str(task.owner))
    return _give(moving.held_open(team, may=True), task, by=by, meeting=None)


def _give(team: TaskTeam, task: Task, *, by: User, meeting: Meeting | None) -> Action:
    owner = Member.objects.filter(team=team, pk=task.owner, ended_at=None).first()
    if owner is None:
        raise NotAMember
    if not grounds.ground_of(owner).is_open:
        raise NotAgreed
    return Action.objects.create(
        **moving.of(team), meeting=meeting, owner=owner, user_id=owner.user_id,
        mother_id=owner.mother_id, what=task.what.strip()[:200], due_on=task.due_on, by=by,
    )  # fmt: skip


@transaction.atomic
def finish(action: Action, *, by: User, result: str) -> Action:
    """Say that something is done, and what came of it: its owner does, or whoever leads."""
    leads = _leads(by, action)
    if not (permissions.is_owner(by, action) or leads):
        raise NotAllowed
    if not (leads or _may_hear(action)):
        raise NotAgreed
    return _settle(action, by=by, result=result, act="action.done")


@transaction.atomic
def drop(action: Action, *, by: User, reason: str) -> Action:
    """Drop something that need not be done any more, for a reason; only whoever leads may."""
    if not _leads(by, action):
        raise NotAllowed
    return _settle(action, by=by, result=reason, act="action.dropped", dropped=True)


def _may_hear(action: Action) -> bool:
    """Tell whether the owner, who sees her own row only, may hear of the child today."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        owner = Member.objects.get(pk=action.owner_id)
    return grounds.ground_of(owner).is_open


def _leads(user: User, action: Action) -> bool:
    return permissions.can_open(user, action.area_code)


def _settle(action: Action, *, by: User, result: str, act: str, dropped: bool = False) -> Action:
    if not result.strip():
        raise ResultMissing
    # An owner from outside the place may write this one row, which her own scope does not hold.
    with rowsecurity.acting(rowsecurity.SYSTEM):
        team = TaskTeam.objects.get(pk=action.team_id)
        moving.note(team, act, by=by, action=str(action.pk))
        held = Action.objects.select_for_update(of=("self",)).filter(pk=action.pk).first()
        if held is None:
            raise NotFound
        if held.done_at is not None:
            raise DoneAlready
        held.done_at, held.done_by, held.dropped = timezone.now(), by, dropped
        held.result = result.strip()[:LONGEST]
        held.save(update_fields=["done_at", "done_by", "dropped", "result"])
    return held
