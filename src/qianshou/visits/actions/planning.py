"""A visit is planned with those who go, moved while it is planned, or called off."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common.errors import NotAllowed, Refused
from qianshou.common.identity import new_id
from qianshou.mothers.models import Mother
from qianshou.pairing.models import Pairing
from qianshou.registry.models import Child
from qianshou.visits import permissions
from qianshou.visits.models import Goer, Visit
from qianshou.visits.queries import books, family
from qianshou.visits.rules import together

AHEAD: Final = timedelta(days=180)
MOST_GOERS: Final = 8


class DayNotPossible(Refused):
    """Choose a day from today on, at most half a year ahead."""


class NoSuchPurpose(Refused):
    """Choose what the visit is for."""


class TimeNotPossible(Refused):
    """The family must be at home from an hour to a later one of the same day."""


class NobodyGoes(Refused):
    """Say who goes along."""


class NeedsTwo(Refused):
    """The first visits to a family need two, one of them staff. Nobody goes there alone yet."""


class Clash(Refused):
    """Somebody else goes to this family in the same week."""


class NotHerChild(Refused):
    """Only the loving mother of a running pairing of this child can go along."""


@dataclass(frozen=True)
class Going:
    """One person who goes along; a partner has a name only."""

    kind: str
    user: User | None = None
    mother: Mother | None = None
    name: str = ""


@dataclass(frozen=True)
class Plan:
    """What is planned: why, when the family is at home, who goes, and why in spite of a clash."""

    purpose: str
    on: date
    opens: int
    closes: int
    goers: tuple[Going, ...]
    minutes: int | None = None
    anyway: str = ""


@transaction.atomic
def plan(child: Child, plan: Plan, *, by: User, lead: User, once: UUID, today: date) -> Visit:
    """Plan a visit to a child's home; the same `once` is one visit."""
    if not permissions.can_visit(by, child.area_code):
        raise NotAllowed
    # Of one family only one visit is planned at a time, so that the look for clashes holds.
    Child.objects.select_for_update().filter(pk__in=family.family_of(child)).order_by("pk").first()
    kept = Visit.objects.filter(child=child, once=once).first()
    if kept is not None:
        return kept
    version = books.version_for(child.area_code)
    purpose = books.read(version).purposes.get(plan.purpose)
    if purpose is None:
        raise NoSuchPurpose
    _check_when(plan, today)
    mother = _check_goers(child, plan, first=books.read(version).joint_first)
    if not plan.anyway.strip() and (found := family.clashes(child, plan.on)):
        raise Clash(_words_of(found))
    made = Visit.objects.create(
        id=new_id(), child=child, mother=mother, area_code=child.area_code, once=once,
        purpose=purpose.code, book=version, planned_on=plan.on, opens=plan.opens,
        closes=plan.closes, minutes=plan.minutes or purpose.minutes, lead=lead, by=by,
        anyway=plan.anyway.strip()[:200],
    )  # fmt: skip
    Goer.objects.bulk_create(
        Goer(
            visit=made, child=child, area_code=made.area_code, kind=each.kind, user=each.user,
            mother=each.mother, name=_name_of(each)[:80],
        )
        for each in plan.goers
    )  # fmt: skip
    audit.record(
        "visits.visit.planned", by=by, subject_kind="child", subject_id=child.pk,
        area_code=made.area_code, visit=made.pk, purpose=made.purpose, goers=len(plan.goers),
    )  # fmt: skip
    return made


def _check_when(plan: Plan, today: date) -> None:
    if not today <= plan.on <= today + AHEAD:
        raise DayNotPossible
    if not 0 <= plan.opens < plan.closes <= 1440:
        raise TimeNotPossible


def _check_goers(child: Child, plan: Plan, *, first: int) -> Mother | None:
    """Hold to the rule of two; return the mother who goes along."""
    kinds = [each.kind for each in plan.goers]
    problem = together.problem_of(kinds, made=family.made_at(child), first=first)
    if problem == together.NOBODY or len(kinds) > MOST_GOERS:
        raise NobodyGoes
    if problem:
        raise NeedsTwo
    mothers = [each.mother for each in plan.goers if each.mother is not None]
    if not mothers:
        return None
    caring = Pairing.objects.caring().filter(child=child, mother=mothers[0])
    if len(mothers) > 1 or not caring.exists():
        raise NotHerChild
    return mothers[0]


def _name_of(going: Going) -> str:
    if going.user is not None:
        return going.user.display_name
    return going.mother.name if going.mother is not None else going.name.strip()


def _words_of(found: list[str]) -> str:
    lead = _("Somebody else goes to this family in the same week.")
    tail = _("Join them, choose another week, or say why two visits are needed.")
    return " ".join([lead, *found, tail])
