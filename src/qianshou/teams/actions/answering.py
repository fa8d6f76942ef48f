"""A member of a team reads what the slot allows, and answers what was asked."""

import secrets
from collections.abc import Sequence
from typing import Final

from django.db import transaction
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common import rowsecurity
from qianshou.common.crypto import digest_of
from qianshou.common.errors import NotAllowed, NotFound, Refused
from qianshou.pairing.models import TeamSeat
from qianshou.teams import permissions
from qianshou.teams.models import TeamTask
from qianshou.teams.queries import sharing
from qianshou.teams.queries.cards import Card, card_of
from qianshou.teams.queries.links import LinkState, state_of
from qianshou.teams.rules import parts as part_rules
from qianshou.teams.rules import tasks as rules
from qianshou.teams.rules.sharing import Opening

LONGEST_ANSWER, LONGEST_EVIDENCE = 2_000, 200


class AnswerMissing(Refused):
    """Say in a few words what was done, or why it was not possible."""


class ConsentLacking(Refused):
    """The guardian's consent is missing, so nothing can be answered now; nothing was kept."""


class LinkNotOpen(Refused):
    """This link has ended; nothing was kept."""


class AnsweredBefore(Refused):
    """This was answered or taken back already; the first answer stands."""


@transaction.atomic
def read_card(seat: TeamSeat, parts: Sequence[str], *, by: User) -> Card:
    """Return what a member may know of the child; the reading stands in the trail."""
    if not permissions.sits(by, seat):
        raise NotFound
    opened = sharing.opening_of(seat, parts)
    _note("teams.card.read", seat, opened.parts, by=by)
    return card_of(seat.child, opened, role=seat.role)


@transaction.atomic
def read_task(task: TeamTask, *, by: User | None) -> Card:
    """Return what a task opens of the child; the reading stands in the trail."""
    opened = opening_of(task)
    audit.record(
        "teams.task.read", by=by, subject_kind="child", subject_id=task.child_id,
        area_code=task.area_code, task=task.pk, role=task.role, parts=list(opened.parts),
        opened=_opened(opened.parts),
    )  # fmt: skip
    return card_of(task.child, opened, role=task.role)


def opening_of(task: TeamTask) -> Opening:
    """Return what of a task's parts is open today; a link's own scope shows neither seat nor unit.

    Looked up as the system, by the task's own place.
    """
    with rowsecurity.acting(rowsecurity.SYSTEM):
        seat = TeamSeat.objects.get(pk=task.seat_id)
    return sharing.opening_of(seat, task.parts)


def _note(act: str, seat: TeamSeat, parts: Sequence[str], *, by: User) -> None:
    audit.record(
        act, by=by, subject_kind="child", subject_id=seat.child_id, area_code=seat.area_code,
        role=seat.role, parts=list(parts), opened=_opened(parts),
    )  # fmt: skip


def _note_task(act: str, task: TeamTask, *, by: User | None) -> None:
    audit.record(
        act, by=by, subject_kind="child", subject_id=task.child_id, area_code=task.area_code,
        task=task.pk, role=task.role,
    )  # fmt: skip


def _opened(parts: Sequence[str]) -> list[str]:
    return [part_rules.SEALED[part] for part in parts if part in part_rules.SEALED]


@transaction.atomic
def open_link(task: TeamTask, number: int) -> str:
    """Open a link, once: the browser that did so gets a key, and no other one sees the task."""
    locked = TeamTask.objects.select_for_update().get(pk=task.pk)
    if state_of(locked, number) is not LinkState.OPEN:
        raise LinkNotOpen
    key = secrets.token_urlsafe(24)
    locked.link_opened_at, locked.link_key = timezone.now(), digest_of(key)
    locked.save(update_fields=["link_opened_at", "link_key"])
    _note_task("teams.task.opened", locked, by=None)
    return key


@transaction.atomic
def answer(
    task: TeamTask, *, by: User | None, outcome: str, words: str, evidence: str = ""
) -> TeamTask:
    """Keep what a member answers; the first answer stands."""
    if outcome not in rules.OUTCOMES or not words.strip():
        raise AnswerMissing
    if opening_of(task).is_shut:
        raise ConsentLacking
    locked = TeamTask.objects.select_for_update().get(pk=task.pk)
    if locked.state != rules.OPEN:
        raise AnsweredBefore
    locked.state, locked.outcome, locked.answered_by = rules.ANSWERED, outcome, by
    locked.answered_at = timezone.now()
    locked.answer = words.strip()[:LONGEST_ANSWER]
    if evidence.strip():
        locked.evidence = evidence.strip()[:LONGEST_EVIDENCE]
    locked.save(
        update_fields=["state", "outcome", "answered_by", "answered_at", "answer", "evidence"]
    )
    _note_task("teams.task.answered", locked, by=by)
    return locked


ANSWER_FIELDS: Final = ("answer", "evidence")


@transaction.atomic
def read_answer(task: TeamTask, *, by: User) -> dict[str, str]:
    """Return what a member answered; the reading stands in the trail."""
    if not permissions.can_ask(by, task.area_code):
        raise NotAllowed
    if task.state != rules.ANSWERED:
        return {}
    _note_task("teams.answer.read", task, by=by)
    if task.read_at is None:
        task.read_at = timezone.now()
        task.save(update_fields=["read_at"])
    return {name: getattr(task, name).open() if getattr(task, name) else ""
            for name in ANSWER_FIELDS}  # fmt: skip
