"""Ending a pairing well: begun with a decision about the child, closed, talked over, or renewed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.assessment.actions import alarms
from qianshou.audit import actions as audit
from qianshou.common import bus
from qianshou.common.errors import NotAllowed, Refused
from qianshou.common.machines import STAFF, SYSTEM
from qianshou.pairing.actions import moving
from qianshou.pairing.actions.moving import Actor, Why
from qianshou.pairing.models import Bar, EndCause, NextStep, Pairing
from qianshou.pairing.rules import life
from qianshou.support import permissions
from qianshou.support.actions import duties, following
from qianshou.support.events import PairingClosed
from qianshou.support.models import Duty, Ending, EndingStep
from qianshou.support.queries import schedules
from qianshou.support.rules import schedule as rules

ADULT: Final = 18
REVIEW: Final = timedelta(hours=24)


class NothingDecided(Refused):
    """Say what comes next for the child; no pairing closes without it."""


class CoolDownAsked(Refused):
    """The schedule asks for a cool-down after such an ending, and for a day on which it ends."""


class NotGrown(Refused):
    """The child is not 18 yet, so it cannot leave as grown up. Choose another next step."""


class MeetingMissing(Refused):
    """First hold the last meeting, or say why there is none."""


class StepDone(Refused):
    """This step has been noted already."""


class WhyNot(Refused):
    """Say why this step is not taken."""


class NotClosing(Refused):
    """This ending is over, or was taken back."""


class AnotherPerson(Refused):
    """Somebody else than who closed the pairing reviews it."""


@dataclass(frozen=True)
class Decision:
    """How a pairing ends, why, and what comes next for its child."""

    kind: str
    cause: str
    reason: str
    next_step: str
    cool_until: date | None = None


@transaction.atomic
def begin(pairing: Pairing, decided: Decision, *, by: User | None, today: date) -> Ending:
    """Begin the ending of a pairing, or end it at once for safety; nothing is left undecided.

    `by` None is the system, for a mother who leaves: it begins closings and never closes.
    """
    is_safety = decided.kind == Ending.Kind.SAFETY
    if by is not None and not permissions.can_close(by, pairing):
        raise NotAllowed
    if is_safety and by is None:
        raise NotAllowed
    cool_until = _checked(pairing, decided, today=today)
    audit.record(
        "support.ending.begun", by=by, subject_kind="child", subject_id=pairing.child_id,
        area_code=pairing.area_code, reason=decided.reason, kind=decided.kind,
        next_step=decided.next_step, pairing=pairing.pk, mother=pairing.mother_id,
    )  # fmt: skip
    held = moving.move(
        pairing.pk, "close_for_safety" if is_safety else "begin_closing",
        actor=Actor(by, STAFF if by else SYSTEM), today=today,
        why=Why(decided.reason, decided.cause), next_step=decided.next_step,
        end_cause=decided.cause,
    )  # fmt: skip
    ending = _write(held, decided, by=by, today=today, cool_until=cool_until)
    following.reckon_some([held], today=today)
    if is_safety:
        _after_closing(ending, by=by, today=today)
    return ending


def _checked(pairing: Pairing, decided: Decision, *, today: date) -> date | None:
    """Return until when the child cools down; refuse a decision that decides nothing."""
    if (
        decided.next_step not in NextStep.values
        or decided.kind not in Ending.Kind.values
        or decided.cause not in EndCause.values
    ):
        raise NothingDecided
    if not decided.reason.strip():
        raise moving.StepNeedsReason
    age = pairing.child.age_on(today)
    if decided.next_step == NextStep.GROWN and age is not None and age < ADULT:
        raise NotGrown
    plan = schedules.schedule_for(area_rules.county_code(pairing.area_code))
    days = plan.cool_down_days[decided.kind]
    if decided.next_step == NextStep.REMATCH and days:
        raise CoolDownAsked
    if decided.next_step != NextStep.COOL_DOWN:
        return None
    until = decided.cool_until or today + timedelta(days=max(days, 1))
    if until < today + timedelta(days=max(days, 1)):
        raise CoolDownAsked
    return until


def _write(
    pairing: Pairing, decided: Decision, *, by: User | None, today: date, cool_until: date | None
) -> Ending:
    plan = schedules.schedule_for(area_rules.county_code(pairing.area_code))
    is_safety = decided.kind == Ending.Kind.SAFETY
    ending = Ending.objects.create(
        pairing=pairing, area_code=pairing.area_code, kind=decided.kind, cause=decided.cause,
        reason=decided.reason.strip()[:200], next_step=decided.next_step, cool_until=cool_until,
        contact_rules=plan.contact_afterwards["zh"], opened_on=today, by=by,
        closed_on=today if is_safety else None, closed_by=by if is_safety else None,
    )  # fmt: skip
    EndingStep.objects.bulk_create(
        EndingStep(
            ending=ending, area_code=ending.area_code, position=position, code=step.code,
            who=step.who, text=dict(step.text), due_on=today + timedelta(days=step.days),
        )
        for position, step in enumerate(plan.endings[decided.kind])
    )  # fmt: skip
    return ending


@dataclass(frozen=True)
class Taken:
    """What became of one step of an ending."""

    outcome: str
    on: date
    why_not: str = ""
    note: str = ""


@transaction.atomic
def take_step(step: EndingStep, taken: Taken, *, by: User, today: date) -> EndingStep:
    """Note a step; a talk may be refused, or a side unreachable, with the reason."""
    pairing = step.ending.pairing
    if not permissions.can_support(by, pairing):
        raise NotAllowed
    if taken.outcome != EndingStep.Outcome.DONE and not taken.why_not.strip():
        raise WhyNot
    audit.record(
        "support.ending.step_noted", by=by, subject_kind="child", subject_id=pairing.child_id,
        area_code=step.area_code, reason=taken.why_not, step=step.code, outcome=taken.outcome,
        pairing=pairing.pk,
    )  # fmt: skip
    held = EndingStep.objects.select_for_update(of=("self",)).get(pk=step.pk)
    if held.outcome != EndingStep.Outcome.OPEN:
        raise StepDone
    if step.ending.renewed_on is not None:
        raise NotClosing
    held.outcome, held.done_on, held.done_by = taken.outcome, min(taken.on, today), by
    held.why_not = taken.why_not.strip()[:200]
    if taken.note.strip():
        held.note = taken.note.strip()[:2000]
    held.save(update_fields=["outcome", "done_on", "done_by", "why_not", "note"])
    _finish(step.ending, by=by, today=today)
    return held


def _finish(ending: Ending, *, by: User, today: date) -> None:
    """Let the pairing rest for good once it is closed and every step is noted."""
    held = Ending.objects.select_for_update(of=("self",)).get(pk=ending.pk)
    if held.closed_on is None or held.finished_on is not None:
        return
    if held.steps.filter(outcome=EndingStep.Outcome.OPEN).exists():
        return
    moving.move(held.pairing_id, "finish_talks", actor=Actor(by), today=today)
    held.finished_on = today
    held.save(update_fields=["finished_on"])


@transaction.atomic
def close(ending: Ending, *, by: User, today: date) -> Ending:
    """Close a pairing after its last meeting; what was decided for the child takes effect."""
    pairing = ending.pairing
    if not permissions.can_close(by, pairing):
        raise NotAllowed
    held = Ending.objects.select_for_update(of=("self",)).get(pk=ending.pk)
    if held.closed_on is not None or held.renewed_on is not None:
        raise NotClosing
    if held.steps.filter(code=rules.LAST_MEETING, outcome=EndingStep.Outcome.OPEN).exists():
        raise MeetingMissing
    why = Why(held.reason, held.cause)
    moving.move(pairing.pk, "close", actor=Actor(by), today=today, why=why)
    held.closed_on, held.closed_by = today, by
    held.save(update_fields=["closed_on", "closed_by"])
    _after_closing(held, by=by, today=today)
    _finish(held, by=by, today=today)
    return held


@transaction.atomic
def renew(ending: Ending, *, by: User, today: date, reason: str) -> Ending:
    """Take an ending back: the two go on."""
    pairing = ending.pairing
    if not permissions.can_close(by, pairing):
        raise NotAllowed
    held = Ending.objects.select_for_update(of=("self",)).get(pk=ending.pk)
    if held.closed_on is not None or held.renewed_on is not None:
        raise NotClosing
    moving.move(
        pairing.pk, "renew", actor=Actor(by), today=today, why=Why(reason), next_step="",
        end_cause="",
    )  # fmt: skip
    held.renewed_on, held.renewed_for = today, reason.strip()[:200]
    held.save(update_fields=["renewed_on", "renewed_for"])
    following.reckon_some([pairing], today=today)
    return held


# -- what follows for child and mother ------------------------------------------------------------

_BARRED: Final[Mapping[str, str]] = {
    NextStep.COOL_DOWN: Bar.Kind.COOL_DOWN,
    NextStep.MONITORED: Bar.Kind.MONITORED,
    NextStep.OTHER_CARE: Bar.Kind.OUT,
    NextStep.GROWN: Bar.Kind.OUT,
}


def _after_closing(ending: Ending, *, by: User | None, today: date) -> None:
    pairing = ending.pairing
    kind = _BARRED.get(ending.next_step)
    if kind is not None:
        _bar(ending, kind, by=by, child=pairing.child_id, until=ending.cool_until)
    plan = schedules.schedule_for(area_rules.county_code(pairing.area_code))
    rest = plan.rest_days[ending.kind]
    if rest:
        until = today + timedelta(days=rest)
        _bar(ending, Bar.Kind.COOL_DOWN, by=by, mother=pairing.mother_id, until=until)
    duties.settle_all(pairing, by=by, outcome=str(_("The pairing was closed.")))
    if ending.kind == Ending.Kind.SAFETY:
        alarms.raise_alarm(pairing.child_id, once=f"ending/{ending.pk}", today=today)
        _bar(ending, Bar.Kind.SAFETY, by=by, mother=pairing.mother_id)
        _bar(ending, Bar.Kind.PAIR, by=by, mother=pairing.mother_id, child=pairing.child_id)
        duties.open_duty(
            pairing, Duty.Kind.SAFETY, once=f"safety:{ending.pk}", due_at=timezone.now() + REVIEW,
            why=ending.reason,
        )  # fmt: skip
    bus.publish(
        PairingClosed(
            pairing.pk, pairing.child_id, pairing.mother_id, pairing.area_code, ending.kind,
            ending.next_step,
        )
    )  # fmt: skip


def _bar(
    ending: Ending, kind: str, *, by: User | None, until: date | None = None, **whom: UUID
) -> Bar:
    ids: dict[str, Any] = {f"{name}_id": value for name, value in whom.items()}
    return Bar.objects.create(
        kind=kind, pairing=ending.pairing, area_code=ending.area_code, reason=ending.reason, by=by,
        until=until, **ids,
    )  # fmt: skip


@transaction.atomic
def lift(bar: Bar, *, by: User, reason: str) -> Bar:
    """Lift a bar after a review: the mother, or the child, can be matched again."""
    if bar.kind == Bar.Kind.PAIR or not permissions.can_close(by, bar.pairing):
        raise NotAllowed
    if not reason.strip():
        raise moving.StepNeedsReason
    if not permissions.can_lift(by, bar):
        raise AnotherPerson
    audit.record(
        "support.bar.lifted", by=by, area_code=bar.area_code, reason=reason, kind=bar.kind,
        subject_kind="mother" if bar.mother_id else "child",
        subject_id=bar.mother_id or bar.child_id, pairing=bar.pairing_id,
    )  # fmt: skip
    held = Bar.objects.select_for_update(of=("self",)).get(pk=bar.pk)
    if held.lifted_at is not None:
        raise NotClosing
    held.lifted_at, held.lifted_by, held.lifted_for = timezone.now(), by, reason.strip()[:200]
    held.save(update_fields=["lifted_at", "lifted_by", "lifted_for"])
    if held.kind == Bar.Kind.SAFETY:
        duties.settle_all(held.pairing, Duty.Kind.SAFETY, by=by, outcome=held.lifted_for)
    return held


@transaction.atomic
def withdraw_by_system(pairing: Pairing, *, today: date, reason: str) -> None:
    """Free a child and a place whose care has not begun, because the mother cannot begin it."""
    if pairing.state not in life.BEFORE_CARE:
        return
    moving.move(
        pairing.pk, "withdraw", actor=Actor(None, SYSTEM), today=today,
        why=Why(reason, EndCause.MOTHER_STOPPED), end_cause=EndCause.MOTHER_STOPPED,
    )  # fmt: skip
