"""What staff attest: references, the interview, hours of training, and signatures on paper."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.audit import actions as audit
from qianshou.common.errors import NotFound, Refused
from qianshou.recruitment.actions import checking, moving
from qianshou.recruitment.models import (
    Attendance,
    Interview,
    MotherApplication,
    Reference,
    Signature,
    TrainingSession,
)
from qianshou.recruitment.queries import books
from qianshou.recruitment.rules import life, reading

IN_TRAINING = (life.TRAINING, life.COMMITTED, life.APPROVED, *life.SERVING)
TOO_EARLY = (life.DRAFT, life.SUBMITTED, life.ELIGIBILITY, *life.CLOSED, life.APPEALED)


class DayToCome(Refused):
    """This day is still to come. Write the day on which it took place."""


class SignedAlready(Refused):
    """This text is signed already."""


class TooEarly(Refused):
    """The application has not come so far, or is closed."""


def _check(
    application: MotherApplication, by: User, *, day: date, today: date
) -> MotherApplication:
    powers.require(by, Power.RUN_RECRUITS, application.area_code)
    if reading.day_problem(day, today):
        raise DayToCome
    held = moving.locked(application)
    if held.state in TOO_EARLY:
        raise TooEarly
    return held


@transaction.atomic
def hear_reference(
    application: MotherApplication, *, by: User, given: Mapping[str, Any], today: date
) -> Reference:
    """Note what somebody who knows her said: `relation`, `verdict`, `spoken_on`, `who`, `said`."""
    held = _check(application, by, day=given["spoken_on"], today=today)
    made = Reference(
        application=held, area_code=held.area_code, relation=given["relation"][:40],
        spoken_on=given["spoken_on"], verdict=given["verdict"], by=by,
    )  # fmt: skip
    content = {"who": given.get("who", ""), "said": given.get("said", "")}
    made.content = json.dumps(content, ensure_ascii=False)
    made.save(force_insert=True)
    moving.note("recruitment.reference.noted", held, by=by, verdict=made.verdict)
    return made


@transaction.atomic
def hold_interview(
    application: MotherApplication,
    *,
    by: User,
    held_on: date,
    verdict: str,
    answers: Mapping[str, Any],
    today: date,
) -> Interview:
    """Keep an interview by the form of the application's rulebook."""
    held = _check(application, by, day=held_on, today=today)
    book = books.book_of(held.rulebook)
    made = Interview(
        application=held, area_code=held.area_code, version=book.version, held_on=held_on,
        verdict=verdict, by=by,
    )  # fmt: skip
    known = {each.code: answers.get(each.code) for each in book.interview}
    made.answers = json.dumps(known, ensure_ascii=False)
    made.save(force_insert=True)
    moving.note("recruitment.interview.held", held, by=by, verdict=verdict, version=book.version)
    return made


@transaction.atomic
def plan_session(
    area_code: str, *, by: User, given: Mapping[str, Any], today: date
) -> TrainingSession:
    """Enter a session of training that took place: `module`, `held_on`, `hours`, `place`."""
    powers.require(by, Power.RUN_RECRUITS, area_code)
    if reading.day_problem(given["held_on"], today):
        raise DayToCome
    made = TrainingSession.objects.create(
        area_code=area_code, module=given["module"], held_on=given["held_on"],
        hours=given["hours"], place=given["place"][:80], by=by,
    )  # fmt: skip
    audit.record(
        "recruitment.session.entered", by=by, subject_kind="training_session",
        subject_id=made.pk, area_code=area_code, module=made.module,
    )  # fmt: skip
    return made


@transaction.atomic
def attest(
    session: TrainingSession, applications: Iterable[MotherApplication], *, by: User, today: date
) -> int:
    """Attest that these were there; who is attested already is not counted twice."""
    powers.require(by, Power.RUN_RECRUITS, session.area_code)
    count = 0
    for each in applications:
        powers.require(by, Power.RUN_RECRUITS, each.area_code)
        held = moving.locked(each)
        if held.state not in IN_TRAINING:
            raise TooEarly
        _row, made = Attendance.objects.get_or_create(
            application=held, session=session,
            defaults={"area_code": held.area_code, "hours": Decimal(session.hours), "by": by},
        )  # fmt: skip
        if made:
            count += 1
            checking.keep_file(held, by=by, today=today)
    audit.record(
        "recruitment.training.attested", by=by, subject_kind="training_session",
        subject_id=session.pk, area_code=session.area_code, count=count,
    )  # fmt: skip
    return count


@transaction.atomic
def keep_paper(
    application: MotherApplication,
    codes: Iterable[str],
    *,
    by: User,
    signed_on: date,
    reference: str,
    today: date,
) -> list[Signature]:
    """Note commitments that she signed on paper, with the number under which the sheet is kept."""
    held = _check(application, by, day=signed_on, today=today)
    if held.state not in IN_TRAINING:
        raise TooEarly
    book, made = books.signing_book(held), []
    for code in codes:
        if code not in {each.code for each in book.commitments}:
            raise NotFound
        text = book.commitment(code)
        if held.signatures.filter(code=code, version=text.version).exists():
            raise SignedAlready
        made.append(
            Signature.objects.create(
                application=held, area_code=held.area_code, code=code, version=text.version,
                text_digest=text.digest("zh-hans"), language="zh-hans",
                proof=Signature.Proof.PAPER, reference=reference.strip()[:60],
                signed_on=signed_on, by=by,
            )
        )  # fmt: skip
    moving.note("recruitment.commitment.kept", held, by=by, codes=[each.code for each in made])
    checking.keep_file(held, by=by, today=today)
    return made
