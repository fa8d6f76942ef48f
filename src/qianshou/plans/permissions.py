"""Who may write checklists, tick items, agree goals, guide families, and read all of it."""

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.common.errors import NotAllowed
from qianshou.pairing.models import Pairing
from qianshou.plans.models import Tick
from qianshou.plans.rules.checklist import Item


def can_edit_sets(user: User, area_code: str) -> bool:
    """Tell whether the person may write and adopt the checklist of an area."""
    return permissions.may(user, Power.DECIDE_PAIRING, area_code) or permissions.may(
        user, Power.EDIT_POLICY, area_code
    )


def can_move(user: User, pairing: Pairing) -> bool:
    """Tell whether the person may move a pairing to another version."""
    return permissions.may(user, Power.DECIDE_PAIRING, pairing.area_code)


def is_hers(user: User, pairing: Pairing) -> bool:
    """Tell whether the person is the mother of this pairing, signed in as such."""
    return user.person_id == pairing.mother_id and permissions.may(user, Power.OWN_CHILDREN)


def can_see(user: User, pairing: Pairing) -> bool:
    """Tell whether the person may read the plan: her own, or working with pairs there."""
    return is_hers(user, pairing) or permissions.may(user, Power.VIEW_PAIRS, pairing.area_code)


def is_staff_for(user: User, area_code: str) -> bool:
    """Tell whether the person speaks with the sides of pairings in this area."""
    return permissions.may(user, Power.SUPPORT_PAIRS, area_code)


def can_act(user: User, pairing: Pairing) -> bool:
    """Tell whether the person may write on this plan at all."""
    return is_hers(user, pairing) or is_staff_for(user, pairing.area_code)


def side_of(user: User, pairing: Pairing) -> str:
    """Return as what the person acts on a plan; refuses with `NotAllowed` whoever may not."""
    if is_hers(user, pairing):
        return "MOTHER"
    if is_staff_for(user, pairing.area_code):
        return "STAFF"
    raise NotAllowed


def can_tick(user: User, pairing: Pairing, item: Item) -> bool:
    """Tell whether the person may tick an item by hand; a mother's contacts count by themselves."""
    if is_hers(user, pairing):
        return "MOTHER" in item.may_tick and item.evidence != "CONTACT"
    return is_staff_for(user, pairing.area_code) and "STAFF" in item.may_tick


def can_withdraw(user: User, tick: Tick) -> bool:
    """Tell whether the person may say that a tick was wrong: its mother if it is hers, or staff."""
    if tick.source != Tick.Source.STAFF and is_hers(user, tick.pairing):
        return True
    return is_staff_for(user, tick.area_code)
