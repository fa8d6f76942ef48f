"""The worklists of visits: who is due, what is on today, what to write up, what follows."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import (
    Case,
    DateField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import Grant, User
from qianshou.accounts.rules import POWERS, Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.assessment.models import Assessment, Grade
from qianshou.common.errors import NotFound
from qianshou.mothers.models import Mother
from qianshou.pairing.models import Pairing
from qianshou.registry.models import Child
from qianshou.visits import permissions
from qianshou.visits.models import DayRoute, Visit, VisitTask
from qianshou.visits.queries import books
from qianshou.visits.rules import states

SOON: Final = timedelta(days=7)
GRADES: Final = Grade.choices
TABS: Final = (
    ("due", gettext_noop("To plan")),
    ("planned", gettext_noop("Planned visits")),
    ("to-write", gettext_noop("To write up")),
    ("tasks", gettext_noop("Tasks after visits")),
    ("book", gettext_noop("Book of visits")),
)
LATE, ALL_OPEN, DONE = "LATE", "OPEN", "DONE"
WHAT: Final = {
    ALL_OPEN: gettext_noop("open"),
    LATE: gettext_noop("too late"),
    DONE: gettext_noop("done"),
}
TONES: Final = {
    states.PLANNED: "wait", states.THERE: "wait", states.LEFT: "warn", states.MADE: "good",
    states.NOT_MET: "warn", states.REFUSED: "bad", states.CANCELLED: "neutral",
}  # fmt: skip


def _inside(user: User, area_code: str) -> dict[str, Any]:
    accounts.require(user, Power.VISIT_HOMES, area_code)
    return {"area_code__range": area_rules.subtree(area_code)}


def tabs_for(user: User, area_code: str, active: str) -> list[dict[str, Any]]:
    """Return the parts of this room that the person may enter."""
    return [
        {"label": _(words), "url": reverse(f"visits:{name}"), "active": name == active}
        for name, words in TABS
        if name != "book" or permissions.can_edit_book(user, area_code)
    ]


# -- to plan --------------------------------------------------------------------------------------


def due_children(inside: dict[str, Any], area_code: str, today: date) -> QuerySet[Any]:
    """Return the children whose visit comes within a week, by grade and cadence, longest due first.

    A child for whom a visit is planned is not among them. Who was never visited counts from the
    day the file was opened.
    """
    book = books.book_for(area_code)
    last = Visit.objects.filter(child=OuterRef("pk"), state=states.MADE).order_by("-planned_on")
    grade = Assessment.objects.current().filter(child=OuterRef("pk")).values("grade")[:1]
    planned = Visit.objects.open().filter(child=OuterRef("pk"))
    pause = Case(
        *(When(tier_grade=name, then=Value(timedelta(days=n)))
          for name, n in book.cadence_days.items()),
        default=Value(timedelta(days=book.cadence_days["GREEN"])), output_field=DurationField(),
    )  # fmt: skip
    rows: QuerySet[Any] = Child.objects.on_file().filter(~Exists(planned), **inside)
    rows = rows.annotate(
        tier_grade=Subquery(grade), last_on=Subquery(last.values("planned_on")[:1])
    )
    since = Coalesce(F("last_on"), Cast(F("created_at"), DateField()))
    due = ExpressionWrapper(since + pause, output_field=DateField())
    rows = rows.annotate(visit_due_on=Cast(due, DateField()))
    return rows.filter(visit_due_on__lte=today + SOON).order_by("visit_due_on", "pk")


def due_for(user: User, area_code: str, *, grade: str, today: date) -> QuerySet[Any]:
    """Return the children of an area to plan a visit for; perhaps of one grade only."""
    rows = due_children(_inside(user, area_code), area_code, today)
    return rows.filter(tier_grade=grade) if grade in Grade.values else rows


def due_rows(children: Sequence[Any], area_code: str, today: date) -> list[dict[str, Any]]:
    """Return children to plan a visit for as rows; a hidden place stays hidden."""
    shown = {each.area_code for each in children if not each.hidden_location}
    names = areas.full_names_of(shown, within=area_code)
    return [
        {
            "child": each,
            "place": _("place hidden") if each.hidden_location else names.get(each.area_code, ""),
            "grade": each.tier_grade or "",
            "last_on": each.last_on,
            "due_on": each.visit_due_on,
            "late": max((today - each.visit_due_on).days, 0),
            "age": each.age_on(today),
        }
        for each in children
    ]


# -- planned and to write up ----------------------------------------------------------------------


def planned_for(user: User, area_code: str, *, day: date | None, whose: str) -> QuerySet[Visit]:
    """Return the open visits of an area by day and order."""
    rows = Visit.objects.open().filter(**_inside(user, area_code))
    if day is not None:
        rows = rows.filter(planned_on=day)
    if whose == "MINE":
        rows = rows.filter(lead=user)
    return rows.select_related("child", "lead", "book", "mother").order_by(
        "planned_on", "lead_id", F("stop").asc(nulls_last=True), "opens", "pk"
    )


def to_write_for(user: User, area_code: str, *, today: date) -> QuerySet[Visit]:
    """Return the visits of an area whose day has passed and that nobody has written up."""
    rows = Visit.objects.to_write(today).filter(**_inside(user, area_code))
    return rows.select_related("child", "lead", "book", "mother").order_by("planned_on", "pk")


def visit_rows(visits: Sequence[Visit], area_code: str, today: date) -> list[dict[str, Any]]:
    """Return visits as rows."""
    shown = {each.area_code for each in visits if not each.child.hidden_location}
    names = areas.full_names_of(shown, within=area_code)
    return [
        {
            "visit": each,
            "purpose": purpose_words(each),
            "place": _("place hidden")
            if each.child.hidden_location
            else names.get(each.area_code, ""),
            "tone": TONES[each.state],
            "late": max((today - each.planned_on).days, 0),
            "at": clock(each.comes_at) if each.comes_at is not None else "",
            "window": f"{clock(each.opens)}–{clock(each.closes)}",
            "is_late": (each.comes_at or 0) > each.closes,
            "town": area_rules.town_code(each.area_code),
        }
        for each in visits
    ]


def days_of(user: User, area_code: str, *, today: date) -> list[dict[str, Any]]:
    """Return the days ahead with their visits by person and town, for their routes."""
    rows = Visit.objects.filter(
        state=states.PLANNED, planned_on__range=(today, today + SOON), **_inside(user, area_code)
    )
    found: dict[tuple[date, UUID, str], dict[str, Any]] = {}
    for each in rows.select_related("lead").order_by("planned_on", "lead_id", "area_code")[:500]:
        key = (each.planned_on, each.lead_id, area_rules.town_code(each.area_code))
        row = found.setdefault(
            key, {"day": key[0], "lead": each.lead, "town": key[2], "count": 0, "route": None}
        )
        row["count"] += 1
    days = {key[0] for key in found}
    for route in DayRoute.objects.filter(day__in=days, lead__in={key[1] for key in found}):
        if (key := (route.day, route.lead_id, route.area_code)) in found:
            found[key]["route"] = route
    names = areas.names_of({key[2] for key in found})
    return [row | {"place": names.get(row["town"], "")} for row in found.values()]


def clock(minute: int | None) -> str:
    """Return minutes from midnight as a time of day."""
    return "" if minute is None else f"{minute // 60:02}:{minute % 60:02}"


def purpose_words(visit: Visit) -> str:
    """Return what a visit is for, in words."""
    purpose = books.read(visit.book).purposes.get(visit.purpose)
    return books.words(purpose.text) if purpose else visit.purpose


# -- what follows ---------------------------------------------------------------------------------


def tasks_for(
    user: User, area_code: str, *, what: str, whose: str, today: date
) -> QuerySet[VisitTask]:
    """Return what follows from visits in an area; what has gone up a level stands on top."""
    rows = VisitTask.objects.filter(**_inside(user, area_code))
    if what == DONE:
        rows = rows.exclude(done_at=None)
    else:
        rows = rows.late_on(today) if what == LATE else rows.open()
    if whose == "MINE":
        rows = rows.filter(owner=user)
    return rows.select_related("child", "owner", "visit").order_by(
        F("escalated_at").asc(nulls_last=True), "due_on", "pk"
    )


def task_for(user: User, task_id: UUID) -> VisitTask:
    """Return one task of the person's area; raises `NotFound`."""
    found = VisitTask.objects.filter(pk=task_id).select_related("visit", "owner").first()
    if found is None or not permissions.can_do(user, found):
        raise NotFound
    return found


# -- people ---------------------------------------------------------------------------------------


def colleagues_for(user: User, area_code: str, *, today: date) -> list[tuple[User, bool]]:
    """Return who visits families in an area, each with whether it is a child director."""
    accounts.require(user, Power.VISIT_HOMES, area_code)
    roles = [role for role, powers in POWERS.items() if Power.VISIT_HOMES in powers]
    codes = [area_code, *area_rules.ancestors(area_code)]
    grants = Grant.objects.in_force(today).filter(area__code__in=codes, role__in=roles)
    held = dict[UUID, set[str]]()
    for person, role in grants.values_list("user_id", "role"):
        held.setdefault(person, set()).add(role)
    found = User.objects.filter(pk__in=held, is_active=True).order_by("display_name", "pk")[:200]
    return [(each, held[each.pk] == {"child_director"}) for each in found]


def colleague_for(user: User, area_code: str, person: UUID, *, today: date) -> User:
    """Return one person who visits families there; raises `NotFound`."""
    for each, _director in colleagues_for(user, area_code, today=today):
        if each.pk == person:
            return each
    raise NotFound


def mothers_of(children: Sequence[Child]) -> list[Mother]:
    """Return the loving mother of each child's running pairing."""
    rows = Pairing.objects.caring().filter(child__in=children).select_related("mother")
    return list({each.mother_id: each.mother for each in rows}.values())


def moment_of(text: str) -> datetime | None:
    """Return the time that a device says, if it can be read."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
