"""Whether the guardian agrees that a partner of another unit hears of the child: asked every time.

A partner's own scope shows no consent, so the answer is looked up as the system: a plain yes or no.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import Case, F, Func, JSONField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils import timezone

from qianshou.common import rowsecurity
from qianshou.consents.queries import holding
from qianshou.pairing.models import CARE_KINDS, Partner, TeamSeat
from qianshou.registry.models import Child, Consent
from qianshou.teams.rules import sharing as rules
from qianshou.teams.rules.sharing import Opening

SHARING: Final = Consent.Purpose.SHARING


def opening_of(seat: TeamSeat, parts: Sequence[str]) -> Opening:
    """Return what of these parts is open today to whoever sits in a place."""
    if seat.partner_id is None:
        return Opening(tuple(parts))
    table = rules.shipped()
    with rowsecurity.acting(rowsecurity.SYSTEM):
        unit = Partner.objects.values_list("unit", flat=True).get(pk=seat.partner_id)
        agreed = _agreed(seat.child_id, unit, seat.role)
    return rules.opening(table, seat.role, list(parts), unit=unit, agreed=agreed)


def _agreed(child_id: UUID, unit: str, role: str) -> bool:
    """Tell whether the guardian said yes to the unit by name, or to its kind."""
    return any(
        holding.holds(child_id, SHARING, party) for party in (unit, table_kind(role)) if party
    )


def shut_of(seats: Iterable[TeamSeat]) -> set[UUID]:
    """Return the places of a list in which nothing of the child may be shown today."""
    table = rules.shipped()
    free = table.inside | set(table.duties)
    groups: dict[tuple[UUID, str], list[TeamSeat]] = {}
    for each in seats:
        if each.partner_id is not None and each.role not in free:
            groups.setdefault((each.partner_id, each.role), []).append(each)
    shut: set[UUID] = set()
    with rowsecurity.acting(rowsecurity.SYSTEM):
        for (partner, role), some in groups.items():
            unit = Partner.objects.values_list("unit", flat=True).get(pk=partner)
            agreed = agreed_of({each.child_id for each in some}, unit, role)
            shut |= {each.pk for each in some if each.child_id not in agreed}
    return shut


def agreed_of(children: set[UUID], unit: str, role: str) -> set[UUID]:
    """Return the children whose guardians agree, in one question for each of the two names.

    Reads consents, so it is called as the system: by whoever says no more than yes or no.
    """
    today, found = timezone.localdate(), set[UUID]()
    for party in (unit, table_kind(role)):
        if party:
            agreed = holding.condition(SHARING, on=today, party=party)
            rows = Child.objects.filter(pk__in=children).annotate(agreed=agreed)
            found |= set(rows.filter(agreed=True).values_list("pk", flat=True))
    return found


def table_kind(role: str) -> str:
    """Return the kind of partner that a guardian may agree to instead of a unit."""
    return rules.shipped().kinds.get(role, "")


def lacking_of(child: Child, parts: Mapping[str, Sequence[str]]) -> list[tuple[TeamSeat, Opening]]:
    """Return whose places in a child's team lack consent, with what is open by law meanwhile."""
    rows = _partners().filter(child=child).select_related("partner").order_by("role", "pk")
    found = [(each, opening_of(each, parts.get(each.role, ()))) for each in rows]
    return [(seat, opened) for seat, opened in found if opened.party]


def _partners() -> QuerySet[TeamSeat]:
    return TeamSeat.objects.in_force().filter(kind__in=CARE_KINDS).exclude(partner=None)


def parties_of(child: Child) -> list[str]:
    """Return the units whose people sit in a child's team and that need consent; consents asks."""
    table = rules.shipped()
    rows = _partners().filter(child=child).exclude(role__in=table.inside)
    return list(
        dict.fromkeys(rows.order_by("partner__unit").values_list("partner__unit", flat=True))
    )


def children_lacking(inside: Mapping[str, Any], today: date | None = None) -> QuerySet[Any]:
    """Return the children in whose team a partner sits of whom the guardian was not asked.

    Roles with a statutory duty are left out: their part of the file is open, the rest can wait.
    """
    table = rules.shipped()
    names = [When(role=role, then=Value(name)) for role, name in table.kinds.items()]
    seats = _partners().exclude(role__in=table.inside | set(table.duties)).filter(**inside)
    seats = seats.annotate(unit_name=F("partner__unit"), kind_name=Case(*names, default=Value("—")))
    return not_agreed(seats, today or timezone.localdate())


def not_agreed(rows: QuerySet[Any], today: date) -> QuerySet[Any]:
    """Return the children of rows whose `unit_name` and `kind_name` the last answer leaves out."""
    newest = Consent.objects.filter(
        child=OuterRef("child"), purpose=SHARING, given_on__lte=today
    ).order_by(*holding.NEWEST)
    rows = rows.annotate(
        agreed=Subquery(newest.values("parties")[:1], output_field=JSONField()),
        as_unit=_array(F("unit_name")), as_kind=_array(F("kind_name")),
    )  # fmt: skip
    named = Q(agreed__contains=F("as_unit")) | Q(agreed__contains=F("as_kind"))
    return rows.filter(Q(agreed__isnull=True) | ~named).values("child")


def _array(of: Any) -> Func:
    return Func(of, function="jsonb_build_array", output_field=JSONField())
