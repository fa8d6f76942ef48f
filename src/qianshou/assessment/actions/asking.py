"""What no department knows, asked by the instrument and answered by a person who was there."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.assessment import permissions
from qianshou.assessment.actions import alarms, assessing, instruments
from qianshou.assessment.models import Inquiry
from qianshou.assessment.rules.instrument import Compiled
from qianshou.audit import actions as audit
from qianshou.common.errors import NotAllowed, Refused
from qianshou.registry.models import Child

LONGEST: Final = 4000


class NothingAnswered(Refused):
    """Answer at least one question."""


class NoSuchAnswer(Refused):
    """This is none of the answers to that question."""


class DateNotAllowed(Refused):
    """Give the day on which somebody was there: not in the future, and not over a year ago."""


@transaction.atomic
def answer(
    child: Child, *, by: User, answers: Mapping[str, str], held_on: date, today: date,
    grounds: str = "",
) -> Inquiry:  # fmt: skip
    """Keep what a person answered about a child, and assess it with that at once.

    A question left open keeps its earlier answer. The answer that is an alarm is not kept: it
    makes the child red at once without saying which question did.
    """
    if not permissions.can_answer(by, child.area_code):
        raise NotAllowed
    instrument = instruments.instrument_in_force()
    given = {code: value for code, value in answers.items() if value}
    _check(instruments.compiled(instrument.pk), given)
    if held_on > today or (today - held_on).days > 366:
        raise DateNotAllowed
    audit.record(
        "assessment.inquiry.noted", by=by, subject_kind="child", subject_id=child.pk,
        area_code=child.area_code,
    )  # fmt: skip
    kept, raised = _split(instruments.compiled(instrument.pk), given)
    before = Inquiry.objects.select_for_update(of=("self",)).filter(child=child, is_current=True)
    earlier = before.first()
    known = json.loads(earlier.answers.open()) if earlier else {}
    before.update(is_current=False)
    made = Inquiry(
        child=child, area_code=child.area_code, instrument=instrument, held_on=held_on, by=by
    )
    made.answers = json.dumps({**known, **kept})
    made.grounds = grounds.strip()[:LONGEST]
    made.save(force_insert=True)
    if raised:
        alarms.raise_alarm(child.pk, once=f"inquiry/{made.pk}", today=today)
    assessing.assess([child.pk], today=today)
    return made


def _check(compiled: Compiled, given: Mapping[str, str]) -> None:
    if not given:
        raise NothingAnswered
    known = {each.code: each.answers for each in compiled.questions}
    for code, value in given.items():
        if code not in known:
            words = _("%(question)s: the scale in force does not ask this.")
            raise NoSuchAnswer(words % {"question": code})
        if value not in known[code]:
            words = _("%(question)s: choose one of %(known)s, not “%(value)s”.")
            raise NoSuchAnswer(
                words % {"question": code, "known": ", ".join(known[code]), "value": value}
            )


def _split(compiled: Compiled, given: Mapping[str, str]) -> tuple[dict[str, str], bool]:
    """Part the answers that are kept from those that raise an alarm."""
    alarming = {each.code: each.alarm for each in compiled.questions if each.alarm}
    raised = any(given[code] == alarm for code, alarm in alarming.items() if code in given)
    kept = {code: value for code, value in given.items() if code not in alarming}
    return kept, raised


def read(inquiry: Inquiry, *, by: User) -> tuple[dict[str, str], str]:
    """Open an answered form: its answers and their grounds; the look stands in the trail."""
    if not permissions.can_read_answers(by, inquiry.area_code):
        raise NotAllowed
    audit.record(
        "assessment.inquiry.read", by=by, subject_kind="child", subject_id=inquiry.child_id,
        area_code=inquiry.area_code,
    )  # fmt: skip
    answers: dict[str, str] = json.loads(inquiry.answers.open())
    return answers, inquiry.grounds.open() if inquiry.grounds else ""
