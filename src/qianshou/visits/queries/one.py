"""One visit, as its page, its form and its sheet show it; and the visits of a mother's own."""

import json
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.assessment import permissions as assessment
from qianshou.assessment.queries import scales
from qianshou.common import masking
from qianshou.common.errors import NotAllowed, NotFound
from qianshou.registry.models import Child
from qianshou.visits import permissions
from qianshou.visits.models import DayRoute, Visit
from qianshou.visits.queries import books, family, lists, way
from qianshou.visits.rules import places, states, together
from qianshou.visits.rules.book import Purpose

ENDS = ("not_met", "refuse", "cancel")


def visit_for(user: User, visit_id: UUID) -> Visit:
    """Return one visit that the person may make; raises `NotFound`."""
    rows = Visit.objects.select_related("child", "lead", "mother", "book", "written_by")
    found = rows.prefetch_related("goers").filter(pk=visit_id).first()
    if found is None or not permissions.can_make(user, found):
        raise NotFound
    return found


def children_for(user: User, ids: list[str]) -> list[Child]:
    """Return the chosen children whom the person may visit; raises `NotFound` without any."""
    wanted = []
    for each in ids[:30]:
        try:
            wanted.append(UUID(each))
        except ValueError:
            continue
    rows = Child.objects.on_file().filter(pk__in=wanted).order_by("area_code", "pk")
    found = [each for each in rows if permissions.can_visit(user, each.area_code)]
    if not found:
        raise NotFound
    return found


def page_of(user: User, visit: Visit, *, today: date) -> dict[str, Any]:
    """Return what the page of one visit shows."""
    actor = states.MOTHER if permissions.is_hers(user, visit) else "STAFF"
    acts = {each.act for each in states.VISIT.steps_from(visit.state, actor=actor)}
    (row,) = lists.visit_rows([visit], "", today)
    first = books.read(visit.book).joint_first
    return row | {
        "goers": list(visit.goers.all()),
        "acts": acts,
        "ends": [(act, _(END_WORDS[act])) for act in ENDS if act in acts],
        "state": visit.get_state_display(),
        "came": _signed(visit.came_place),
        "left": _signed(visit.left_place),
        "tasks": visit.tasks.select_related("owner").order_by("due_on"),
        "clashes": family.clashes(visit.child, visit.planned_on, but=visit)
        if visit.state == states.PLANNED
        else [],
        "needs_two": together.needs_two(family.made_at(visit.child), first),
        "is_staff": permissions.can_visit(user, visit.area_code),
        "met": [_(MET_WORDS[each]) for each in visit.met if each in MET_WORDS],
    }


END_WORDS = {
    "not_met": gettext_noop("Nobody was met"),
    "refuse": gettext_noop("The family did not want it"),
    "cancel": gettext_noop("Call it off"),
}
MET_WORDS = {
    "CHILD": gettext_noop("the child"),
    "GUARDIAN": gettext_noop("a guardian or carer"),
    "OTHER": gettext_noop("somebody else"),
}


PLACE_WORDS = {
    places.NEAR: gettext_noop("near the family's village"),
    places.FAR: gettext_noop("far from the family's village"),
    places.UNKNOWN: gettext_noop("place not known"),
}


def _signed(place: str) -> str:
    return _(PLACE_WORDS[place]) if place else ""


def draft_of(visit: Visit) -> dict[str, Any]:
    """Return what was written so far; empty if nothing was."""
    text: str = visit.draft.open()
    return json.loads(text) if text else {}


def scale_of(user: User, visit: Visit, purpose: Purpose) -> list[dict[str, Any]]:
    """Return the questions of the scale in force, where the purpose asks them of this person."""
    if not purpose.assesses or not assessment.can_answer(user, visit.area_code):
        return []
    try:
        return scales.questions_of(scales.in_force().body)
    except NotFound:
        # No scale is in force yet; the visit is written up all the same.
        return []


def record_rows(visit: Visit, opened: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the answers of a visit in words."""
    purpose = books.read(visit.book).purposes.get(visit.purpose)
    rows = []
    for question in purpose.questions if purpose else ():
        said = opened["answers"].get(question.code, "")
        chosen = next((each for each in question.answers if each.code == said), None)
        rows.append((books.words(question.text), books.words(chosen.text) if chosen else said))
    return rows


# -- the day --------------------------------------------------------------------------------------


def day_for(user: User, town: str, day: date, *, lead_id: UUID) -> dict[str, Any]:
    """Return one person's day in a town with its order and times; raises `NotFound`."""
    if not (area_rules.is_code(town) and permissions.can_order(user, town)):
        raise NotFound
    lead = User.objects.filter(pk=lead_id).first()
    if lead is None:
        raise NotFound
    visits = way.visits_of(town, day, lead)
    found = way.way_of(town, visits)
    shown = set(found.visits)
    rows = lists.visit_rows([each for each in visits if each in shown], town, day)
    return {
        "town": town,
        "place": areas.names_of({town}).get(town, ""),
        "day": day,
        "lead": lead,
        "rows": rows,
        "aside": lists.visit_rows(list(found.aside), town, day),
        "route": DayRoute.objects.filter(area_code=town, day=day, lead=lead).first(),
        "is_ordered": bool(rows) and all(row["visit"].stop for row in rows),
    }


def sheet_of(found: dict[str, Any]) -> dict[str, Any]:
    """Return what the printed sheet of a day says: times, villages, surnames; no address."""
    who, day = found["lead"].display_name, found["day"].isoformat()
    return {
        "title": _("Visits of a day"),
        "sub": f"{day} · {who} · {found['place']}",
        "note": _("Keep this sheet with you, and destroy it after the visits."),
        "head": [
            _("Order of the day"), _("Begins"), _("Child"), _("Where"), _("What for"),
            _("Length in minutes"), _("At home"), _("Who goes"),
        ],
        "rows": [
            [
                str(row["visit"].stop or ""), row["at"], masking.name(row["visit"].child.name),
                row["place"], row["purpose"], str(row["visit"].minutes), row["window"],
                "、".join(each.name for each in row["visit"].goers.all()),
            ]
            for row in [*found["rows"], *found["aside"]]
        ],
    }  # fmt: skip


# -- a mother's own -----------------------------------------------------------------------------


def hers(user: User, *, today: date) -> list[dict[str, Any]]:
    """Return the visits that a mother goes on, the open ones and the last ones."""
    accounts.require(user, Power.OWN_CHILDREN)
    if user.person_id is None:
        raise NotAllowed
    rows = Visit.objects.filter(mother_id=user.person_id).select_related("child", "lead", "book")
    rows = rows.exclude(state=states.CANCELLED).prefetch_related("goers")
    return lists.visit_rows(list(rows.order_by("-planned_on", "opens", "pk")[:30]), "", today)
