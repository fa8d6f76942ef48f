"""What support adds to pages below: the care card of a child, and the way to a transfer."""

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.mothers import queries as mothers
from qianshou.mothers.models import Mother
from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life
from qianshou.registry.models import Child
from qianshou.registry.queries import extensions
from qianshou.support import permissions
from qianshou.support.models import Followup
from qianshou.support.queries import care


def child_panel(user: User, child: Child) -> extensions.Panel | None:
    """Return the card of a child's page: whose turn it is, what worries, and its transfer."""
    pairing = Pairing.objects.caring().filter(child=child).first()
    may_move = permissions.can_ask_transfer(user, child.area_code)
    may_see = pairing is not None and permissions.can_see(user, pairing)
    if not (may_move or may_see):
        return None
    followup = Followup.objects.filter(pairing=pairing).first() if may_see else None
    context: dict[str, Any] = {
        "pairing": pairing if may_see else None,
        "state": _(life.PAIRING.labels[pairing.state]) if pairing else "",
        "tone": care.TONES.get(pairing.state, "neutral") if pairing else "",
        "followup": followup,
        "why": care.why_of(followup.risks) if followup else [],
        "move_url": reverse("support:move-child", args=[child.pk]) if may_move else "",
    }
    late = followup is not None and followup.turn_on < timezone.localdate()
    return extensions.Panel(
        _("Care"),
        "support/_child.html",
        context,
        context["state"] if may_see else _("none yet"),
        due=late or bool(context["why"]),
    )


def mother_panel(user: User, mother: Mother) -> mothers.Panel | None:
    """Return the way to a mother's transfer, for those who may ask for it."""
    if user.person_id == mother.pk or not permissions.can_ask_transfer(user, mother.area_code):
        return None
    url = reverse("support:move-mother", args=[mother.pk])
    return mothers.Panel("support/_mother.html", {"move_url": url})
