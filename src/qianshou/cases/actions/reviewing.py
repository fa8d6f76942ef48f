"""Reviews: the only way on which a task team closes, and never while the child is red."""

from datetime import date
from typing import Final

from django.db import transaction
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.assessment.models import Assessment, Grade
from qianshou.cases import permissions
from qianshou.cases.actions import moving
from qianshou.cases.models import Action, Lead, Meeting, Member, Review, TaskTeam
from qianshou.cases.queries import rhythms
from qianshou.common.errors import NotAllowed, Refused
from qianshou.registry.models import Child

LONGEST: Final = 8000


class StillRed(Refused):
    """The child is still red. A person has to confirm a milder grade before the team can close."""


class NotConfirmed(Refused):
    """Nobody has confirmed the grade since the team was opened. Confirm it, then close."""


class ActionsOpen(Refused):
    """Something is still to be done here. Let it be done, or drop it with a reason, first."""


class NextMissing(Refused):
    """Say what comes next for the child; no team ends without it."""


class ResultMissing(Refused):
    """Write down how the goals stand."""


@transaction.atomic
def begin(team: TaskTeam, *, by: User) -> TaskTeam:
    """Put a team under review."""
    if not permissions.can_lead(by, team):
        raise NotAllowed
    return moving.move(team.pk, "review", by=by)


@transaction.atomic
def go_on(team: TaskTeam, *, by: User, result: str, today: date) -> Review:
    """Let the team go on; the next review is as far away as the child's grade says."""
    if not permissions.can_lead(by, team):
        raise NotAllowed
    if not result.strip():
        raise ResultMissing
    grade = _grade(team)
    next_on = rhythms.rhythm_for(team.area_code).review_on(grade, today)
    held = moving.move(
        team.pk, "go_on", by=by, reason=grade, review_on=next_on, review_told_on=None
    )
    return _written(held, by=by, result=result, today=today, closes=False, next_on=next_on)


@transaction.atomic
def close(team: TaskTeam, *, by: User, result: str, next_step: str, today: date) -> Review:
    """Close the team: the grade is milder, a person has said so, and nothing is left open."""
    if not permissions.can_lead(by, team):
        raise NotAllowed
    if not result.strip():
        raise ResultMissing
    if next_step not in TaskTeam.Next.values:
        raise NextMissing
    _check_milder(team)
    if Action.objects.open().filter(team=team).exists():
        raise ActionsOpen
    now = timezone.now()
    held = moving.move(
        team.pk, "close", by=by, reason=next_step, closed_at=now, next_step=next_step
    )
    Lead.objects.filter(team=held, until=None).update(until=now)
    Member.objects.filter(team=held, ended_at=None).update(ended_at=now, ended_for="—")
    planned = Meeting.objects.filter(team=held, state=Meeting.State.PLANNED)
    planned.update(state=Meeting.State.CALLED_OFF, off_for="—")
    return _written(held, by=by, result=result, today=today, closes=True, next_step=next_step)


def _check_milder(team: TaskTeam) -> None:
    """A file that is closed has no grade any more; of every other a person has confirmed one."""
    if Child.objects.only("state").get(pk=team.child_id).state == Child.State.CLOSED:
        return
    found = Assessment.objects.current().filter(child=team.child_id).first()
    if found is None or found.grade == Grade.RED:
        raise StillRed
    if found.confirmed_at is None or found.confirmed_at < team.opened_at:
        raise NotConfirmed


def _grade(team: TaskTeam) -> str:
    found = Assessment.objects.current().filter(child=team.child_id)
    return found.values_list("grade", flat=True).first() or Grade.RED


def _written(
    team: TaskTeam, *, by: User, result: str, today: date, closes: bool,
    next_step: str = "", next_on: date | None = None,
) -> Review:  # fmt: skip
    made = Review(
        **moving.of(team), held_on=today, by=by, closes=closes, grade=_grade(team),
        next_step=next_step, next_on=next_on,
    )  # fmt: skip
    made.result = result.strip()[:LONGEST]
    made.save(force_insert=True)
    return made
