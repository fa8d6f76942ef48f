"""The units with which a task team would share what it knows: guardians are asked about them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from qianshou.accounts.models import Grant
from qianshou.assessment.models import Assessment
from qianshou.cases.models import Member
from qianshou.cases.queries import grounds
from qianshou.cases.rules import road
from qianshou.common import rowsecurity
from qianshou.pairing.models import Partner
from qianshou.registry.models import Child
from qianshou.teams.queries import sharing
from qianshou.teams.rules import sharing as rules


def parties_of(child: Child) -> list[str]:
    """Return the units whose people sit in a child's task team and that need consent."""
    members = list(_outside().filter(child=child).order_by("since", "pk"))
    with rowsecurity.acting(rowsecurity.SYSTEM):
        bodies = grounds.bodies_of(members)
    inside = rules.shipped().inside
    named = (bodies[each.pk] for each in members)
    return list(dict.fromkeys(unit for unit, role in named if unit and role not in inside))


def children_lacking(inside: Mapping[str, Any], today: date) -> QuerySet[Any]:
    """Return the children in whose task team somebody sits of whose unit no guardian was asked.

    Roles with a statutory duty are left out, and children who are in danger today, as in `grounds`.
    """
    table = rules.shipped()
    danger = Assessment.objects.current().filter(
        child=OuterRef("child"), grade__in=table.danger.parts
    )
    free = Q(pk__in=[])
    for role in table.inside | set(table.duties):
        free |= _of_role(role, today)
    kinds = [When(_of_role(role, today), then=Value(name)) for role, name in table.kinds.items()]
    roster = Partner.objects.filter(pk=OuterRef("user__person_id")).values("unit")[:1]
    rows = _outside().filter(~Exists(danger), **inside).exclude(free)
    rows = rows.annotate(
        unit_name=Coalesce(F("partner__unit"), roster, F("unit")),
        kind_name=Case(*kinds, default=Value("—")),
    )
    return sharing.not_agreed(rows, today)


def _of_role(role: str, today: date) -> Q:
    """Return the condition on members of a role: by the roster, or by the role of an account."""
    accounts = Grant.objects.in_force(today).filter(user=OuterRef("user"), role=role.lower())
    roster = Partner.objects.filter(pk=OuterRef("user__person_id"), role=role)
    return Q(partner__role=role) | Q(Exists(accounts)) | Q(Exists(roster))


def _outside() -> QuerySet[Member]:
    """Return the members of other bodies in open teams."""
    return Member.objects.filter(kind=Member.Kind.PARTNER, ended_at=None, team__state__in=road.OPEN)
