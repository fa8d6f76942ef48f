"""Who may see and do what with applications."""

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.recruitment.models import MotherApplication


def can_see(user: User, application: MotherApplication) -> bool:
    """Tell whether the person works with applications where this one lives; drafts are nobody's."""
    handed_in = application.submitted_at is not None
    return handed_in and permissions.may(user, Power.VIEW_RECRUITS, application.area_code)


def can_work(user: User, area_code: str) -> bool:
    """Tell whether the person may move applications on, train, and run campaigns."""
    return permissions.may(user, Power.RUN_RECRUITS, area_code)


def can_decide(user: User, area_code: str) -> bool:
    """Tell whether the person may approve, and decide about an appeal."""
    return permissions.may(user, Power.DECIDE_RECRUITS, area_code)


def can_see_screening(user: User, area_code: str) -> bool:
    """Tell whether the person may see what a background query came to."""
    return permissions.may(user, Power.SEE_SCREENING, area_code)


def can_reveal(user: User, area_code: str) -> bool:
    """Tell whether the person may open ID number and telephone."""
    return permissions.may(user, Power.REVEAL_SECRETS, area_code)
