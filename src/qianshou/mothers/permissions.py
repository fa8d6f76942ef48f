"""Who may see and do what with a mother's file."""

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.mothers.models import Mother


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

    The result of a query is secret and goes to the county federation alone (domain.md 1.13).
    """
    return can_edit(user, mother)


def is_herself(user: User, mother: Mother) -> bool:
    """Tell whether the person is this mother, signed in in that role."""
    return user.person_id == mother.pk and permissions.may(user, Power.OWN_CHILDREN)
