"""Who may write models, form and fill teams, and ask their members for something."""

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.pairing import permissions as pairing
from qianshou.pairing.models import TeamSeat


def can_see(user: User, area_code: str) -> bool:
    """Tell whether the person works with pairs and their teams there."""
    return permissions.may(user, Power.VIEW_PAIRS, area_code)


def can_edit_models(user: User, area_code: str) -> bool:
    """Tell whether the person may write care models of an area and adopt them."""
    return permissions.may(user, Power.DECIDE_PAIRING, area_code) or permissions.may(
        user, Power.EDIT_POLICY, area_code
    )


def can_read_models(user: User, area_code: str) -> bool:
    """Tell whether the person may read the models of an area."""
    return can_see(user, area_code) or can_edit_models(user, area_code)


def can_fill(user: User, area_code: str) -> bool:
    """Tell whether the person may form a child's team, and take people in and out of it."""
    return pairing.can_accept(user, area_code)


def can_ask(user: User, area_code: str) -> bool:
    """Tell whether the person may ask team members for something, and read what they answer."""
    return can_see(user, area_code) and permissions.may(user, Power.SUPPORT_PAIRS, area_code)


def sits(user: User, seat: TeamSeat) -> bool:
    """Tell whether this place is the person's own, and stands."""
    if seat.ended_at is not None:
        return False
    if seat.staff_id is not None:
        return seat.staff_id == user.pk
    return user.person_id is not None and user.person_id in (seat.partner_id, seat.mother_id)
