"""Who may make, screen, publish and hand over wishes, and who learns who claimed one."""

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.pairing.models import Pairing
from qianshou.registry.models import Child
from qianshou.wishes.models import Wish


def can_keep(user: User, area_code: str) -> bool:
    """Tell whether the person keeps the wishes of this area."""
    return permissions.may(user, Power.KEEP_WISHES, area_code)


def is_her_child(user: User, child_id: object) -> bool:
    """Tell whether the person is the loving mother of this child, and care is running."""
    if user.person_id is None or not permissions.may(user, Power.OWN_CHILDREN):
        return False
    rows = Pairing.objects.caring().filter(child=child_id, mother=user.person_id)  # type: ignore[misc]
    return rows.exists()


def can_make(user: User, child: Child) -> bool:
    """Tell whether the person may write down a wish with this child."""
    return can_keep(user, child.area_code) or is_her_child(user, child.pk)


def can_see(user: User, wish: Wish) -> bool:
    """Tell whether the person may look at this wish."""
    return can_keep(user, wish.area_code) or is_her_child(user, wish.child_id)
