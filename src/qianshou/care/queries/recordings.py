"""Voice notes and photos: who may hear and see which."""

from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from qianshou.accounts.models import User
from qianshou.care import permissions
from qianshou.care.models import Contact, Enclosure
from qianshou.common import rowsecurity
from qianshou.common.errors import NotFound
from qianshou.consents.queries import holding
from qianshou.registry.models import Child, Consent


def enclosure_for(user: User, enclosure_id: UUID) -> Enclosure:
    """Return a recording that the person made, or of an area that is followed; or `NotFound`."""
    found = Enclosure.objects.kept().select_related("pairing").filter(pk=enclosure_id).first()
    if found is None or not (
        permissions.is_hers(user, found.pairing) or permissions.can_follow(user, found.area_code)
    ):
        raise NotFound
    return found


def photos_agreed(child_ids: set[UUID], *, on: date) -> set[UUID]:
    """Return the children of whom photos may be kept; a mother herself sees no consents."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        agreed = holding.condition(Consent.Purpose.PHOTOS, on=on)
        rows = Child.objects.filter(pk__in=child_ids).annotate(agreed=agreed).filter(agreed=True)
        return set(rows.values_list("pk", flat=True))


def of_contact(contact: Contact) -> QuerySet[Enclosure]:
    """Return what came with a contact, also what was refused or is gone."""
    return contact.enclosures.order_by("announced_at", "pk")
