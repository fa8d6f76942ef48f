"""Builders of visits: planned by a worker with a colleague, through the real actions."""

from datetime import date
from typing import Any
from uuid import uuid4

from qianshou.accounts.models import User
from qianshou.mothers.models import Mother
from qianshou.registry.models import Child
from qianshou.visits.actions import planning, writing
from qianshou.visits.models import Visit
from qianshou.visits.queries import books
from qianshou.visits.rules import together
from tests import make, make_care, make_pairing

HOURS = {"opens": 510, "closes": 1080}
GOOD = {
    "home_safe": "yes", "carer": "well", "school": "well", "health": "well", "mood": "glad",
    "needs": "想要一个书架", "mended": "yes", "parents": "week", "mother": "later",
    "festival": "parents",
}  # fmt: skip


def staff(person: User) -> planning.Going:
    """A member of staff who goes along."""
    return planning.Going(together.STAFF, user=person)


def with_mother(mother: Mother) -> planning.Going:
    """A loving mother who goes along."""
    return planning.Going(together.MOTHER, mother=mother)


def partner(name: str = "王老师（班主任）") -> planning.Going:
    """A partner who goes along."""
    return planning.Going(together.PARTNER, name=name)


def a_plan(*goers: planning.Going, **fields: Any) -> planning.Plan:
    """A routine visit today."""
    return planning.Plan(
        **{"purpose": "ROUTINE", "on": make.TODAY, "goers": goers, **HOURS, **fields}
    )


def a_visit(child: Child | None = None, *, by: User | None = None, **fields: Any) -> Visit:
    """A planned visit of two."""
    worker, today = by or make.a_worker(), fields.pop("today", make.TODAY)
    goers = fields.pop("goers", (staff(worker), partner()))
    return planning.plan(
        child or make_pairing.a_child(), a_plan(*goers, **fields), by=worker, lead=worker,
        once=uuid4(), today=today,
    )  # fmt: skip


def a_record(visit: Visit, **fields: Any) -> writing.Record:
    """Everything answered well, the child met, everybody there."""
    asked = books.read(visit.book).purposes[visit.purpose].questions
    answers = {each.code: GOOD[each.code] for each in asked} | fields.pop("answers", {})
    came = tuple(each.pk for each in visit.goers.all())
    return writing.Record(**{"answers": answers, "met": ("CHILD",), "came": came, **fields})


def write_up(visit: Visit, *, by: User, now: Any = None, **fields: Any) -> Visit:
    """Write a visit up."""
    return writing.write_up(visit, a_record(visit, **fields), by=by, now=now or make.now())


def made_before(child: Child, times: int, *, by: User) -> None:
    """Let a family have been visited so many times, on days of the past."""
    for number in range(times):
        visit = a_visit(child, by=by, anyway="补登")
        Visit.objects.filter(pk=visit.pk).update(planned_on=date(2026, 1 + number, 5))
        write_up(Visit.objects.get(pk=visit.pk), by=by)


def a_pair(**fields: Any) -> tuple[User, Mother, Child]:
    """A mother with an account and the child she cares for."""
    user, mother = make_care.a_carer()
    return user, mother, make_care.a_pairing(mother, **fields).child
