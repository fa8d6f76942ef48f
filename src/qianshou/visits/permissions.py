"""Who may plan, make and write up visits, and who sets their book."""

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.visits.models import Visit, VisitTask


def can_visit(user: User, area_code: str) -> bool:
    """Tell whether the person goes to families in this area, and plans such visits."""
    return permissions.may(user, Power.VISIT_HOMES, area_code)


def can_order(user: User, town: str) -> bool:
    """Tell whether the person goes to families in a town or in a part of it."""
    return permissions.may_inside(user, Power.VISIT_HOMES, town)


def is_hers(user: User, visit: Visit) -> bool:
    """Tell whether the person is the mother who goes along, signed in as such."""
    return (
        visit.mother_id is not None
        and user.person_id == visit.mother_id
        and permissions.may(user, Power.OWN_CHILDREN)
    )


def can_make(user: User, visit: Visit) -> bool:
    """Tell whether the person may sign in at a visit and write it up."""
    return can_visit(user, visit.area_code) or is_hers(user, visit)


def can_do(user: User, task: VisitTask) -> bool:
    """Tell whether the person may finish a task or hand it on."""
    return can_visit(user, task.area_code)


def can_edit_book(user: User, area_code: str) -> bool:
    """Tell whether the person sets what visits ask and how often they are."""
    return permissions.may(user, Power.DECIDE_PAIRING, area_code) or permissions.may(
        user, Power.EDIT_POLICY, area_code
    )
