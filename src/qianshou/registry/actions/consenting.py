"""A guardian's answer about pairing that a person brings in on paper."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common.errors import NotAllowed, Refused
from qianshou.registry import permissions
from qianshou.registry.actions.consents import newest_of
from qianshou.registry.actions.merging import ReasonMissing
from qianshou.registry.models import Child, Consent


class AnswerInFuture(Refused):
    """The day of the answer lies in the future."""

    def __init__(self) -> None:
        super().__init__(_("The day of the answer lies in the future."))


class NewerAnswer(Refused):
    """A newer answer is on file already."""

    def __init__(self) -> None:
        super().__init__(_("A newer answer is on file already."))


@dataclass(frozen=True)
class Answer:
    """Yes or no, the day it was given, and where the signed paper is."""

    given: bool
    given_on: date
    reason: str


@transaction.atomic
def note_answer(child: Child, answer: Answer, *, by: User, today: date) -> Consent:
    """Write down a guardian's answer; earlier answers stay, the newest counts."""
    if not permissions.can_note_consent(by, child):
        raise NotAllowed
    if len(answer.reason.strip()) < 2:
        raise ReasonMissing
    if answer.given_on > today:
        raise AnswerInFuture
    newest = newest_of(child)
    if newest is not None and newest.given_on > answer.given_on:
        raise NewerAnswer
    made = Consent.objects.create(
        child=child,
        area_code=child.area_code,
        purpose=Consent.Purpose.MATCHING,
        given=answer.given,
        given_on=answer.given_on,
        channel=Consent.Channel.ON_PAPER,
        by=by,
        noted_at=timezone.now(),
    )
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
