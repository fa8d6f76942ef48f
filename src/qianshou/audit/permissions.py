"""Who may read the trail."""

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power


def can_read_trail(user: User, area_code: str) -> bool:
    """Tell whether the person may read the trail of an area."""
    return permissions.may(user, Power.VIEW_TRAIL, area_code)
