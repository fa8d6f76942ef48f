"""A guardian's answer as a person brings it in: the one place that writes answers by hand."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common import bus, rowsecurity
from qianshou.common.errors import NotAllowed, Refused
from qianshou.registry import permissions
from qianshou.registry.actions.consents import newest_of
from qianshou.registry.actions.merging import ReasonMissing
from qianshou.registry.events import ConsentsEnded
from qianshou.registry.models import Child, Consent


class AnswerInFuture(Refused):
    """The day of the answer lies in the future."""


class NewerAnswer(Refused):
    """A newer answer is on file already."""


@dataclass(frozen=True)
class Answer:
    """Yes or no, the day it was given, and where the signed paper is."""

    given: bool
    given_on: date
    reason: str


@dataclass(frozen=True)
class Place:
    """The file an answer belongs to; a guardian's own page knows no more of the child."""

    child_id: UUID
    area_code: str


def put(
    place: Place, purpose: str, *, given: bool, given_on: date, channel: str, **more: Any
) -> Consent:
    """Write an answer below the earlier ones; a no after a yes is announced as the end of it.

    Who may do that has been asked by the caller. The reactions run as the system, because a
    guardian's own page sees nothing of what they touch.
    """
    newest = newest_of(place.child_id, purpose)
    if newest is not None and newest.given_on > given_on:
        raise NewerAnswer
    made = Consent(
        child_id=place.child_id, area_code=place.area_code, purpose=purpose, given=given,
        given_on=given_on, channel=channel, noted_at=timezone.now(), **more,
    )  # fmt: skip
    Consent.objects.bulk_create([made])
    if newest is not None and newest.given and not given:
        remote = channel == Consent.Channel.REMOTE
        because = ConsentsEnded.REMOTE if remote else ConsentsEnded.PAPER
        with rowsecurity.acting(rowsecurity.SYSTEM):
            bus.publish(ConsentsEnded((place.child_id,), purpose, because))
    return made


@transaction.atomic
def note_answer(child: Child, answer: Answer, *, by: User, today: date) -> Consent:
    """Write down a guardian's answer about pairing; earlier answers stay, the newest counts."""
    if not permissions.can_note_consent(by, child):
        raise NotAllowed
    if len(answer.reason.strip()) < 2:
        raise ReasonMissing
    if answer.given_on > today:
        raise AnswerInFuture
    made = put(
        Place(child.pk, child.area_code), Consent.Purpose.MATCHING, given=answer.given,
        given_on=answer.given_on, channel=Consent.Channel.ON_PAPER, by=by,
    )  # fmt: skip
    audit.record(
        "registry.consent.noted",
        by=by,
        subject_kind="child",
        subject_id=child.pk,
        area_code=child.area_code,
        reason=answer.reason.strip(),
        given=answer.given,
        given_on=answer.given_on.isoformat(),
    )
    return made
