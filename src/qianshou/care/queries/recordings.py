"""Voice notes and photos: who may hear and see which."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.care import permissions
from qianshou.care.models import Contact, Enclosure
from qianshou.care.rules import enclosing as rules
from qianshou.common.errors import NotFound
from qianshou.plans.models import Tick
from qianshou.plans.queries.extensions import Proof


def enclosure_for(user: User, enclosure_id: UUID) -> Enclosure:
    """Return a recording that the person made, or of an area that is followed; or `NotFound`."""
    found = Enclosure.objects.kept().select_related("pairing").filter(pk=enclosure_id).first()
    if found is None or not _may_open(user, found):
        raise NotFound
    return found


def _may_open(user: User, found: Enclosure) -> bool:
    hers = permissions.is_hers(user, found.pairing)
    return hers or permissions.can_follow(user, found.area_code)


def of_contact(contact: Contact) -> QuerySet[Enclosure]:
    """Return what came with a contact, also what was refused or is gone."""
    return contact.enclosures.order_by("announced_at", "pk")


def of_ticks(user: User, ticks: Sequence[Tick]) -> Mapping[UUID, list[Proof]]:
    """Return the photos of ticks in words, and where those can be seen that the person may see."""
    found: dict[UUID, list[Proof]] = {}
    rows = Enclosure.objects.filter(tick__in=[each.pk for each in ticks]).select_related("pairing")
    for each in rows.order_by("announced_at", "pk"):
        assert each.tick_id is not None
        found.setdefault(each.tick_id, []).append(_proof(user, each))
    return found


def _proof(user: User, each: Enclosure) -> Proof:
    if each.state != rules.KEPT:
        return Proof(_("Photo: %(state)s") % {"state": each.get_state_display()}, each.why)
    url = reverse("care:recording", args=[each.pk]) if _may_open(user, each) else ""
    return Proof(_("A photo is kept"), url=url)
