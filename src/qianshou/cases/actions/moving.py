"""The one way on which a task team moves: along its table, under lock, with entry and step row."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.cases.models import (
    Action,
    Lead,
    Meeting,
    Member,
    Review,
    StepTaken,
    Strategy,
    TaskTeam,
)
from qianshou.cases.rules import road
from qianshou.common.errors import NotAllowed, Refused
from qianshou.common.machines import STAFF

# Every table of this room that hangs on a team and on its child.
BELONGINGS = (Lead, Member, Strategy, Meeting, Action, Review, StepTaken)


# Steps that follow from an act which has left its own entry.
SAID = frozenset({"staff", "agree"})


class NotNow(Refused):
    """Nothing was changed: this task team has moved on meanwhile. Look at it again."""


class ReasonMissing(Refused):
    """Please say why: it is kept with the task team."""


@transaction.atomic
def move(
    team_id: UUID, act: str, *, by: User | None, actor: str = STAFF, reason: str = "", **fields: Any
) -> TaskTeam:
    """Take one step; `fields` are further values of the team that belong to it."""
    step = road.TASK_TEAM.step(act)
    if step.needs_reason and not reason.strip():
        raise ReasonMissing
    seen = TaskTeam.objects.get(pk=team_id)
    # The entry comes first: the county's chain is the one lock that everybody takes first.
    if act not in SAID:
        note(seen, f"step.{act}", by=by)
    held = TaskTeam.objects.select_for_update(of=("self",)).get(pk=team_id)
    if not road.TASK_TEAM.allows(act, held.state, actor=actor):
        raise NotNow
    source, held.state, held.state_since = held.state, step.target, timezone.now()
    for name, value in fields.items():
        setattr(held, name, value)
    held.save(update_fields=["state", "state_since", *fields])
    StepTaken.objects.create(
        **of(held), act=act, source=source, target=held.state, by=by, reason=reason.strip()[:200]
    )
    return held


def of(team: TaskTeam) -> dict[str, Any]:
    """Return the columns that tie a row to its team, child and place."""
    return {"team": team, "child_id": team.child_id, "area_code": team.area_code}


def note(team: TaskTeam, act: str, *, by: User | None, **details: Any) -> None:
    """Write the trail's entry of an act on a team; what was said stays in the sealed file."""
    audit.record(
        f"cases.{act}", by=by, subject_kind="child", subject_id=team.child_id,
        area_code=team.area_code, team=str(team.pk), **details,
    )  # fmt: skip


def held_open(team: TaskTeam, *, may: bool) -> TaskTeam:
    """Lock a team on which a person is about to write; raises `NotAllowed` and `NotNow`."""
    if not may:
        raise NotAllowed
    held = TaskTeam.objects.select_for_update(of=("self",)).get(pk=team.pk)
    if not held.is_open:
        raise NotNow
    return held
