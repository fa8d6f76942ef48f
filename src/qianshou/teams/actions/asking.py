"""Asking a member of a team for something, by account or by a link that works once."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from qianshou.accounts.models import User
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common import portions, rowsecurity
from qianshou.common.crypto import digest_of
from qianshou.common.errors import NotAllowed, Refused
from qianshou.common.identity import new_id
from qianshou.notices import actions as notices
from qianshou.pairing.models import TeamSeat
from qianshou.teams import permissions
from qianshou.teams.models import TaskLink, TeamTask
from qianshou.teams.queries import sharing, teams
from qianshou.teams.rules import parts as part_rules
from qianshou.teams.rules import tasks as rules

LONGEST: Final = 300


class WordsMissing(Refused):
    """Say what is asked, in one or two sentences."""


class DayPast(Refused):
    """Choose a day from today on by which it is to be done."""


class NotAgreed(Refused):
    """The guardian has not agreed that this unit hears of the child. Ask for consent first."""


class PlaceEnded(Refused):
    """This person is no longer in the child's team."""


class OutsideTheSlot(Refused):
    """A task opens only what the person's slot allows."""


class TaskOver(Refused):
    """This task was answered or taken back already."""


class TaskReasonMissing(Refused):
    """Say why the task is taken back."""


@dataclass(frozen=True)
class Asked:
    """A task, and the path of its link if it has one: shown and sent once, then known to nobody."""

    task: TeamTask
    path: str = ""


@transaction.atomic
def ask(
    seat: TeamSeat, *, by: User, today: date, asked: str, due_on: date,
    parts: Sequence[str] = (), by_link: bool = False,
) -> Asked:  # fmt: skip
    """Ask whoever sits in a place for one thing, and tell them."""
    if not permissions.can_ask(by, seat.area_code):
        raise NotAllowed
    _check(seat, asked=asked, due_on=due_on, today=today, parts=parts)
    task = TeamTask(
        id=new_id(), child=seat.child, area_code=seat.area_code, seat=seat, role=seat.role,
        parts=list(part_rules.tidy(list(parts))), office=office_of(seat.area_code),
        due_on=due_on, asked_by=by, asked_at=timezone.now(),
    )  # fmt: skip
    task.asked = asked.strip()[:LONGEST]
    task.save(force_insert=True)
    audit.record(
        "teams.task.asked", by=by, subject_kind="child", subject_id=seat.child_id,
        area_code=seat.area_code, task=task.pk, role=seat.role, parts=task.parts,
    )  # fmt: skip
    if by_link:
        return Asked(task, _link(task, seat))
    _tell(task, seat)
    return Asked(task)


def _check(seat: TeamSeat, *, asked: str, due_on: date, today: date, parts: Sequence[str]) -> None:
    if seat.ended_at is not None:
        raise PlaceEnded
    if not asked.strip():
        raise WordsMissing
    if due_on < today:
        raise DayPast
    slot = teams.slot_of(seat)
    if not set(parts) <= set(slot.parts if slot else ()):
        raise OutsideTheSlot
    if sharing.opening_of(seat, parts).party:
        raise NotAgreed


def office_of(area_code: str) -> str:
    """Return the name of the office that asks: the county's federation."""
    county = area_rules.county_code(area_code)
    return f"{areas.names_of({county}).get(county, '')}妇联"


@transaction.atomic
def send_link(task: TeamTask, *, by: User) -> Asked:
    """Make a new link for an open task; an earlier one opens nothing any more."""
    if not permissions.can_ask(by, task.area_code):
        raise NotAllowed
    if task.state != rules.OPEN:
        raise TaskOver
    if task.seat.ended_at is not None:
        raise PlaceEnded
    if sharing.opening_of(task.seat, task.parts).party:
        raise NotAgreed
    audit.record(
        "teams.task.link_sent", by=by, subject_kind="child", subject_id=task.child_id,
        area_code=task.area_code, task=task.pk,
    )  # fmt: skip
    return Asked(task, _link(task, task.seat))


def _link(task: TeamTask, seat: TeamSeat) -> str:
    token = secrets.token_urlsafe(24)
    task.link_number += 1
    task.link_until = _link_until(task.due_on)
    task.link_opened_at, task.link_key = None, b""
    task.save(update_fields=["link_number", "link_until", "link_opened_at", "link_key"])
    TaskLink.objects.create(digest=digest_of(token), task=task, number=task.link_number)
    path = reverse("teams:open", args=[token])
    if seat.partner is not None and (phone := seat.partner.phone.open() if seat.partner.phone
                                     else ""):  # fmt: skip
        notices.send(
            notices.Message(
                kind="teams.task", to_kind="PARTNER", to_id=seat.partner.pk, address=phone,
                area_code=task.area_code, private_link=path, subject=ASKED, text=ASKED_TEXT,
                short=ASKED_SHORT, params=params_of(task), about_kind="child",
                about_id=task.child_id,
            ),
            once=f"teams.task/{task.pk}/{task.link_number}",
        )  # fmt: skip
    return path


ASKED: Final = gettext_noop("Something is asked of you for a child")
ASKED_TEXT: Final = gettext_noop("%(office)s asks something of you until %(until)s.")
ASKED_SHORT: Final = gettext_noop(
    "%(office)s asks something of you until %(until)s. The link opens once: %(link)s"
)


def _link_until(due_on: date) -> datetime:
    """Let a link live until the evening of the day due, but not for long."""
    latest = timezone.localdate() + timedelta(days=rules.LINK_DAYS)
    day = min(max(due_on, timezone.localdate()), latest)
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def params_of(task: TeamTask) -> dict[str, str | int]:
    """Return what a message of a task may say: who asks, and until when."""
    return {"office": task.office, "until": task.due_on.isoformat()}


def reader_of(seat: TeamSeat) -> tuple[str, object] | None:
    """Return whom the app itself can tell: an account, or a mother; None without either."""
    if seat.staff_id is not None:
        return "USER", seat.staff_id
    if seat.mother_id is not None:
        return "MOTHER", seat.mother_id
    account = User.objects.filter(person_id=seat.partner_id).values_list("pk", flat=True).first()
    return ("USER", account) if account else None


def _tell(task: TeamTask, seat: TeamSeat) -> None:
    reader = reader_of(seat)
    if reader is None:
        raise NoWayToTell
    notices.send(
        notices.Message(
            kind="teams.task", to_kind=reader[0], to_id=reader[1],  # type: ignore[arg-type]
            area_code=task.area_code, subject=ASKED, text=ASKED_TEXT, params=params_of(task),
            link=reverse("teams:answer", args=[task.pk]), about_kind="child",
            about_id=task.child_id,
        ),
        once=f"teams.task/{task.pk}",
    )  # fmt: skip


class NoWayToTell(Refused):
    """This person has no account. Send a link instead, or connect an account first."""


@transaction.atomic
def withdraw(task: TeamTask, *, by: User, reason: str) -> TeamTask:
    """Take a task back; its link opens nothing any more."""
    if not permissions.can_ask(by, task.area_code):
        raise NotAllowed
    return take_back(task, by=by, reason=reason)


def take_back(task: TeamTask, *, by: User, reason: str) -> TeamTask:
    """Take a task back on behalf of an act whose right was checked."""
    if not reason.strip():
        raise TaskReasonMissing
    audit.record(
        "teams.task.withdrawn", by=by, subject_kind="child", subject_id=task.child_id,
        area_code=task.area_code, task=task.pk, reason=reason,
    )  # fmt: skip
    locked = TeamTask.objects.select_for_update().get(pk=task.pk)
    if locked.state != rules.OPEN:
        raise TaskOver
    locked.state, locked.withdrawn_at, locked.withdrawn_by = (
        rules.WITHDRAWN, timezone.now(), by,
    )  # fmt: skip
    locked.withdrawn_for = reason.strip()[:200]
    locked.save(update_fields=["state", "withdrawn_at", "withdrawn_by", "withdrawn_for"])
    return locked


# -- reminders ------------------------------------------------------------------------------------

SOON: Final = gettext_noop("Please remember: something is due for a child on %(until)s.")
LATE: Final = gettext_noop("Something for a child was due on %(until)s. Please answer, or say why.")
LATE_FOR_STAFF: Final = gettext_noop("A team member has not answered by %(until)s.")


def remind(today: date) -> int:
    """Remind members the day before and once when it is late, and tell who asked; repeatable."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        near = today + timedelta(days=rules.REMIND_BEFORE)
        rows = TeamTask.objects.open().filter(due_on__lte=near, seat__ended_at=None)
        asked = list(rows.select_related("seat__partner"))
    return portions.each(asked, lambda task: _remind_one(task, today))


def _remind_one(task: TeamTask, today: date) -> bool:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return _remind(task, today)


def _remind(task: TeamTask, today: date) -> bool:
    late = task.due_on < today
    # Once before the day and once after it.
    if task.reminded_on is not None and (not late or task.reminded_on > task.due_on):
        return False
    _send_reminder(task, LATE if late else SOON, mark="late" if late else "soon")
    if late:
        notices.send(
            notices.Message(
                kind="teams.task.late", to_kind="USER", to_id=task.asked_by_id,
                area_code=task.area_code, subject=gettext_noop("An answer is late"),
                text=LATE_FOR_STAFF, params=params_of(task),
                link=reverse("teams:task", args=[task.pk]),
            ),
            once=f"teams.task.late/{task.pk}",
        )  # fmt: skip
    task.reminded_on = today
    task.save(update_fields=["reminded_on"])
    return True


def _send_reminder(task: TeamTask, text: str, *, mark: str) -> None:
    seat = task.seat
    reader = reader_of(seat)
    phone = seat.partner.phone.open() if seat.partner and seat.partner.phone else ""
    if reader is None and not phone:
        return
    to_kind, to_id = reader or ("PARTNER", seat.partner_id)
    notices.send(
        notices.Message(
            kind="teams.task.reminded", to_kind=to_kind, to_id=to_id,  # type: ignore[arg-type]
            area_code=task.area_code, address="" if reader else phone, subject=ASKED, text=text,
            params=params_of(task),
            link=reverse("teams:answer", args=[task.pk]) if reader else "",
        ),
        once=f"teams.task.remind.{mark}/{task.pk}",
    )  # fmt: skip
