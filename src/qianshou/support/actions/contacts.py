"""Logging a support contact: what was said, how the relationship is, and what follows from it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common import bus
from qianshou.common.errors import NotAllowed, Refused
from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life
from qianshou.support import permissions
from qianshou.support.actions import following, watching
from qianshou.support.events import SupportContactHeld
from qianshou.support.models import Contact, Followup
from qianshou.support.queries import schedules
from qianshou.support.rules import risk, schedule
from qianshou.support.rules.schedule import Schedule

OLDEST: Final = timedelta(days=92)
LONGEST: Final = 2000


class NobodyToFollow(Refused):
    """Care has not begun or has ended, so there is nothing to log here."""


class DayNotAllowed(Refused):
    """A contact is not in the future, not before the first meeting, and not older than 3 months."""


class SayMore(Refused):
    """Of somebody you spoke with, answer at least one standard question or write a note."""


@dataclass(frozen=True)
class Said:
    """What a member of staff writes down about one attempt to speak with a side."""

    side: str
    held_on: date
    channel: str
    outcome: str
    answers: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, int] = field(default_factory=dict)
    note: str = ""
    next_step: str = ""
    next_on: date | None = None


@transaction.atomic
def log(pairing: Pairing, said: Said, *, by: User, today: date, once: UUID) -> Contact:
    """Keep a contact; the same form sent twice is one contact."""
    if not permissions.can_support(by, pairing):
        raise NotAllowed
    try:
        with transaction.atomic():
            _enter(pairing, said, by=by, once=once)
    except _SentTwiceError:
        return Contact.objects.get(once=once)
    held = Pairing.objects.get(pk=pairing.pk)
    if held.state not in life.CARING or held.active_on is None:
        raise NobodyToFollow
    if not max(held.active_on, today - OLDEST) <= said.held_on <= today:
        raise DayNotAllowed
    spoken = said.outcome == Contact.Outcome.REACHED
    if spoken and not (said.note.strip() or any(map(str.strip, said.answers.values()))):
        raise SayMore
    plan = schedules.schedule_for(area_rules.county_code(held.area_code))
    made = _write(held, said, plan, by=by, once=once)
    if spoken:
        Followup.objects.filter(pairing=held).update(postponed_until=None, postponed_for="")
    following.reckon_some([held], today=today)
    _judge(held, made, plan, today=today)
    bus.publish(SupportContactHeld(made.pk, held.pk, made.side, made.held_on))
    return made


class _SentTwiceError(Exception):
    """The same form has been kept already."""


def _enter(pairing: Pairing, said: Said, *, by: User, once: UUID) -> None:
    """Write the entry. It locks the county's chain: two presses of a button wait for each other."""
    audit.record(
        "support.contact.logged", by=by, subject_kind="child", subject_id=pairing.child_id,
        area_code=pairing.area_code, pairing=pairing.pk, side=said.side, outcome=said.outcome,
    )  # fmt: skip
    if Contact.objects.filter(once=once).exists():
        raise _SentTwiceError


def _write(pairing: Pairing, said: Said, plan: Schedule, *, by: User, once: UUID) -> Contact:
    items = {code: int(value) for code, value in said.items.items()}
    version = schedules.version_for(area_rules.county_code(pairing.area_code))
    made = Contact(
        pairing=pairing, area_code=pairing.area_code, side=said.side, held_on=said.held_on,
        channel=said.channel, outcome=said.outcome, items=items,
        quality=schedule.quality(items, plan.items_for(said.side), plan.fewest_items),
        next_step=said.next_step.strip()[:200], next_on=said.next_on, by=by, once=once,
        schedule_sha256=version.sha256,
    )  # fmt: skip
    answers = {code: text.strip()[:LONGEST] for code, text in said.answers.items() if text.strip()}
    if answers:
        made.answers = json.dumps(answers, ensure_ascii=False)
    if said.note.strip():
        made.note = said.note.strip()[:LONGEST]
    made.save(force_insert=True)
    return made


def _judge(pairing: Pairing, made: Contact, plan: Schedule, *, today: date) -> None:
    """Worry about a low quality, and about a side that twice running could not be reached."""
    if made.quality is not None and made.quality < plan.low_below:
        watching.worry(pairing, risk.LOW, today=today)
    if made.outcome == Contact.Outcome.NOT_REACHED:
        last = Contact.objects.filter(pairing=pairing, side=made.side).order_by("-held_on", "-at")
        if list(last.values_list("outcome", flat=True)[:2]) == [Contact.Outcome.NOT_REACHED] * 2:
            watching.worry(pairing, risk.MISSED, today=today)
