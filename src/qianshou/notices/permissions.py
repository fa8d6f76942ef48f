"""Who sets the times that an office keeps: its days off, and when silence is told to whom."""

from typing import Final

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power

# The county for itself, the city for all of them.
SETTING: Final = (Power.DECIDE_PAIRING, Power.EDIT_POLICY)
SEEING: Final = (*SETTING, Power.FOLLOW_CARE)


def can_set_times(user: User, area_code: str) -> bool:
    """Tell whether the person may change the timetables of an area."""
    return any(permissions.may(user, power, area_code) for power in SETTING)


def can_see_times(user: User, area_code: str) -> bool:
    """Tell whether the person works by the timetables of an area."""
    return any(permissions.may(user, power, area_code) for power in SEEING)
