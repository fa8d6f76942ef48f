"""Who may take data out, allow it, and say which systems are told."""

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.common.errors import NotAllowed
from qianshou.outbound.models import Export

# What a dataset asks for besides the power to take data out.
SEES = {
    Export.Dataset.CHILDREN: Power.VIEW_CHILDREN,
    Export.Dataset.MOTHERS: Power.VIEW_MOTHERS,
    Export.Dataset.PAIRINGS: Power.VIEW_PAIRS,
}


def can_export(user: User, dataset: str, area_code: str, *, named: bool = False) -> bool:
    """Tell whether the person may take this dataset of an area out; names need a further power."""
    needed = [Power.TAKE_OUT, SEES[Export.Dataset(dataset)]]
    if named:
        needed.append(Power.REVEAL_SECRETS)
    return all(permissions.may(user, power, area_code) for power in needed)


def require_export(user: User, dataset: str, area_code: str, *, named: bool = False) -> None:
    """Raise `NotAllowed` unless the person may take this dataset out."""
    if not can_export(user, dataset, area_code, named=named):
        raise NotAllowed


def can_decide(user: User, export: Export) -> bool:
    """Tell whether the person may allow or refuse an export: never one's own."""
    mine = export.asked_by_id == user.pk
    return not mine and permissions.may(user, Power.APPROVE_EXPORTS, export.area_code)


def can_edit_receivers(user: User, area_code: str | None = None) -> bool:
    """Tell whether the person may say which systems are told what."""
    return permissions.may(user, Power.EDIT_SOURCES, area_code)
