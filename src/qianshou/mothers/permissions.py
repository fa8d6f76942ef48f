"""Who may see and do what with a mother's file."""

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.mothers.models import HardshipRequest, Mother


def can_see(user: User, mother: Mother) -> bool:
    """Tell whether the person works with mothers where this one lives."""
    return permissions.may(user, Power.VIEW_MOTHERS, mother.area_code)


def can_edit(user: User, mother: Mother) -> bool:
    """Tell whether the person may pause her, resume her or change her capacity."""
    return permissions.may(user, Power.EDIT_MOTHERS, mother.area_code)


def can_reveal(user: User, mother: Mother) -> bool:
    """Tell whether the person may open her ID number and telephone."""
    return can_see(user, mother) and permissions.may(user, Power.REVEAL_SECRETS, mother.area_code)


def can_see_screening(user: User, mother: Mother) -> bool:
    """Tell whether the person may see the result of the background query, not only its effect.

    The result of a query is secret and goes to two roles alone (domain.md 1.13).
    """
    return permissions.may(user, Power.SEE_SCREENING, mother.area_code)


def is_herself(user: User, mother: Mother) -> bool:
    """Tell whether the person is this mother, signed in in that role."""
    return user.person_id == mother.pk and permissions.may(user, Power.OWN_CHILDREN)


def can_see_strain(user: User, mother: Mother) -> bool:
    """Tell whether the person may see how she fares: she herself, and who cares for mothers."""
    return is_herself(user, mother) or can_edit(user, mother)


def can_handle(user: User, asked: HardshipRequest) -> bool:
    """Tell whether the person may answer a request for help: never one about herself."""
    if asked.about_id is not None and asked.about_id == user.pk:
        return False
    if asked.raised:
        return permissions.may(user, Power.EDIT_POLICY, asked.area_code)
    return permissions.may(user, Power.EDIT_MOTHERS, asked.area_code)


def require_care(user: User, area_code: str) -> None:
    """Refuse with `NotAllowed` unless the person cares for mothers, or for raised requests."""
    if not permissions.may(user, Power.EDIT_MOTHERS, area_code):
        permissions.require(user, Power.EDIT_POLICY, area_code)


def require_edit(user: User, mother: Mother) -> None:
    """Refuse with `NotAllowed` unless the person may change her file."""
    permissions.require(user, Power.EDIT_MOTHERS, mother.area_code)
