"""Guidance of families as staff see it: the list of an area, and one plan whole."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.plans import permissions
from qianshou.plans.models import Guidance, Homework, Session
from qianshou.plans.rules import checklist, roads
from qianshou.registry.models import Child, Guardian, Guardianship

TONES = {
    roads.PLANNED: "wait", roads.HELD: "good", roads.MISSED: "warn", roads.CANCELLED: "neutral",
    roads.GIVEN: "wait", roads.STARTED: "wait", roads.DONE: "good", roads.NOT_DONE: "warn",
    roads.RUNNING: "wait", roads.CLOSED: "good",
}  # fmt: skip


def guidance_in(user: User, area_code: str, *, what: str, today: date) -> QuerySet[Guidance]:
    """Return the plans of an area with their counts, what waits for somebody first."""
    powers.require(user, Power.SUPPORT_PAIRS, area_code)
    unnoted = Session.objects.unnoted(today).filter(guidance=OuterRef("pk"))
    rows = (
        Guidance.objects.filter(area_code__range=area_rules.subtree(area_code))
        .select_related("child", "lead")
        .annotate(
            waits=Exists(unnoted),
            held=Count("sessions", filter=Q(sessions__state=roads.HELD)),
            all=Count("sessions", filter=~Q(sessions__state=roads.CANCELLED)),
        )
    )
    if what == "CLOSED":
        return rows.filter(state=roads.CLOSED).order_by("-closed_on", "pk")
    rows = rows.filter(state=roads.RUNNING)
    if what == "WAITS":
        rows = rows.filter(Q(waits=True) | Q(review_on__lte=today))
    return rows.order_by("-waits", "review_on", "pk")


def child_for(user: User, child_id: UUID) -> Child:
    """Return a child for whose family the person may open a plan; raises `NotFound`."""
    found = Child.objects.filter(pk=child_id, merged_into=None).first()
    if found is None or not permissions.is_staff_for(user, found.area_code):
        raise NotFound
    return found


def running_of(child: Child) -> Guidance | None:
    """Return the plan of a child's family that is under way."""
    return Guidance.objects.running().filter(child=child).order_by("began_on").first()


def guidance_for(user: User, guidance_id: UUID) -> Guidance:
    """Return a plan that the person may read; raises `NotFound`."""
    rows = Guidance.objects.select_related("child", "lead", "closed_by")
    found = rows.filter(pk=guidance_id).first()
    if found is None or not permissions.is_staff_for(user, found.area_code):
        raise NotFound
    return found


def session_for(user: User, session_id: UUID) -> Session:
    """Return a session of a plan that the person may read; raises `NotFound`."""
    found = Session.objects.select_related("guidance__child").filter(pk=session_id).first()
    if found is None or not permissions.is_staff_for(user, found.area_code):
        raise NotFound
    return found


def homework_for(user: User, homework_id: UUID) -> Homework:
    """Return homework of a plan that the person may read; raises `NotFound`."""
    found = Homework.objects.filter(pk=homework_id).first()
    if found is None or not permissions.is_staff_for(user, found.area_code):
        raise NotFound
    return found


def page_of(guidance: Guidance, *, today: date) -> dict[str, Any]:
    """Return what the page of a plan shows; what is sealed stays closed."""
    sessions = list(guidance.sessions.select_related("noted_by").order_by("planned_on", "pk"))
    homework = list(guidance.homework.order_by("due_on", "pk"))
    return {
        "guidance": guidance, "child": guidance.child, "tone": TONES[guidance.state],
        "running": guidance.state == roads.RUNNING,
        "sessions": [
            {"session": each, "tone": TONES[each.state], "open": each.state == roads.PLANNED,
             "late": each.state == roads.PLANNED and each.planned_on < today}
            for each in sessions
        ],
        "homework": [
            {"homework": each, "tone": TONES[each.state],
             "acts": [step.act for step in roads.HOMEWORK.steps_from(each.state)],
             "late": each.state in (roads.GIVEN, roads.STARTED) and each.due_on < today}
            for each in homework
        ],
        "held": sum(each.state == roads.HELD for each in sessions),
        "counted": sum(each.state != roads.CANCELLED for each in sessions),
        "done": sum(each.state == roads.DONE for each in homework),
        "parents": parents_of(guidance.child),
    }  # fmt: skip


def parents_of(child: Child) -> list[Guardianship]:
    """Return a child's parents with how often each wants to be reminded."""
    rows = Guardianship.objects.filter(child=child, kinship__in=["FATHER", "MOTHER"])
    return list(rows.select_related("guardian", "guardian__reminder_choice").order_by("kinship"))


def guardian_for(user: User, guardian_id: UUID) -> Guardian:
    """Return a parent whose reminders the person may set; raises `NotFound`."""
    found = Guardian.objects.filter(pk=guardian_id).first()
    if found is None or not permissions.is_staff_for(user, found.area_code):
        raise NotFound
    return found


def reminder_choices() -> list[tuple[str, str]]:
    """Return how often a parent may be reminded, in words."""
    return [(code, gettext(words)) for code, words in checklist.REMINDERS.items()]
