"""What the office does with an application on its way: take it up, pass it on, refuse, decide."""

from datetime import date
from typing import Any

from django.db import transaction

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotAllowed, Refused
from qianshou.mothers.actions import standing
from qianshou.mothers.models import Mother
from qianshou.mothers.rules import gates, skills
from qianshou.recruitment.actions import applying, moving
from qianshou.recruitment.models import Interview, Likeness, MotherApplication
from qianshou.recruitment.queries import books, progress
from qianshou.recruitment.rules import life, reading, rulebook


class DecideFirst(Refused):
    """Somebody on file may be the same person. Say first whether they are one or two."""


class CriterionFailed(Refused):
    """A criterion speaks against her. Refuse with its sentence, or change the rules first."""


class QueriesOpen(Refused):
    """Not every background query that is needed has come back clear and holds today."""


class ReferencesOpen(Refused):
    """There are not enough references yet."""


class InterviewOpen(Refused):
    """There is no interview yet that says to take her."""


class TrainingOpen(Refused):
    """The hours of training, or a signature, are still missing."""


class AlreadyAMother(Refused):
    """The same person is a mother already. Withdraw this application; her file stays."""


class SamePerson(Refused):
    """Another person than the one who refused decides about the appeal."""


@transaction.atomic
def advance(application: MotherApplication, act: str, *, by: User, today: date) -> None:
    """Do one step of the road, once what it needs is there."""
    powers.require(by, Power.RUN_RECRUITS, application.area_code)
    held = moving.locked(application)
    check = CHECKS.get(act)
    if check is None:
        raise moving.StepNotPossible
    if life.APPLICATION.allows(act, held.state):
        check(held, today)
    moving.move(held, act, by=by)


def _nothing(_application: MotherApplication, _today: date) -> None:
    """Taking up needs nothing."""


def _eligible(application: MotherApplication, today: date) -> None:
    if application.likenesses.filter(state=Likeness.State.OPEN).exists():
        raise DecideFirst
    if rulebook.refusing(outcomes_of(application, today=today)):
        raise CriterionFailed


def outcomes_of(application: MotherApplication, *, today: date) -> list[rulebook.Outcome]:
    """Return what each criterion says; whoever shows it has opened what she wrote."""
    answers = applying.answers_of(application)
    home = application.campaign.area_code if application.campaign else ""
    low, high = area_rules.subtree(home) if home else ("", "~")
    here = answers.get("town") != reading.ELSEWHERE and low <= application.area_code <= high
    facts = reading.facts(answers, inside=here, today=today)
    return books.book_of(application.rulebook).judge(facts)


def _clear(application: MotherApplication, today: date) -> None:
    found = progress.passed_of(application)
    if found.screening != progress.CLEAR or not gates.is_fresh(found.screened_on, today):
        raise QueriesOpen


def _heard(application: MotherApplication, _today: date) -> None:
    if application.references.count() < books.book_of(application.rulebook).references:
        raise ReferencesOpen


def _interviewed(application: MotherApplication, _today: date) -> None:
    last = application.interviews.order_by("-held_on", "-created_at").first()
    if last is None or last.verdict != Interview.Verdict.YES:
        raise InterviewOpen


def _committed(application: MotherApplication, _today: date) -> None:
    passed = progress.passed_of(application)
    book = books.book_of(application.rulebook)
    if passed.training_hours < gates.REQUIRED.training_hours or progress.unsigned(
        application, book
    ):
        raise TrainingOpen


CHECKS = {
    "take_up": _nothing,
    "find_eligible": _eligible,
    "find_clear": _clear,
    "hear_references": _heard,
    "pass_interview": _interviewed,
    "commit": _committed,
}


@transaction.atomic
def refuse(application: MotherApplication, *, by: User, criterion: str, reason: str) -> None:
    """Refuse with a criterion of the rulebook, whose sentence she reads, or with own words."""
    powers.require(by, Power.RUN_RECRUITS, application.area_code)
    held = moving.locked(application)
    book = books.book_of(held.rulebook)
    known = book.criterion(criterion) if criterion else None
    words = reason.strip() or (known.sentence.in_language("zh-hans") if known else "")
    moving.move(
        held, "refuse", by=by, reason=words,
        refused_for=known.code if known else "", refused_by=by,
    )  # fmt: skip


@transaction.atomic
def lodge_appeal(application: MotherApplication, *, by: User, words: str) -> None:
    """Take down an appeal that she made by word of mouth, once."""
    powers.require(by, Power.RUN_RECRUITS, application.area_code)
    held = moving.locked(application)
    if held.appeal:
        raise applying.OneAppeal
    if not words.strip():
        raise moving.ReasonMissing
    held.appeal = words.strip()[: applying.LONGEST]
    moving.move(held, "appeal", by=by, appeal=held.appeal)


@transaction.atomic
def decide_appeal(application: MotherApplication, *, by: User, uphold: bool, reason: str) -> None:
    """Decide about an appeal; never the person who refused."""
    powers.require(by, Power.DECIDE_RECRUITS, application.area_code)
    held = moving.locked(application)
    if held.refused_by_id == by.pk:
        raise SamePerson
    act = "uphold_appeal" if uphold else "dismiss_appeal"
    cleared: dict[str, Any] = {"refused_for": "", "refused_by": None} if uphold else {}
    moving.move(held, act, by=by, reason=reason, **cleared)


@transaction.atomic
def withdraw(application: MotherApplication, *, by: User, reason: str) -> None:
    """Note that she has taken her application back, or that it is another's double."""
    powers.require(by, Power.RUN_RECRUITS, application.area_code)
    if not reason.strip():
        raise moving.ReasonMissing
    moving.move(moving.locked(application), "withdraw", by=by, reason=reason)


@transaction.atomic
def approve(application: MotherApplication, *, by: User, today: date) -> Mother:
    """Decide that she becomes a mother: her file opens with all that she has passed."""
    powers.require(by, Power.DECIDE_RECRUITS, application.area_code)
    held = moving.locked(application)
    if not life.APPLICATION.allows("approve", held.state):
        raise moving.StepNotPossible
    _eligible(held, today)
    _clear(held, today)
    _committed(held, today)
    same = held.likenesses.filter(state=Likeness.State.SAME, other_mother__isnull=False).first()
    again = same.other_mother if same else None
    if again is not None and again.state in (Mother.State.ACTIVE, Mother.State.PAUSED):
        raise AlreadyAMother
    mother = standing.open_file(
        _values(held), by=by, passed=progress.passed_of(held), again=again, today=today
    )
    moving.move(held, "approve", by=by, mother=mother)
    return mother


def _values(application: MotherApplication) -> dict[str, Any]:
    """Return the columns of her file from what she wrote."""
    said = applying.answers_of(application)
    submitted = application.submitted_at
    return {
        **{name: getattr(application, name) for name in ("name", "search_name", "pinyin")},
        "initials": application.initials,
        "area_code": application.area_code,
        "birth_on": application.birth_on,
        "id_number": said.get("id_number", ""),
        "phone": said.get("phone", ""),
        "employer": said.get("employer", "")[:100],
        "education": said.get("education", "")[:20],
        "categories": list(application.categories),
        "skills": skills.levels(said.get("skills", []), application.categories),
        "languages": said.get("languages", []),
        "times": said.get("times", []),
        "interests": said.get("interests", []),
        "travel_limit_m": round(float(said.get("travel_km") or 5) * 1000),
        "capacity": int(said.get("capacity") or 1),
        "applied_on": submitted.date() if submitted else None,
    }


@transaction.atomic
def activate(application: MotherApplication, *, by: User, today: date) -> None:
    """Let her begin; the gates of the mothers' room are asked once more."""
    powers.require(by, Power.DECIDE_RECRUITS, application.area_code)
    held = moving.locked(application)
    if held.mother is None or not life.APPLICATION.allows("activate", held.state):
        raise moving.StepNotPossible
    standing.keep_gates(held.mother, progress.passed_of(held), by=by, today=today)
    standing.activate(held.mother, by=by, today=today)
    moving.move(held, "activate", by=by)


@transaction.atomic
def reveal(application: MotherApplication, *, by: User, field: str, reason: str) -> str:
    """Return her ID number or telephone in plain text; the reading stands in the trail."""
    allowed = powers.may(by, Power.VIEW_RECRUITS, application.area_code)
    if field not in ("id_number", "phone") or not allowed:
        raise NotAllowed
    powers.require(by, Power.REVEAL_SECRETS, application.area_code)
    if not reason.strip():
        raise moving.ReasonMissing
    text = str(applying.answers_of(application).get(field, ""))
    moving.note("recruitment.number.revealed", application, by=by, reason=reason, field=field)
    return text
