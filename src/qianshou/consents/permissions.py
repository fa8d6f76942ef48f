"""Who may ask guardians, note their answers, and write the texts they sign."""

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.common.errors import NotAllowed
from qianshou.registry.models import Child


def can_handle(user: User, area_code: str) -> bool:
    """Tell whether the person may ask for consents and note them there."""
    return permissions.may(user, Power.CONFIRM_GRADES, area_code)


def can_note_assent(user: User, area_code: str) -> bool:
    """Tell whether the person may write down what a child said: whoever works with it there."""
    return permissions.may(user, Power.VIEW_CHILDREN, area_code)


def require_handling(user: User, child: Child) -> None:
    """Raise `NotAllowed` unless the person may handle the consents of a child."""
    if not can_handle(user, child.area_code):
        raise NotAllowed


def can_edit_texts(user: User) -> bool:
    """Tell whether the person may write a new version of a text; it holds for the whole site."""
    return permissions.may(user, Power.EDIT_POLICY)
