"""What people ask about transfers: those of their county, in both directions."""

from typing import Any, Final
from uuid import UUID

from django.db.models import Case, Q, QuerySet, When
from django.utils.translation import gettext as _

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.mothers import queries as mothers
from qianshou.pairing.models import NextStep
from qianshou.registry.models import Child, Guardianship
from qianshou.registry.queries import child as registry
from qianshou.support import permissions
from qianshou.support.models import Transfer
from qianshou.support.rules import moving

REMATCH: Final = NextStep.REMATCH
NEXT_STEPS: Final = [each for each in NextStep.choices if each[0] in ("REMATCH", "COOL_DOWN",
                                                                    "MONITORED")]  # fmt: skip


def transfers_for(user: User, area_code: str, *, state: str = "") -> QuerySet[Transfer]:
    """Return the transfers out of and into an area, those that wait first."""
    accounts.require(user, Power.DECIDE_PAIRING, area_code)
    inside = area_rules.subtree(area_code)
    rows = Transfer.objects.filter(Q(area_code__range=inside) | Q(to_code__range=inside))
    if state in moving.TRANSFER.labels:
        rows = rows.filter(state=state)
    waits = Case(When(state=moving.ASKED, then=0), default=1)
    return rows.select_related("by").order_by(waits, "-at")


def transfer_for(user: User, transfer_id: UUID) -> Transfer:
    """Return one transfer that the person asks for or answers; raises `NotFound`."""
    found = Transfer.objects.select_related("by", "decided_by").filter(pk=transfer_id).first()
    if found is None:
        raise NotFound
    asks = permissions.can_ask_transfer(user, found.area_code)
    if not (asks or permissions.can_answer_transfer(user, found)):
        raise NotFound
    return found


def page_of(user: User, transfer: Transfer) -> dict[str, Any]:
    """Return what the page of a transfer shows."""
    names = areas.full_names_of({transfer.area_code, transfer.to_code})
    waits = transfer.state == moving.ASKED
    return {
        "transfer": transfer,
        "from_name": names.get(transfer.area_code, transfer.area_code),
        "to_name": names.get(transfer.to_code, transfer.to_code),
        "may_answer": waits and permissions.can_answer_transfer(user, transfer),
        "may_take_back": waits and permissions.can_ask_transfer(user, transfer.area_code),
        "rows_moved": sum(transfer.moved.values()),
    }


def child_for(user: User, child_id: UUID) -> Child:
    """Return a child whose transfer the person may see to; raises `NotFound`."""
    return registry.child_for(user, child_id)


def mother_for(user: User, mother_id: UUID) -> Any:
    """Return a mother whose transfer the person may see to; raises `NotFound`."""
    return mothers.mother_for(user, mother_id)


def guardians_of(child: Child) -> list[str]:
    """Return the names of the guardians on file, who alone can agree for the child."""
    rows = Guardianship.objects.filter(child=child, is_guardian=True).select_related("guardian")
    return [each.guardian.name for each in rows if each.guardian.name]


def require_ask(user: User, area_code: str) -> None:
    """Refuse whoever does not answer for the county that is left, before a form is shown."""
    accounts.require(user, Power.DECIDE_PAIRING, area_code)


def states() -> list[tuple[str, str]]:
    """Return the states of a transfer for a filter."""
    return [(code, _(words)) for code, words in moving.TRANSFER.labels.items()]


def rows_of(found: list[Transfer], area_code: str) -> list[dict[str, Any]]:
    """Return transfers as rows, seen from an area."""
    names = areas.full_names_of({code for each in found for code in (each.area_code, each.to_code)})
    low, high = area_rules.subtree(area_code)
    return [
        {
            "transfer": each,
            "coming": low <= each.to_code <= high,
            "from_name": names.get(each.area_code, each.area_code),
            "to_name": names.get(each.to_code, each.to_code),
            "waits": each.state == moving.ASKED,
        }
        for each in found
    ]
