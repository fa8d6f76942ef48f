"""Who may see, open, join and divide children's files."""

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.registry.models import Child


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
