"""A visit is written up: kept as a draft as often as one likes, then once and for all.

Findings become tasks, and a visit on which the loving mother went along counts as her contact.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.assessment.actions import asking
from qianshou.audit import actions as audit
from qianshou.care.actions import joint
from qianshou.common import rowsecurity
from qianshou.common.errors import NotFound, Refused
from qianshou.pairing.models import Pairing
from qianshou.visits import permissions
from qianshou.visits.actions import going
from qianshou.visits.models import Goer, Visit, VisitTask
from qianshou.visits.queries import books, family
from qianshou.visits.rules import book as rules
from qianshou.visits.rules import states, together

LONGEST: Final = 4000
WHO_MET: Final = ("CHILD", "GUARDIAN", "OTHER")


class TooLong(Refused):
    """A note has at most four thousand characters; nothing of it is lost, please shorten it."""


class NotAnswered(Refused):
    """Please answer every question of the form; say so in the notes where you could not ask."""


class NobodyMet(Refused):
    """Say who was met; if it was nobody, note that nobody was met instead."""


class NobodyCame(Refused):
    """Say who was there."""


@dataclass(frozen=True)
class Record:
    """What is written up: the answers, who was met, who came, and the notes.

    `scale` holds answers to the scale of risks and needs, where the purpose asks for them.
    """

    answers: Mapping[str, str] = field(default_factory=dict)
    scale: Mapping[str, str] = field(default_factory=dict)
    met: tuple[str, ...] = ()
    came: tuple[UUID, ...] = ()
    note: str = ""

    @property
    def as_draft(self) -> dict[str, Any]:
        """Return it as it is kept until it is whole."""
        return {
            "answers": dict(self.answers), "scale": dict(self.scale), "met": list(self.met),
            "came": [str(each) for each in self.came], "note": self.note,
        }  # fmt: skip


@transaction.atomic
def keep_draft(visit: Visit, record: Record, *, by: User, now: datetime) -> None:
    """Keep what has been written so far, sealed; nothing is checked but its length."""
    if not permissions.can_make(by, visit):
        raise NotFound
    held = Visit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    if held.state not in states.OPEN:
        raise going.NotPossibleNow
    _check_length(record)
    held.draft, held.drafted_at = json.dumps(record.as_draft, ensure_ascii=False), now
    held.save(update_fields=["draft", "drafted_at"])


@transaction.atomic
def write_up(visit: Visit, record: Record, *, by: User, now: datetime) -> Visit:
    """Write a visit up; what it found becomes tasks with owner and day."""
    held = going.step(visit, "write_up", by=by)
    purpose = books.read(held.book).purposes[held.purpose]
    answers = _checked(purpose, record)
    goers = list(held.goers.all())
    came = [each for each in goers if each.pk in record.came]
    if not came:
        raise NobodyCame
    first = books.read(held.book).joint_first
    kinds = [each.kind for each in came]
    # What happened cannot be refused any more: it is kept, and stands out in the list.
    held.alone = bool(together.problem_of(kinds, made=family.made_at(held.child), first=first))
    held.answers, held.note = json.dumps(answers, ensure_ascii=False), record.note
    held.met, held.draft = list(record.met), ""
    held.written_by, held.written_at = by, now
    held.save()
    Goer.objects.filter(visit=held).update(came=False)
    Goer.objects.filter(pk__in=[each.pk for each in came]).update(came=True)
    # Tasks and the mother's contact belong to the office, whoever wrote the visit up.
    with rowsecurity.acting(rowsecurity.SYSTEM):
        found = _open_tasks(held, purpose, answers)
        _count_contact(held, came, by=by, now=now)
    _assess(held, purpose, record, by=by, now=now)
    audit.record(
        "visits.visit.written_up", by=by, subject_kind="child", subject_id=held.child_id,
        area_code=held.area_code, visit=held.pk, tasks=found, alone=held.alone,
    )  # fmt: skip
    return held


def _assess(
    visit: Visit, purpose: rules.Purpose, record: Record, *, by: User, now: datetime
) -> None:  # fmt: skip
    """Answer the scale's questions with what was seen; the grade is then confirmed as always."""
    said = {code: value for code, value in record.scale.items() if value}
    if not (purpose.assesses and said):
        return
    today = timezone.localdate(now)
    asking.answer(
        visit.child, by=by, answers=said, held_on=min(visit.planned_on, today), today=today,
        grounds=record.note,
    )  # fmt: skip


def _check_length(record: Record) -> None:
    if any(len(each) > LONGEST for each in (record.note, *record.answers.values())):
        raise TooLong


def _checked(purpose: rules.Purpose, record: Record) -> dict[str, str]:
    _check_length(record)
    if not record.met or set(record.met) - set(WHO_MET):
        raise NobodyMet
    kept = {}
    for question in purpose.questions:
        said = record.answers.get(question.code, "").strip()
        known = {answer.code for answer in question.answers}
        if known and said not in known:
            raise NotAnswered
        kept[question.code] = said
    return kept


def _open_tasks(visit: Visit, purpose: rules.Purpose, answers: Mapping[str, str]) -> int:
    day = min(visit.planned_on, timezone.localdate(visit.written_at))
    rows = [
        VisitTask(
            visit=visit, child_id=visit.child_id, area_code=visit.area_code, finding=each.code,
            words=dict(each.task), owner_id=visit.lead_id, due_on=each.due_on,
        )
        for each in rules.findings(purpose, answers, day=day)
    ]  # fmt: skip
    VisitTask.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _count_contact(visit: Visit, came: list[Goer], *, by: User, now: datetime) -> None:
    """Count the visit as her contact in person if she was there and the child was met."""
    if visit.mother_id is None or "CHILD" not in visit.met:
        return
    if visit.mother_id not in {each.mother_id for each in came}:
        return
    pairing = Pairing.objects.caring().filter(
        child_id=visit.child_id, mother_id=visit.mother_id
    ).select_related("child").first()  # fmt: skip
    if pairing is not None:
        at = visit.came_at or _planned_at(visit)
        joint.log_visit(
            pairing, by=by, at=min(at, now), minutes=_minutes(visit), key=visit.pk, now=now
        )


def _planned_at(visit: Visit) -> datetime:
    minute = min(visit.comes_at or visit.opens, 1439)
    clock = time(minute // 60, minute % 60)
    return timezone.make_aware(datetime.combine(visit.planned_on, clock))


def _minutes(visit: Visit) -> int:
    if visit.came_at is None or visit.left_at is None:
        return visit.minutes
    return max(int((visit.left_at - visit.came_at).total_seconds() // 60), 1)


@transaction.atomic
def open_record(visit: Visit, *, by: User, reason: str) -> dict[str, Any]:
    """Return the answers and notes of a visit; who read them stands in the trail."""
    if not reason.strip():
        raise going.ReasonMissing
    audit.record(
        "visits.visit.read", by=by, subject_kind="child", subject_id=visit.child_id,
        area_code=visit.area_code, reason=reason, visit=visit.pk,
    )  # fmt: skip
    text: str = visit.answers.open()
    return {"answers": json.loads(text) if text else {}, "note": visit.note.open()}
