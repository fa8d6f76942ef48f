"""Whom staff can propose to a child by hand, and the ceremonies that can still be joined."""

from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.bonds import permissions
from qianshou.bonds.models import Ceremony
from qianshou.bonds.queries import ceremony as ceremony_queries
from qianshou.common.errors import NotAllowed, NotFound
from qianshou.mothers import queries as mothers
from qianshou.mothers.models import Mother
from qianshou.pairing.queries import instance
from qianshou.registry.models import Child

SHOWN = 20


def child_for(user: User, child_id: UUID) -> Child:
    """Return a child for whom the person may propose; raises `NotFound` when not theirs."""
    child = Child.objects.filter(pk=child_id, merged_into=None).first()
    if child is None or not powers.may(user, Power.VIEW_PAIRS, child.area_code):
        raise NotFound
    if not permissions.can_accompany(user, child.area_code):
        raise NotAllowed
    return child


def mother_of(child: Child, mother_id: UUID) -> Mother:
    """Return a mother of the child's county whom the person may see; raises `NotFound`."""
    county = area_rules.county_code(child.area_code)
    inside = {"area_code__range": area_rules.subtree(county)}
    found = Mother.objects.filter(pk=mother_id, **inside).first()
    if found is None:
        raise NotFound
    return found


def page_of(child: Child, query: str, *, chosen: Any, today: date) -> dict[str, Any]:
    """Return what the page of a proposal by hand shows: who is ready near, or goes by a name."""
    county = area_rules.county_code(child.area_code)
    rows = mothers.found_by(query, mothers.ready_in(county, today)).filter(Q(("free__gt", 0)))
    town = area_rules.subtree(area_rules.town_code(child.area_code))
    if not query:
        rows = rows.filter(area_code__range=town)
    found: list[Any] = list(rows.order_by("area_code", "pinyin", "id")[:SHOWN])
    names = areas.full_names_of({each.area_code for each in found}, within=county)
    return {
        "child": child,
        "age": child.age_on(today),
        "mothers": [
            {
                "id": each.pk,
                "name": each.name,
                "place": names.get(each.area_code, ""),
                "free": each.free,
                "chosen": str(each.pk) == str(chosen),
            }
            for each in found
        ],
        "is_near": not query,
        "waiting": bool(instance.child_rows([child.pk])),
    }


def ceremony_named(user: User, key: str) -> Ceremony:
    """Return the ceremony that a bulk act names; raises `NotFound`."""
    try:
        return ceremony_queries.ceremony_for(user, UUID(key))
    except ValueError:
        raise NotFound from None
