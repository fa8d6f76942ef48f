"""Who may follow, pause, close and move what."""

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.pairing.models import Bar, Pairing
from qianshou.support.models import Complaint, Transfer


def can_see(user: User, pairing: Pairing) -> bool:
    """Tell whether the person works with pairs where this one lives."""
    return permissions.may(user, Power.VIEW_PAIRS, pairing.area_code)


def can_support(user: User, pairing: Pairing) -> bool:
    """Tell whether the person speaks with the sides of this pairing and keeps its worklist."""
    return permissions.may(user, Power.SUPPORT_PAIRS, pairing.area_code)


def can_close(user: User, pairing: Pairing) -> bool:
    """Tell whether the person may end this pairing and decide what comes next for the child."""
    return permissions.may(user, Power.DECIDE_PAIRING, pairing.area_code)


def can_lift(user: User, bar: Bar) -> bool:
    """Tell whether the person may lift a bar; one for safety needs another person than set it."""
    if bar.kind == Bar.Kind.SAFETY and bar.by_id == user.pk:
        return False
    return permissions.may(user, Power.DECIDE_PAIRING, bar.area_code)


def is_accused(user: User, complaint: Complaint) -> bool:
    """Tell whether the person is whom a complaint is about, or the mother it may be about."""
    hers = complaint.pairing.mother_id
    return user.pk == complaint.about_user_id or (user.person_id is not None
                                                  and user.person_id == hers)  # fmt: skip


def can_read_complaint(user: User, complaint: Complaint) -> bool:
    """Tell whether the person may read who complained and of what; the accused never may."""
    may = permissions.may(user, Power.DECIDE_PAIRING, complaint.area_code)
    return may and not is_accused(user, complaint)


def can_edit_schedule(user: User, area_code: str) -> bool:
    """Tell whether the person may write and adopt the schedule of an area."""
    return permissions.may(user, Power.DECIDE_PAIRING, area_code) or permissions.may(
        user, Power.EDIT_POLICY, area_code
    )


def can_ask_transfer(user: User, area_code: str) -> bool:
    """Tell whether the person answers for the files of the county that is left."""
    return permissions.may(user, Power.DECIDE_PAIRING, area_code)


def can_answer_transfer(user: User, transfer: Transfer) -> bool:
    """Tell whether the person answers for the place that the file is to belong to."""
    return permissions.may(user, Power.DECIDE_PAIRING, transfer.to_code)
