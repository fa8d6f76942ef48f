"""What team members are asked to do, as staff see it: open, late, answered."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qianshou.accounts.models import User
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotAllowed, NotFound
from qianshou.pairing.queries import shapes
from qianshou.registry.models import Child
from qianshou.teams import permissions
from qianshou.teams.models import TeamTask
from qianshou.teams.queries import links, reading, teams

STATES = (
    ("OPEN", gettext_lazy("open")),
    ("LATE", gettext_lazy("late")),
    ("UNREAD", gettext_lazy("answered, not read yet")),
    ("ANSWERED", gettext_lazy("answered")),
    ("WITHDRAWN", gettext_lazy("taken back")),
)
WITH = ("child", "seat__partner", "seat__staff", "seat__mother", "asked_by")


def tasks_in(user: User, area_code: str, *, state: str, today: date) -> QuerySet[TeamTask]:
    """Return the tasks of an area in a state, what is due first on top."""
    if not permissions.can_ask(user, area_code):
        raise NotAllowed
    rows = TeamTask.objects.filter(area_code__range=area_rules.subtree(area_code))
    if state == "LATE":
        rows = rows.late(today)
    elif state == "UNREAD":
        rows = rows.filter(state="ANSWERED", read_at=None)
    elif state:
        rows = rows.filter(state=state)
    order = ("due_on", "pk") if state in ("OPEN", "LATE", "") else ("-answered_at", "-asked_at")
    return rows.select_related(*WITH).order_by(*order)


def rows_of(rows: list[TeamTask], *, within: str, today: date) -> list[dict[str, Any]]:
    """Return tasks as rows of the list."""
    towns = areas.full_names_of({each.child.area_code for each in rows}, within=within)
    return [row_of(each, towns, today) for each in rows]


def row_of(task: TeamTask, towns: dict[str, str], today: date) -> dict[str, Any]:
    """Return one task as a row."""
    return {
        "task": task,
        "child": task.child.name,
        "about": shapes.about_child(task.child, towns, today),
        "who": teams.member(task.seat).who,
        "role": reading.role_words(task.role),
        "asked": task.asked.open(),
        "late": task.state == "OPEN" and task.due_on < today,
        "gone": task.state == "OPEN" and task.seat.ended_at is not None,
    }


def filters() -> list[dict[str, Any]]:
    """Return the filter chips of the list."""
    return [{"name": "state", "label": _("State"), "choices": STATES}]


def task_for(user: User, task_id: UUID) -> TeamTask:
    """Return one task that staff may look at; raises `NotFound`."""
    found = TeamTask.objects.filter(pk=task_id).select_related(*WITH).first()
    if found is None or not permissions.can_see(user, found.area_code):
        raise NotFound
    if not permissions.can_ask(user, found.area_code):
        raise NotAllowed
    return found


def of_child(child: Child, today: date) -> list[dict[str, Any]]:
    """Return the newest tasks of a child's team."""
    rows = TeamTask.objects.filter(child=child).select_related(*WITH).order_by("-asked_at")
    return [row_of(each, {}, today) for each in rows[:10]]


def link_words(task: TeamTask) -> str:
    """Say where the task's newest link stands; nothing if it has none."""
    if not task.link_number:
        return ""
    words = {
        links.LinkState.OPEN: _("sent, not opened yet"),
        links.LinkState.OPENED: _("opened, not answered yet"),
        links.LinkState.USED: _("answered"),
        links.LinkState.RUN_OUT: _("has run out"),
    }
    return str(words.get(links.state_of(task, task.link_number), _("taken back")))


def due_in(inside: dict[str, Any], today: date) -> int:
    """Count what staff have to look at: late tasks, and answers nobody has read."""
    late = TeamTask.objects.late(today).filter(**inside).count()
    return late + TeamTask.objects.filter(state="ANSWERED", read_at=None, **inside).count()
