"""What plans add to a child's page: how the checklist stands, the goal, and guidance."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qianshou.accounts.models import User
from qianshou.pairing.models import Pairing
from qianshou.plans import permissions
from qianshou.plans.queries import guidance, lines
from qianshou.plans.rules import slots
from qianshou.registry.models import Child
from qianshou.registry.queries import extensions


def child_panel(user: User, child: Child) -> extensions.Panel | None:
    """Return the card of a child's page for those who may see its care."""
    pairing = Pairing.objects.caring().filter(child=child).select_related("child").first()
    may_see = pairing is not None and permissions.can_see(user, pairing)
    may_guide = permissions.is_staff_for(user, child.area_code)
    if not (may_see or may_guide):
        return None
    context: dict[str, Any] = {
        "url": reverse("plans:plan", args=[pairing.pk]) if pairing and may_see else "",
        "guide_url": reverse("plans:begin-guidance", args=[child.pk]) if may_guide else "",
        "guidance": guidance.running_of(child) if may_guide else None,
        **(_standing(pairing) if pairing and may_see else {}),
    }
    return extensions.Panel(
        _("Care plan"), "plans/_child.html", context, _brief(context), due=bool(context.get("late"))
    )


def _brief(context: Mapping[str, Any]) -> str:
    """Return how the checklist stands in a few words."""
    if late := context.get("late"):
        return ngettext("%(n)d item late", "%(n)d items late", late) % {"n": late}
    if due := context.get("due"):
        return ngettext("%(n)d item open", "%(n)d items open", due) % {"n": due}
    return _("none yet") if "due" not in context else ""


def _standing(pairing: Pairing) -> dict[str, object]:
    plan = lines.plans_of([pairing]).get(pairing.pk)
    found = lines.lines_of([plan], timezone.localdate())[pairing.pk] if plan else []
    return {
        "late": sum(each.state == slots.LATE for each in found),
        "due": sum(each.state == slots.DUE for each in found),
        "done": sum(each.state == slots.DONE for each in found),
        "goal": lines.goals_of([pairing]).get(pairing.pk),
    }
