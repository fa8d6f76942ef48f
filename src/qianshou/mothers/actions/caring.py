"""Care for the mother herself: the monthly pulse, a rest, and help that she asks for."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common import bus
from qianshou.common.errors import NotAllowed, NotFound, Refused
from qianshou.mothers import permissions
from qianshou.mothers.actions import trail
from qianshou.mothers.events import MothersChanged
from qianshou.mothers.models import HardshipRequest, Mother, Rest, StrainPulse
from qianshou.mothers.queries import caring as queries
from qianshou.mothers.rules import hardship, resting, strain


class AlreadyAnswered(Refused):
    """You have answered this month. The next questions come next month."""


class NotAnAnswer(Refused):
    """Choose one answer for each of the three questions."""


class RestTooLong(Refused):
    """A rest begins today or later, ends after it begins, and lasts a year at the most."""


class NotResting(Refused):
    """There is no rest to end."""


class WordsMissing(Refused):
    """Say in a few words what you need."""


class NotInThisState(Refused):
    """This request has moved on. Open it again to see how it stands."""


@transaction.atomic
def answer_pulse(mother: Mother, answers: Sequence[int], *, by: User, today: date) -> StrainPulse:
    """Keep what she says about this month."""
    trail.require_herself(by, mother)
    asked = strain.questions()
    try:
        percent = asked.percent(answers)
    except ValueError as wrong:
        raise NotAnAnswer from wrong
    month = strain.month_of(today)
    if StrainPulse.objects.filter(mother=mother, month=month).exists():
        raise AlreadyAnswered
    pulse = StrainPulse.objects.create(
        mother=mother, area_code=mother.area_code, month=month, version=asked.version,
        answers=list(answers), percent=percent,
    )  # fmt: skip
    # The entry says that she answered; what she answered stands nowhere but in her pulse.
    trail.note("mothers.pulse.answered", mother, by=by)
    bus.publish(MothersChanged((mother.pk,)))
    return pulse


@transaction.atomic
def ask_rest(
    mother: Mother, *, by: User, from_on: date, until_on: date, places: int, today: date
) -> Rest:
    """Let her have fewer children for a time, or none; it counts at once."""
    trail.require_herself(by, mother)
    if not today <= from_on <= until_on <= from_on + resting.LONGEST_REST:
        raise RestTooLong
    file = trail.locked(mother)
    # What she says last counts: a new rest takes the place of the one before.
    Rest.objects.filter(mother=file, ended_on=None).update(ended_on=today)
    rest = Rest.objects.create(
        mother=file, area_code=file.area_code, asked_by=by, from_on=from_on,
        until_on=until_on, places=max(0, min(places, file.capacity)),
    )  # fmt: skip
    trail.note("mothers.rest.asked", file, by=by, places=rest.places)
    bus.publish(MothersChanged((file.pk,)))
    return rest


@transaction.atomic
def end_rest(mother: Mother, *, by: User, today: date) -> Rest:
    """Let her rest end today; her own number counts again."""
    trail.require_herself(by, mother)
    file = trail.locked(mother)
    rest = Rest.objects.filter(mother=file, ended_on=None).first()
    if rest is None:
        raise NotResting
    rest.ended_on = today
    rest.save(update_fields=["ended_on"])
    trail.note("mothers.rest.ended", file, by=by)
    bus.publish(MothersChanged((file.pk,)))
    return rest


@transaction.atomic
def ask_help(
    mother: Mother, *, by: User, kind: str, words: str, about: User | None, today: date
) -> HardshipRequest:
    """Put down what she needs; it never lies with somebody it is about."""
    trail.require_herself(by, mother)
    if kind not in hardship.KINDS:
        raise NotFound
    if not words.strip():
        raise WordsMissing
    raised = not queries.can_be_taken_in_county(mother, about=about, today=today)
    county = area_rules.county_code(mother.area_code)
    place = (area_rules.parent_code(county) or county) if raised else mother.area_code
    asked = HardshipRequest(
        mother=mother, area_code=place, kind=kind, about=about, raised=raised,
        due_on=hardship.due_on(kind, today),
    )  # fmt: skip
    asked.words = words.strip()
    asked.save(force_insert=True)
    _note("mothers.help.asked", asked, by=by)
    return asked


@transaction.atomic
def take_help(asked: HardshipRequest, *, by: User) -> HardshipRequest:
    """Become the one who answers for a request."""
    held = _held(asked, by=by, act="take")
    held.owner, held.state = by, hardship.TAKEN
    held.save(update_fields=["owner", "state"])
    _note("mothers.help.taken", held, by=by)
    return held


@transaction.atomic
def close_help(asked: HardshipRequest, *, by: User, act: str, outcome: str) -> HardshipRequest:
    """Say what came of a request: help given, or not possible, always with words for her."""
    held = _held(asked, by=by, act=act)
    held.state, held.outcome = hardship.HARDSHIP.step(act).target, trail.stated(outcome)[:400]
    held.closed_at = timezone.now()
    held.save(update_fields=["state", "outcome", "closed_at"])
    _note("mothers.help.closed", held, by=by)
    return held


@transaction.atomic
def withdraw_help(asked: HardshipRequest, *, by: User) -> HardshipRequest:
    """Take a request back."""
    trail.require_herself(by, asked.mother)
    held = HardshipRequest.objects.select_for_update(of=("self",)).get(pk=asked.pk)
    if not hardship.HARDSHIP.allows("withdraw", held.state, actor=hardship.MOTHER):
        raise NotInThisState
    held.state, held.closed_at = hardship.WITHDRAWN, timezone.now()
    held.save(update_fields=["state", "closed_at"])
    _note("mothers.help.withdrawn", held, by=by)
    return held


@transaction.atomic
def read_help(asked: HardshipRequest, *, by: User) -> str:
    """Open the words of a request; the reading stands in the trail."""
    if not permissions.can_handle(by, asked):
        raise NotFound
    _note("mothers.help.read", asked, by=by)
    words: str = asked.words.open()
    return words


def _held(asked: HardshipRequest, *, by: User, act: str) -> HardshipRequest:
    if not permissions.can_handle(by, asked):
        raise NotAllowed
    held = HardshipRequest.objects.select_for_update(of=("self",)).get(pk=asked.pk)
    if not hardship.HARDSHIP.allows(act, held.state):
        raise NotInThisState
    return held


def _note(act: str, asked: HardshipRequest, *, by: User) -> None:
    # The trail of an area is read by its workers. A request about one of them has no place there.
    audit.record(
        act,
        by=by,
        subject_kind="help",
        subject_id=asked.pk,
        area_code="" if asked.about_id else asked.area_code,
        kind=asked.kind,
    )
