"""Who receives reports and signals, and who may name a child in a report of their own."""

from uuid import UUID

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.pairing.models import Pairing
from qianshou.registry.models import Child


def is_receiver(user: User, county: str | None = None) -> bool:
    """Tell whether the person receives reports, for a county if one is named."""
    return permissions.may(user, Power.RECEIVE_REPORTS, county)


def can_name(user: User, child: Child) -> bool:
    """Tell whether the person may point to this file: their area's, or a child ever in their care.

    Asked as the system: a pairing that has ended is hers for this purpose too.
    """
    if permissions.may(user, Power.VIEW_CHILDREN, child.area_code):
        return True
    return user.person_id is not None and was_hers(user.person_id, child.pk)


def was_hers(mother: UUID, child: UUID) -> bool:
    """Tell whether the child is or was in the care of this mother."""
    return Pairing.objects.filter(mother_id=mother, child_id=child).exists()
