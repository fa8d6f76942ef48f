"""What task teams add to a child's page."""

from django.urls import reverse
from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.cases import permissions
from qianshou.cases.models import TaskTeam
from qianshou.cases.queries.lists import TONES
from qianshou.cases.rules import road
from qianshou.registry.models import Child
from qianshou.registry.queries import extensions


def child_panel(user: User, child: Child) -> extensions.Panel | None:
    """Return the card with the child's task team, or the way to open one; else nothing."""
    found = TaskTeam.objects.filter(child=child).select_related("lead").order_by("-opened_at")
    team = found.first()
    may_open = permissions.can_open(user, child.area_code)
    may_see = team is not None and permissions.can_see(user, team)
    if not (may_open or may_see):
        return None
    is_open = team is not None and team.is_open
    context = {
        "team": team if may_see else None,
        "state": _(road.TASK_TEAM.labels[team.state]) if team else "",
        "tone": TONES[team.state] if team else "",
        "open_url": reverse("cases:open", args=[child.pk]) if may_open and not is_open else "",
    }
    return extensions.Panel(_("Task team"), "cases/_child.html", context)
