"""Who may see, open, join and divide children's files."""

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.registry.models import Child
from qianshou.registry.rules.fields import PLACES, SECRET


def can_decide_links(user: User, area_code: str | None = None) -> bool:
    """Tell whether the person may say which rows are one child there."""
    return permissions.may(user, Power.DECIDE_LINKS, area_code)


def can_reveal(user: User, child: Child, field: str) -> bool:
    """Tell whether the person may open a sensitive field of this file.

    Where a child lives is opened only by named people once its place is hidden.
    """
    if field == "address" and not can_see_place(user, child):
        return False
    return permissions.may(user, Power.REVEAL_SECRETS, child.area_code)


def can_note_consent(user: User, child: Child) -> bool:
    """Tell whether the person may write down a guardian's answer about pairing."""
    return permissions.may(user, Power.CONFIRM_GRADES, child.area_code)


def can_hide_place(user: User, child: Child) -> bool:
    """Tell whether the person may hide where a child lives."""
    return permissions.may(user, Power.REVEAL_SECRETS, child.area_code)


def can_see_place(user: User, child: Child) -> bool:
    """Tell whether the person may see where a child lives and goes to school."""
    return not child.hidden_location or str(user.pk) in child.location_readers


def can_set_value(user: User, child: Child, field: str) -> bool:
    """Tell whether the person may set a value of this file by hand, or leave it again.

    Whoever answers for the child's grade knows its circumstances; a sealed value needs the right
    to open it, and a hidden place the right to see it.
    """
    if field in SECRET and not can_reveal(user, child, field):
        return False
    if field in PLACES and not can_see_place(user, child):
        return False
    return permissions.may(user, Power.CONFIRM_GRADES, child.area_code)


def can_set_review(user: User, area_code: str) -> bool:
    """Tell whether the person may say how many people decide a doubtful link there.

    It is for those who let unusual deliveries through, not for those who answer questions alone.
    """
    return permissions.may(user, Power.APPROVE_IMPORTS, area_code)
