"""Who may compute a plan, and who may decide on it."""

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.pairing.models import MatchRun, Pairing, Proposal


def can_run(user: User, area_code: str) -> bool:
    """Tell whether the person may start a run for an area."""
    return permissions.may(user, Power.RUN_PAIRING, area_code)


def can_decide(user: User, proposal: Proposal) -> bool:
    """Tell whether the person may approve or refuse this proposal."""
    return permissions.may(user, Power.DECIDE_PAIRING, proposal.area_code)


def can_end(user: User, pairing: Pairing) -> bool:
    """Tell whether the person may end this pairing."""
    return permissions.may(user, Power.DECIDE_PAIRING, pairing.area_code)


def can_take_certificate(user: User, run: MatchRun) -> bool:
    """Tell whether the person may have a run's certificate: it lists every child of the run."""
    return permissions.may(user, Power.VIEW_PAIRS, run.area_code)
