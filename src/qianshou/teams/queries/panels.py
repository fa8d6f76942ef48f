"""What teams add to the page of a child: its team with the gaps."""

from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.registry.models import Child
from qianshou.registry.queries import extensions
from qianshou.teams import permissions
from qianshou.teams.queries import asked, reading, teams


def child_panel(user: User, child: Child) -> extensions.Panel | None:
    """Return the card of a child's team; for those who may see who is around the child."""
    if not permissions.can_see(user, child.area_code):
        return None
    team = teams.team_of(child)
    places = teams.places_of(child, team) if team else []
    open_tasks = asked.of_child(child, timezone.localdate()) if team else []
    late = sum(each["late"] for each in open_tasks)
    context = {
        "team": team,
        "name": reading.words(team.model.name) if team else "",
        "places": places,
        "outside": teams.outside(child, places),
        "child_id": child.pk,
        "may_fill": permissions.can_fill(user, child.area_code),
        "late": late,
    }
    gaps = [place.gap for place in places if place.missing]
    brief = gaps[0] if gaps else context["name"] or _("none yet")
    return extensions.Panel(
        _("Care team"), "teams/_child.html", context, brief, due=bool(gaps or late)
    )
