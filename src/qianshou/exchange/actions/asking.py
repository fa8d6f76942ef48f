"""Asking a department about one person: one asks, another allows it, the trail keeps both."""

import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common import crypto, rowsecurity
from qianshou.common.errors import NotAllowed, Refused
from qianshou.exchange import permissions
from qianshou.exchange.models import Question, Source
from qianshou.exchange.rules import asking as rules
from qianshou.exchange.rules import fetch as fetching
from qianshou.exchange.rules import profile as profiles

State = Question.State
SHORTEST: Final = 4


class NotAskable(Refused):
    """This source does not answer questions about one person in this area."""


class NoNumber(Refused):
    """Without an ID number nobody can be asked about: another person might be meant."""


class SayWhy(Refused):
    """Say in a few words why you ask, and on which rule you rely."""


class NewReasonNeeded(Refused):
    """This person was asked about before. Say what is new, in other words than last time."""


class TooOftenAboutOne(Refused):
    """This person was asked about so often that no further question is allowed for now."""


class TooManyQuestions(Refused):
    """You have asked as many questions today as one person may. Go on tomorrow."""


class NotOpenQuestion(Refused):
    """This question is decided already."""


@dataclass(frozen=True)
class Person:
    """Whom a question is about, and the child whose file it is asked from."""

    name: str
    id_number: str
    child_name: str
    child_id: str
    child_area: str


@dataclass(frozen=True)
class Why:
    """Why a question is asked: a purpose from the list, the rule it rests on, and the case."""

    purpose: str
    basis: str
    reason: str


def options_of(source: Source) -> dict[str, Any]:
    """Return how a source is asked; raises `NotAskable`."""
    found = profiles.parse(source.profile, source.code).fetch
    if found is None or found.kind != fetching.ASK or not source.is_active:
        raise NotAskable
    return dict(found.options)


@transaction.atomic
def ask(
    source: Source, *, by: User, file_id: UUID, about: str, person: Person, why: Why
) -> Question:
    """Put a question down; it goes nowhere until a second person has allowed it."""
    if not permissions.can_ask(by, person.child_area):
        raise NotAllowed
    options = options_of(source)
    low, high = area_rules.subtree(source.area_code)
    if not low <= person.child_area <= high or about not in rules.SUBJECTS:
        raise NotAskable
    if not person.id_number:
        raise NoNumber
    _check_why(why)
    token = crypto.blind(person.id_number, purpose="asked-about")
    with rowsecurity.acting(rowsecurity.SYSTEM):
        # One after the other, so that two at the same moment do not slip under the limits.
        Source.objects.select_for_update().get(pk=source.pk)
        _check_asker(source, by, options)
        _check_person(source, token, why=why, options=options)
    question = Question(
        source=source, area_code=person.child_area, file_id=file_id, about=about,
        person_token=token, code=options["question"], asked_by=by, asked_at=timezone.now(),
        purpose=why.purpose, basis=why.basis.strip()[:200], reason=why.reason.strip()[:200],
    )  # fmt: skip
    question.person = json.dumps(asdict(person), ensure_ascii=False)
    question.save(force_insert=True)
    note("asked", question, by=by, reason=question.reason, purpose=question.purpose)
    return question


def _check_why(why: Why) -> None:
    if why.purpose not in rules.PURPOSES:
        raise SayWhy
    if min(len(why.basis.strip()), len(why.reason.strip())) < SHORTEST:
        raise SayWhy


def _check_asker(source: Source, by: User, options: dict[str, Any]) -> None:
    since = timezone.now() - timedelta(days=1)
    asked = Question.objects.filter(source=source, asked_by=by, asked_at__gte=since).count()
    if asked >= options["per_asker"]:
        raise TooManyQuestions


def _check_person(source: Source, token: bytes, *, why: Why, options: dict[str, Any]) -> None:
    """Refuse fishing: the same person again only for a new reason, and not without end."""
    since = timezone.now() - timedelta(days=rules.REMEMBERED_DAYS)
    earlier = Question.objects.filter(source=source, person_token=token, asked_at__gte=since)
    reasons = list(earlier.values_list("reason", flat=True))
    if len(reasons) >= options["per_person"]:
        raise TooOftenAboutOne
    if _plain(why.reason) in {_plain(each) for each in reasons}:
        raise NewReasonNeeded


def _plain(text: str) -> str:
    return "".join(each for each in text.casefold() if each.isalnum())


@transaction.atomic
def approve(question: Question, *, by: User) -> Question:
    """Allow a question as a second person; it is on its way when this transaction is over."""
    question = _to_decide(question, by)
    now = timezone.now()
    question.state, question.decided_by, question.decided_at = State.APPROVED, by, now
    question.next_at = now
    question.save(update_fields=["state", "decided_by", "decided_at", "next_at"])
    note("approved", question, by=by)
    mark = f"ask-{question.pk}"
    jobs.configure_task("exchange.ask", lock=mark, queueing_lock=mark).defer(
        question_id=str(question.pk)
    )
    return question


@transaction.atomic
def refuse(question: Question, *, by: User, reason: str) -> Question:
    """Do not allow a question; nothing is sent."""
    question = _to_decide(question, by)
    if len(reason.strip()) < SHORTEST:
        raise SayWhy
    question.state, question.decided_by, question.decided_at = State.REFUSED, by, timezone.now()
    question.refusal = reason.strip()[:200]
    question.person = ""
    question.save(update_fields=["state", "decided_by", "decided_at", "refusal", "person"])
    note("refused", question, by=by, reason=question.refusal)
    return question


def _to_decide(question: Question, by: User) -> Question:
    if not permissions.can_decide_question(by, question):
        raise NotAllowed
    locked = (
        Question.objects.select_for_update(of=("self",))
        .select_related("source")
        .get(pk=question.pk)
    )
    if locked.state != State.ASKED:
        raise NotOpenQuestion
    return locked


@transaction.atomic
def read_answer(question: Question, *, by: User, reason: str) -> dict[str, Any]:
    """Return what was answered to one who may see it; the reading and its reason are on record."""
    if not permissions.can_read_answer(by, question) or question.state != State.ANSWERED:
        raise NotAllowed
    if len(reason.strip()) < SHORTEST:
        raise SayWhy
    audit.record(
        "exchange.answer.read", by=by, subject_kind="child", subject_id=question.file_id,
        area_code=question.area_code, reason=reason.strip()[:200], about=question.about,
        question=str(question.pk),
    )  # fmt: skip
    said: dict[str, Any] = json.loads(question.answer.open())
    return said


def note(what: str, question: Question, *, by: User | None, reason: str = "", **more: Any) -> None:
    """Write what happened to a question into the trail of the child it is about."""
    audit.record(
        f"exchange.question.{what}", by=by, subject_kind="child", subject_id=question.file_id,
        area_code=question.area_code, reason=reason, about=question.about, code=question.code,
        question=str(question.pk), source=question.source.code, **more,
    )  # fmt: skip
