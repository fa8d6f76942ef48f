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
    state = _(road.TASK_TEAM.labels[team.state]) if team else ""
    context = {
        "team": team if may_see else None,
        "state": state,
        "tone": TONES[team.state] if team else "",
        "open_url": reverse("cases:open", args=[child.pk]) if may_open and not is_open else "",
    }
    brief = state if may_see else _("none yet")
    led = team is not None and team.lead is not None
    return extensions.Panel(
        _("Task team"), "cases/_child.html", context, brief, due=may_see and is_open and not led
    )


def child_moments(user: User, child: Child) -> list[extensions.Moment]:
    """Return when task teams were opened and closed, for a child's timeline; never why."""
    teams = TaskTeam.objects.filter(child=child).select_related("lead", "opened_by")
    found = []
    for team in teams.order_by("-opened_at")[:20]:
        if permissions.can_see(user, team):
            opener = str(team.opened_by) if team.opened_by else _("the system")
            found.append(
                extensions.Moment(
                    team.opened_at, _("Task team opened"), "people", "warn", who=opener
                )
            )
            if team.closed_at:
                found.append(extensions.Moment(team.closed_at, _("Task team closed"), "check"))
    return found
