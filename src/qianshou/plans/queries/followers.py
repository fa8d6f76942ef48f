"""Which pairings of an area follow another version than one, to be moved on purpose."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotAllowed
from qianshou.pairing.models import Pairing
from qianshou.plans.models import CareSet, Plan
from qianshou.plans.queries import sets


def others_for(user: User, area_code: str, care_set: CareSet) -> QuerySet[Plan]:
    """Return the running plans of an area under another version, for whoever may move them."""
    if not powers.may(user, Power.DECIDE_PAIRING, area_code):
        raise NotAllowed
    rows = Plan.objects.filter(
        area_code__range=area_rules.subtree(area_code), pairing__ended_on=None
    ).exclude(care_set=care_set)
    return rows.select_related("pairing__child", "pairing__mother", "care_set").order_by(
        "area_code", "pk"
    )


def picked(rows: QuerySet[Plan], ids: Sequence[str], *, everything: bool) -> list[Pairing]:
    """Return the pairings that were ticked, or all of the list."""
    if not everything:
        rows = rows.filter(pairing__in=[UUID(each) for each in ids if _is_id(each)])
    return [each.pairing for each in rows]


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Row:
    """One pairing of the list."""

    plan: Plan
    place: str
    version: str


def rows_of(page: list[Plan], *, area_code: str) -> list[Row]:
    """Return a page of plans in words."""
    places = areas.full_names_of({each.area_code for each in page}, within=area_code)
    return [
        Row(each, places.get(each.area_code, each.area_code), _version(each.care_set))
        for each in page
    ]


def _version(care_set: CareSet) -> str:
    return f"{sets.words(sets.read(care_set).name)} · {care_set.version}"
