"""The card on a child's page: where each purpose stands."""

from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.consents import permissions
from qianshou.consents.queries import child as queries
from qianshou.registry.models import Child
from qianshou.registry.queries import extensions


def child_panel(user: User, child: Child) -> extensions.Panel | None:
    """Return the card of a child's page for those who may see the file."""
    if not queries.may_see(user, child):
        return None
    standings = queries.standings_of(child, timezone.localdate())
    context = {
        "child": child,
        "standings": standings,
        "may_handle": permissions.can_handle(user, child.area_code),
    }
    given = sum(each.tone == "good" for each in standings)
    stale = any(each.tone in {"warn", "wait"} for each in standings)
    brief = _("%(given)d of %(all)d agreed") % {
        "given": given,
        "all": len(standings),
    }
    return extensions.Panel(_("Consent"), "consents/_panel.html", context, brief, due=stale)
