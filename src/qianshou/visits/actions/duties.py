"""What follows from a visit is done with a result, handed on, or goes one level up when late."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common import portions, rowsecurity
from qianshou.common.errors import NotAllowed, Refused
from qianshou.notices import actions as notices
from qianshou.visits import permissions
from qianshou.visits.models import VisitTask
from qianshou.visits.queries import books


class DoneAlready(Refused):
    """Somebody has done this already."""


class ResultMissing(Refused):
    """Please say what came of it."""


class NotStaffHere(Refused):
    """This person does not visit families where the child lives."""


class DayOver(Refused):
    """Choose a day from today on."""


def _held(task: VisitTask, by: User) -> VisitTask:
    if not permissions.can_do(by, task):
        raise NotAllowed
    held = VisitTask.objects.select_for_update(of=("self",)).get(pk=task.pk)
    if held.done_at is not None:
        raise DoneAlready
    return held


@transaction.atomic
def finish(task: VisitTask, *, by: User, result: str, now: datetime) -> VisitTask:
    """Say that a task is done, and what came of it."""
    held = _held(task, by)
    if not result.strip():
        raise ResultMissing
    held.done_at, held.done_by, held.result = now, by, result.strip()[:200]
    held.save(update_fields=["done_at", "done_by", "result"])
    _note(held, "visits.task.done", by=by)
    return held


@transaction.atomic
def hand_on(task: VisitTask, *, by: User, owner: User, due_on: date, today: date) -> VisitTask:
    """Give a task to somebody who visits families there, with a day."""
    held = _held(task, by)
    if not permissions.can_visit(owner, held.area_code):
        raise NotStaffHere
    if due_on < today:
        raise DayOver
    held.owner, held.due_on, held.escalated_at = owner, due_on, None
    held.save(update_fields=["owner", "due_on", "escalated_at"])
    _note(held, "visits.task.handed_on", by=by, owner=owner.pk)
    return held


def escalate(*, today: date, now: datetime) -> int:
    """Take tasks that are late by more days than the book allows one level up, once each.

    They stand on top of the county's list, and their owner is told.
    """
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = VisitTask.objects.late_on(today).filter(escalated_at=None)
        late = list(rows.select_related("owner"))
    return portions.each(late, lambda task: _raise_late(task, today=today, now=now))


def _raise_late(task: VisitTask, *, today: date, now: datetime) -> int:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        wait = timedelta(days=books.book_for(area_rules.county_code(task.area_code)).escalate_days)
        return _raise(task, now) if today - task.due_on >= wait else 0


def _raise(task: VisitTask, now: datetime) -> int:
    rows = VisitTask.objects.filter(pk=task.pk, escalated_at=None, done_at=None)
    if not rows.update(escalated_at=now):
        return 0
    _note(task, "visits.task.escalated", by=None)
    notices.send(
        notices.Message(
            kind="visits.task.late", to_kind="USER", to_id=task.owner_id,
            area_code=task.area_code, subject=gettext_noop("Something after a visit is late"),
            text=gettext_noop("A task after a home visit was due on %(day)s. The county sees it."),
            params={"day": task.due_on.isoformat()}, link="/visits/tasks/?what=LATE",
            about_kind="visit_task", about_id=task.pk,
        ),
        once=f"visits/late/{task.pk}/{task.due_on.isoformat()}",
    )  # fmt: skip
    return 1


def _note(task: VisitTask, act: str, *, by: User | None, **more: Any) -> None:
    audit.record(
        act, by=by, subject_kind="child", subject_id=task.child_id, area_code=task.area_code,
        visit=task.visit_id, **more,
    )  # fmt: skip
