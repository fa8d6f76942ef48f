"""Who may accompany a pair on its road, decide about it, and answer for herself."""

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.bonds.models import Agreement, Offer, Side
from qianshou.pairing.models import Pairing


def can_see(user: User, pairing: Pairing) -> bool:
    """Tell whether the person works with pairs where the child lives."""
    return permissions.may(user, Power.VIEW_PAIRS, pairing.area_code)


def can_accompany(user: User, area_code: str) -> bool:
    """Tell whether the person may propose pairs, offer them, note answers and hold meetings."""
    return permissions.may(user, Power.ACCOMPANY, area_code)


def can_decide(user: User, area_code: str) -> bool:
    """Tell whether the person may review a pair proposed by hand, and sign for the office."""
    return permissions.may(user, Power.DECIDE_PAIRING, area_code)


def can_edit_text(user: User, area_code: str) -> bool:
    """Tell whether the person may write the next version of an area's agreement, and its terms."""
    return permissions.may(user, Power.EDIT_AGREEMENT, area_code)


def is_asked(user: User, offer: Offer) -> bool:
    """Tell whether the person is the mother to whom an offer was made."""
    hers = offer.side == Side.MOTHER and user.person_id == offer.mother_id
    return hers and permissions.may(user, Power.OWN_CHILDREN)


def is_party(user: User, agreement: Agreement) -> bool:
    """Tell whether the person is the mother of an agreement."""
    return user.person_id == agreement.mother_id and permissions.may(user, Power.OWN_CHILDREN)
