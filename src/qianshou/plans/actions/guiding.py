"""Guidance of a family: the plan, its sessions, its homework, and the closing with a result."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import transaction
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common.errors import NotAllowed, Refused
from qianshou.common.identity import new_id
from qianshou.plans import permissions
from qianshou.plans.models import Guidance, Homework, Session
from qianshou.plans.rules import roads
from qianshou.registry.models import Child

LONGEST: Final = 4000
MOST_MINUTES: Final = 600


class RunningAlready(Refused):
    """This family has a plan already: one family, one plan. Change or close that one."""


class AimsMissing(Refused):
    """Say what the guidance aims at, in at most four thousand characters."""


class DayNotPossible(Refused):
    """This day does not fit: a plan begins by today and is reviewed later."""


class Closed(Refused):
    """This plan is closed; nothing more is written on it."""


class NotedAlready(Refused):
    """Somebody has noted already what became of it."""


class ReasonMissing(Refused):
    """Please say why."""


class NobodyPresent(Refused):
    """Say who of the family took part, and how long."""


class StillPlanned(Refused):
    """Some sessions are still planned. Note what became of them, or call them off."""


@dataclass(frozen=True)
class Aims:
    """What a plan is to reach, for whom, on what ground, and when it is looked at again."""

    basis: str
    aims: str
    for_whom: tuple[str, ...]
    review_on: date


@dataclass(frozen=True)
class Planned:
    """One session to come."""

    on: date
    form: str
    topic: str
    held_by: str


@dataclass(frozen=True)
class Became:
    """What became of a session: held with whom, or missed or called off and why."""

    act: str
    on: date
    minutes: int = 0
    present: tuple[str, ...] = ()
    note: str = ""
    reason: str = ""


def _require(by: User, area_code: str) -> None:
    if not permissions.is_staff_for(by, area_code):
        raise NotAllowed


@transaction.atomic
def begin(child: Child, aims: Aims, *, by: User, today: date) -> Guidance:
    """Open a plan for a child's family; there is one at a time."""
    _require(by, child.area_code)
    if not aims.aims.strip() or len(aims.aims) > LONGEST:
        raise AimsMissing
    if aims.review_on <= today:
        raise DayNotPossible
    Child.objects.select_for_update(of=("self",)).get(pk=child.pk)
    if Guidance.objects.running().filter(child=child).exists():
        raise RunningAlready
    made = Guidance(
        id=new_id(), child=child, area_code=child.area_code, basis=aims.basis,
        for_whom=sorted(aims.for_whom), lead=by, began_on=today, review_on=aims.review_on, by=by,
    )  # fmt: skip
    made.aims = aims.aims.strip()
    audit.record(
        "plans.guidance.begun", by=by, subject_kind="child", subject_id=child.pk,
        area_code=child.area_code, basis=aims.basis,
    )  # fmt: skip
    made.save(force_insert=True)
    return made


@transaction.atomic
def open_aims(guidance: Guidance, *, by: User, reason: str) -> tuple[str, str]:
    """Return what a plan aims at and what came of it; the reading stands in the trail."""
    _require(by, guidance.area_code)
    if not reason.strip():
        raise ReasonMissing
    audit.record(
        "plans.guidance.read", by=by, subject_kind="child", subject_id=guidance.child_id,
        area_code=guidance.area_code, reason=reason,
    )  # fmt: skip
    return guidance.aims.open(), guidance.outcome.open()


def _running(guidance: Guidance, by: User) -> Guidance:
    _require(by, guidance.area_code)
    held: Guidance = Guidance.objects.select_for_update(of=("self",)).get(pk=guidance.pk)
    if held.state != roads.RUNNING:
        raise Closed
    return held


@transaction.atomic
def plan_session(guidance: Guidance, planned: Planned, *, by: User, today: date) -> Session:
    """Plan one meeting with the family."""
    held = _running(guidance, by)
    if planned.on < today:
        raise DayNotPossible
    audit.record(
        "plans.session.planned", by=by, subject_kind="child", subject_id=held.child_id,
        area_code=held.area_code, form=planned.form,
    )  # fmt: skip
    return Session.objects.create(
        guidance=held, child_id=held.child_id, area_code=held.area_code, planned_on=planned.on,
        form=planned.form, topic=planned.topic.strip(), held_by=planned.held_by.strip(), by=by,
    )  # fmt: skip


@transaction.atomic
def note_session(session: Session, became: Became, *, by: User, today: date) -> Session:
    """Note what became of a planned session."""
    _require(by, session.area_code)
    held = Session.objects.select_for_update(of=("self",)).get(pk=session.pk)
    if not roads.SESSION.allows(became.act, held.state):
        raise NotedAlready
    step = roads.SESSION.step(became.act)
    _check(became, today, needs_reason=step.needs_reason)
    audit.record(
        "plans.session.noted", by=by, subject_kind="child", subject_id=held.child_id,
        area_code=held.area_code, state=step.target,
    )  # fmt: skip
    held.state, held.reason = step.target, became.reason.strip()[:200]
    if step.target == roads.HELD:
        held.held_on, held.minutes = became.on, became.minutes
        held.present, held.note = sorted(became.present), became.note.strip()
    held.noted_by, held.noted_at = by, timezone.now()
    held.save()
    return held


def _check(became: Became, today: date, *, needs_reason: bool) -> None:
    if needs_reason:
        if not became.reason.strip():
            raise ReasonMissing
        return
    if became.on > today:
        raise DayNotPossible
    if not became.present or not 1 <= became.minutes <= MOST_MINUTES:
        raise NobodyPresent
    if len(became.note) > LONGEST:
        raise AimsMissing


@transaction.atomic
def give_homework(
    guidance: Guidance, task: str, *, whose: str, due_on: date, by: User, today: date
) -> Homework:
    """Agree on something that the family tries at home."""
    held = _running(guidance, by)
    if due_on < today:
        raise DayNotPossible
    if not task.strip():
        raise AimsMissing
    audit.record(
        "plans.homework.given", by=by, subject_kind="child", subject_id=held.child_id,
        area_code=held.area_code,
    )  # fmt: skip
    return Homework.objects.create(
        guidance=held, child_id=held.child_id, area_code=held.area_code, task=task.strip(),
        whose=whose, due_on=due_on, by=by,
    )  # fmt: skip


@transaction.atomic
def note_homework(homework: Homework, act: str, *, by: User, remark: str = "") -> Homework:
    """Note how far something at home has come."""
    _require(by, homework.area_code)
    held = Homework.objects.select_for_update(of=("self",)).get(pk=homework.pk)
    if not roads.HOMEWORK.allows(act, held.state):
        raise NotedAlready
    step = roads.HOMEWORK.step(act)
    if step.needs_reason and not remark.strip():
        raise ReasonMissing
    audit.record(
        "plans.homework.noted", by=by, subject_kind="child", subject_id=held.child_id,
        area_code=held.area_code, state=step.target,
    )  # fmt: skip
    held.state, held.remark = step.target, remark.strip()[:200]
    held.noted_by, held.noted_at = by, timezone.now()
    held.save(update_fields=["state", "remark", "noted_by", "noted_at"])
    return held


@transaction.atomic
def close(guidance: Guidance, result: str, *, by: User, outcome: str, today: date) -> Guidance:
    """Close a plan with its result, once nothing is left open among its sessions."""
    held = _running(guidance, by)
    if not outcome.strip() or len(outcome) > LONGEST:
        raise ReasonMissing
    if held.sessions.filter(state=roads.PLANNED).exists():
        raise StillPlanned
    audit.record(
        "plans.guidance.closed", by=by, subject_kind="child", subject_id=held.child_id,
        area_code=held.area_code, result=result,
    )  # fmt: skip
    held.state, held.result, held.closed_on, held.closed_by = roads.CLOSED, result, today, by
    held.outcome = outcome.strip()
    held.save()
    return held
