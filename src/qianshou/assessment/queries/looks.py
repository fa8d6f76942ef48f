"""Children who are to be looked at again, and what was asked about a child."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.assessment import permissions
from qianshou.assessment.models import Alarm, Assessment, Inquiry, Reassessment
from qianshou.assessment.queries import grades, scales
from qianshou.common.errors import NotFound
from qianshou.registry.models import Child

LATE, ALL = "LATE", "ALL"
WHAT: Final = {LATE: gettext_noop("too late"), ALL: gettext_noop("all with their days")}


def due_for(
    user: User, area_code: str, *, what: str = "", because: str = "", today: date
) -> QuerySet[Reassessment]:
    """Return the children of an area who are to be looked at again, the longest due first."""
    powers.require(user, Power.CONFIRM_GRADES, area_code)
    inside = {"area_code__range": area_rules.subtree(area_code)}
    rows = Reassessment.objects.open().filter(**inside)
    if what == LATE:
        rows = rows.filter(due_on__lt=today)
    elif what != ALL:
        rows = rows.filter(due_on__lte=today)
    if because in Reassessment.Because.values:
        rows = rows.filter(because=because)
    grade = Assessment.objects.current().filter(child=OuterRef("child")).values("grade")[:1]
    return rows.select_related("child").annotate(grade=Subquery(grade)).order_by("due_on", "pk")


def count_due(inside: dict[str, Any], today: date) -> int:
    """Count the children of an area whose day has come."""
    return Reassessment.objects.open().filter(due_on__lte=today, **inside).count()


def filters() -> list[dict[str, Any]]:
    """Return the chips of the list."""
    return [
        {"name": "what", "label": _("Show"), "choices": [(k, _(v)) for k, v in WHAT.items()]},
        {"name": "because", "label": _("Because"), "choices": Reassessment.Because.choices},
    ]


@dataclass(frozen=True)
class Row:
    """One line of the list; a hidden place stays a county."""

    look: Any
    place: str
    days_late: int


def rows_of(looks: list[Any], *, viewer: User, area_code: str, today: date) -> list[Row]:
    """Add place and lateness."""
    codes = {each.pk: grades.shown_area(each.child, viewer) for each in looks}
    names = areas.full_names_of({area_code, *codes.values()})
    above = names.get(area_code, "")
    return [
        Row(
            each, names.get(codes[each.pk], "").removeprefix(above) or above,
            max((today - each.due_on).days, 0),
        )
        for each in looks
    ]  # fmt: skip


def child_for(user: User, child_id: UUID) -> Child:
    """Return a child about whom the person may answer; raises `NotFound`."""
    found = Child.objects.on_file().filter(pk=child_id).first()
    if found is None or not permissions.can_answer(user, found.area_code):
        raise NotFound
    return found


def inquiry_for(user: User, inquiry_id: UUID) -> Inquiry:
    """Return an answered form that the person may open; raises `NotFound`."""
    found = Inquiry.objects.select_related("child", "by", "instrument").filter(pk=inquiry_id)
    inquiry = found.first()
    if inquiry is None or not permissions.can_read_answers(user, inquiry.area_code):
        raise NotFound
    return inquiry


def asked_of(user: User, child: Child, today: date) -> dict[str, Any]:
    """Return what the page of a child's assessment shows of its looks, answers and alarms."""
    looks = Reassessment.objects.open().filter(child=child)
    inquiries = Inquiry.objects.filter(child=child).select_related("by").order_by("-at")
    return {
        "look": looks.first(),
        "inquiries": list(inquiries[:20]),
        "today": today,
        "may_answer": permissions.can_answer(user, child.area_code),
        "may_read": permissions.can_read_answers(user, child.area_code),
        "may_end_alarm": permissions.can_lower_red(user, child.area_code)
        and Alarm.objects.filter(child=child, ended_at=None).exists(),
    }


def answers_in_words(inquiry: Inquiry, answers: dict[str, str]) -> list[dict[str, str]]:
    """Return answers with their questions in words, by the version that asked them."""
    found = []
    for question in scales.questions_of(inquiry.instrument.body):
        words = dict(question["answers"]).get(answers.get(question["code"], ""))
        if words:
            found.append({"question": question["words"], "answer": words})
    return found
