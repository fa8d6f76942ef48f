"""The register of exports: one's own, and those of the area that one may decide."""

from uuid import UUID

from django.db.models import QuerySet

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotAllowed, NotFound
from qianshou.outbound import permissions
from qianshou.outbound.models import Export


def may_see(user: User) -> bool:
    """Tell whether the register has anything for the person."""
    return any(
        powers.may(user, power)
        for power in (Power.TAKE_OUT, Power.APPROVE_EXPORTS, Power.VIEW_TRAIL)
    )


def exports_for(user: User, area_code: str) -> QuerySet[Export]:
    """Return the exports of an area: one's own, and all of them to who decides or audits."""
    if not may_see(user):
        raise NotAllowed
    rows = Export.objects.filter(area_code__range=area_rules.subtree(area_code))
    watches = any(
        powers.may(user, power, area_code) for power in (Power.APPROVE_EXPORTS, Power.VIEW_TRAIL)
    )
    if not watches:
        rows = rows.filter(asked_by=user)
    return rows.select_related("asked_by", "decided_by").order_by("-asked_at")


def export_for(user: User, export_id: UUID) -> Export:
    """Return one export that the person asked for, may decide, or audits; raises `NotFound`."""
    found = Export.objects.filter(pk=export_id).select_related("asked_by", "decided_by").first()
    if found is None:
        raise NotFound
    watches = any(
        powers.may(user, power, found.area_code)
        for power in (Power.APPROVE_EXPORTS, Power.VIEW_TRAIL)
    )
    if found.asked_by_id != user.pk and not watches:
        raise NotFound
    return found


def waiting_for(user: User, area_code: str) -> int:
    """Count the exports of an area that wait for this person's word."""
    if not powers.may(user, Power.APPROVE_EXPORTS, area_code):
        return 0
    rows = Export.objects.filter(
        state=Export.State.ASKED, area_code__range=area_rules.subtree(area_code)
    )
    return rows.exclude(asked_by=user).count()


def datasets_for(user: User, area_code: str) -> list[tuple[str, str]]:
    """Return the datasets that the person may ask for, as choices."""
    return [
        (value, str(label))
        for value, label in Export.Dataset.choices
        if permissions.can_export(user, value, area_code)
    ]


def require_datasets(user: User, area_code: str) -> list[tuple[str, str]]:
    """Return the same choices; raises `NotAllowed` if there is none."""
    found = datasets_for(user, area_code)
    if not found:
        raise NotAllowed
    return found
