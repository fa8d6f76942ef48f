"""Who may log, read and answer, and who may block a phone."""

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.care.models import Device
from qianshou.common.errors import NotAllowed
from qianshou.pairing.models import Pairing


def is_hers(user: User, pairing: Pairing) -> bool:
    """Tell whether the person is the mother of this pairing, signed in as such."""
    return user.person_id == pairing.mother_id and permissions.may(user, Power.OWN_CHILDREN)


def can_follow(user: User, area_code: str) -> bool:
    """Tell whether the person follows care in this area: reads notes, answers, blocks phones."""
    return permissions.may(user, Power.FOLLOW_CARE, area_code)


def require_mother(user: User) -> None:
    """Refuse with `NotAllowed` whoever is not a loving mother with a file."""
    permissions.require(user, Power.OWN_CHILDREN)
    if user.person_id is None:
        raise NotAllowed


def is_open(device: Device) -> bool:
    """Tell whether a phone may still act: not blocked, and its mother still is one."""
    user = device.user
    return (
        device.revoked_at is None
        and user.is_active
        and user.person_id == device.mother_id
        and permissions.may(user, Power.OWN_CHILDREN)
    )
