"""What visits add to the page of a child."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
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
    return extensions.Panel(_("Home visits"), "visits/_child.html", context)
