"""What the road adds to pages below: a card on the child's page and one on the mother's."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.bonds.models import Agreement, Meeting, Offer, Side
from qianshou.bonds.queries import road
from qianshou.common import masking
from qianshou.mothers import queries as mothers
from qianshou.mothers.models import Mother
from qianshou.pairing.models import Pairing, StepTaken
from qianshou.pairing.rules import life
from qianshou.registry.models import Child
from qianshou.registry.queries import extensions


def child_panel(user: User, child: Child) -> extensions.Panel | None:
    """Return the card of a child's page: where its pair stands, or the way to propose one."""
    if not permissions.may(user, Power.VIEW_PAIRS, child.area_code):
        return None
    rows = list(child.pairings.select_related("mother").order_by("-started_on", "-id")[:5])
    standing = next((each for each in rows if each.ended_on is None), None)
    may_propose = standing is None and permissions.may(user, Power.ACCOMPANY, child.area_code)
    if not rows and not may_propose:
        return None
    context = {
        "pairings": rows,
        "next": road.next_of(standing) if standing is not None else "",
        "propose": child.pk if may_propose else None,
    }
    return extensions.Panel(
        _("The road of the pair"),
        "bonds/_child.html",
        context,
        standing.get_state_display() if standing is not None else _("none yet"),
        due=standing is not None and standing.state in life.BEFORE_CARE,
    )


def child_moments(user: User, child: Child) -> list[extensions.Moment]:
    """Return the steps of a child's pairs for its timeline, with whom and by whom."""
    if not permissions.may(user, Power.VIEW_PAIRS, child.area_code):
        return []
    rows = StepTaken.objects.filter(pairing__child=child).select_related("by", "pairing__mother")
    return [
        extensions.Moment(
            line.at, line.title, "match", "calm", who=line.who,
            text=_("pair with %(mother)s") % {"mother": masking.name(row.pairing.mother.name)},
        )
        for row in rows.order_by("-at")[:200]
        for line in [road.line_of(row)]
    ]  # fmt: skip


def mother_panel(user: User, mother: Mother) -> mothers.Panel | None:
    """Return the card of a mother's page: what waits for her word, or what is on its way to her."""
    if user.person_id == mother.pk:
        return mothers.Panel("bonds/_mine.html", waiting_for_her(mother))
    if not permissions.may(user, Power.VIEW_PAIRS, mother.area_code):
        return None
    rows = Pairing.objects.open().filter(mother=mother, state__in=life.BEFORE_CARE)
    found = list(rows.select_related("child").order_by("started_on", "id"))
    return mothers.Panel("bonds/_mother.html", {"pairings": found}) if found else None


def waiting_for_her(mother: Mother) -> dict[str, Any]:
    """Return what waits for a mother: offers to answer, agreements to sign, meetings to come."""
    today = timezone.localdate()
    offers = Offer.objects.open().filter(mother=mother, side=Side.MOTHER).order_by("due_on")
    agreements = Agreement.objects.filter(mother=mother, ended=False).exclude(
        signatures__side=Side.MOTHER
    )
    coming = Meeting.objects.filter(mother=mother, state=Meeting.State.PLANNED)
    return {
        "offers": list(offers),
        "agreements": list(agreements.order_by("due_on")),
        "meetings": list(coming.filter(meets_on__gte=today).order_by("meets_on")),
    }
