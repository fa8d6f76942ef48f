"""Who may compute a plan, and who may decide on it."""

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.pairing.models import Pairing, Policy, Proposal


def can_run(user: User, area_code: str) -> bool:
    """Tell whether the person may start a run for an area."""
    return permissions.may(user, Power.RUN_PAIRING, area_code)


def can_keep_roster(user: User, area_code: str) -> bool:
    """Tell whether the person may keep the roster of an area and compute its teams."""
    return permissions.may(user, Power.VIEW_PAIRS, area_code) and can_run(user, area_code)


def can_accept(user: User, area_code: str) -> bool:
    """Tell whether the person may accept places of teams for an area, and end them."""
    sees = permissions.may(user, Power.VIEW_PAIRS, area_code)
    return sees and permissions.may(user, Power.DECIDE_PAIRING, area_code)


def can_edit_policy(user: User, area_code: str) -> bool:
    """Tell whether the person may write a policy's next version for an area, or adopt one."""
    return permissions.may(user, Power.EDIT_POLICY, area_code)


def can_put_in_force(user: User, policy: Policy) -> bool:
    """Tell whether the person may put a version in force; the shipped one is put by the set-up."""
    return can_edit_policy(user, policy.area_code)


def can_decide(user: User, proposal: Proposal) -> bool:
    """Tell whether the person may approve or refuse this proposal."""
    return permissions.may(user, Power.DECIDE_PAIRING, proposal.area_code)


def can_end(user: User, pairing: Pairing) -> bool:
    """Tell whether the person may end this pairing."""
    return permissions.may(user, Power.DECIDE_PAIRING, pairing.area_code)


def can_steer(user: User, area_code: str) -> bool:
    """Tell whether the person may veto, lock and force pairs of an area, and take that back."""
    return permissions.may(user, Power.DECIDE_PAIRING, area_code)


def can_note_wishes(user: User, area_code: str) -> bool:
    """Tell whether the person may note, read and take back wishes and conflicts of a child.

    Whoever answers for the child's grade knows the child; the wishes are nobody else's to read.
    """
    sees = permissions.may(user, Power.VIEW_PAIRS, area_code)
    return sees and permissions.may(user, Power.CONFIRM_GRADES, area_code)


def can_adopt(user: User, area_code: str) -> bool:
    """Tell whether the person may make weights tried out the policy of an area, and run with it."""
    may_edit = permissions.may(user, Power.EDIT_POLICY, area_code)
    return may_edit and permissions.may(user, Power.RUN_PAIRING, area_code)
