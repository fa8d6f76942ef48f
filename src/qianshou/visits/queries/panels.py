"""What visits add to the page of a child."""

from typing import Any

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.registry.models import Child
from qianshou.registry.queries import extensions
from qianshou.visits import permissions
from qianshou.visits.models import Visit, VisitTask
from qianshou.visits.queries import lists


def child_panel(user: User, child: Child) -> extensions.Panel | None:
    """Return the card of a child's page: the last visits, what follows, and a way to plan one."""
    if not permissions.can_visit(user, child.area_code):
        return None
    rows = Visit.objects.filter(child=child).select_related("child", "lead", "book")
    visits = list(rows.order_by("-planned_on", "-pk")[:4])
    context: dict[str, Any] = {
        "rows": lists.visit_rows(visits, "", timezone.localdate()),
        "tasks": VisitTask.objects.open().filter(child=child).count(),
        "plan_url": reverse("visits:plan") + f"?child={child.pk}",
    }
    brief = (
        formats.date_format(visits[0].planned_on, "MONTH_DAY_FORMAT") if visits else _("none yet")
    )
    return extensions.Panel(
        _("Home visits"), "visits/_child.html", context, brief, due=bool(context["tasks"])
    )


def child_moments(user: User, child: Child) -> list[extensions.Moment]:
    """Return the visits that were made, for a child's timeline: when, by whom, what for."""
    if not permissions.can_visit(user, child.area_code):
        return []
    rows = Visit.objects.filter(child=child).select_related("lead", "book").order_by("-planned_on")
    made = [(visit.came_at or visit.written_at, visit) for visit in rows[:100]]
    return [
        extensions.Moment(
            at, _("Home visit"), "people", who=str(visit.lead), text=lists.purpose_words(visit)
        )
        for at, visit in made
        if at is not None
    ]
