"""Who could be taken into a slot by hand: of the roster, of the staff, or of the mothers."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.accounts.models import Grant
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common import masking
from qianshou.mothers.models import Mother
from qianshou.pairing.actions.seating import Person
from qianshou.pairing.models import CARE_KINDS, Partner, TeamSeat
from qianshou.registry.models import Child
from qianshou.teams.rules.model import MOTHERS, ROSTER, STAFF, Slot

MOST: Final = 60
# Roles of accounts that a slot for staff may be given to; others take any who see the child.
ACCOUNTS: Final = {
    "CHILD_DIRECTOR": ("child_director", "child_supervisor"),
    "CHAIR": ("fed_village", "fed_town"),
    "GRID_WORKER": ("grid",),
}
SEES: Final = ("child_director", "child_supervisor", "fed_village", "fed_town", "grid")


@dataclass(frozen=True)
class Candidate:
    """One person who could be taken in, with why she stands high or low in the list."""

    key: str
    name: str
    about: str
    person: Person


def candidates(child: Child, slot: Slot, *, q: str = "") -> list[Candidate]:
    """Return who could be taken into a slot of a child's team, the nearest first."""
    found = {ROSTER: _partners, STAFF: _staff, MOTHERS: _mothers}[slot.source](child, slot, q)
    sitting = {
        who
        for ids in TeamSeat.objects.in_force()
        .filter(child=child, role=slot.role, kind__in=CARE_KINDS)
        .values_list("partner_id", "staff_id", "mother_id")
        for who in ids
        if who
    }
    return [each for each in found if UUID(each.key) not in sitting]


def chosen(child: Child, slot: Slot, key: str) -> Person | None:
    """Return the person somebody chose from the list; None if the choice is not on it."""
    return next((each.person for each in candidates(child, slot) if each.key == key), None)


def _order(code: str, child: Child) -> tuple[bool, bool, str]:
    """Put the child's own village first, then its town."""
    return (
        code != child.area_code,
        area_rules.town_code(code) != area_rules.town_code(child.area_code),
        code,
    )


def _partners(child: Child, slot: Slot, q: str) -> list[Candidate]:
    county = area_rules.subtree(area_rules.county_code(child.area_code))
    standing = Q(seats__ended_at=None, seats__child__merged_into=None) & ~Q(
        seats__child__state="CLOSED"
    )
    rows = (
        Partner.objects.filter(role=slot.role, is_active=True, area_code__range=county)
        .annotate(held=Count("seats", filter=standing))
        .filter(places__gt=F("held"))
    )
    if q:
        rows = rows.filter(Q(name__contains=q) | Q(unit__contains=q))
    found = sorted(rows, key=lambda each: (each.unit != child.school, *_order(
        each.area_code, child)))[:MOST]  # fmt: skip
    return [
        Candidate(
            str(each.pk), each.name,
            _("%(unit)s, %(free)d of %(places)d places free")
            % {"unit": each.unit, "free": each.places - each.held, "places": each.places},
            Person(partner=each),
        )
        for each in found
    ]  # fmt: skip


def _staff(child: Child, slot: Slot, q: str) -> list[Candidate]:
    """Offer those whose own role lets them see the child anyway: a slot adds no right to them."""
    around = [child.area_code, *area_rules.ancestors(child.area_code)]
    rows = Grant.objects.in_force(timezone.localdate()).filter(
        role__in=ACCOUNTS.get(slot.role, SEES), area_id__in=around, user__is_active=True
    )
    if q:
        rows = rows.filter(user__display_name__contains=q)
    found = sorted(rows.select_related("user", "area"), key=lambda each: -len(
        area_rules.significant(each.area_id)))[:MOST]  # fmt: skip
    once = {each.user_id: each for each in reversed(found)}
    return [
        Candidate(str(each.user_id), str(each.user), each.words, Person(staff=each.user))
        for each in sorted(once.values(), key=found.index)
    ]


def _mothers(child: Child, slot: Slot, q: str) -> list[Candidate]:  # noqa: ARG001 - as the others
    town = area_rules.subtree(area_rules.town_code(child.area_code))
    rows = Mother.objects.ready_on(timezone.localdate()).filter(area_code__range=town)
    rows = rows.exclude(pairings__in=child.pairings.filter(ended_on=None))
    if q:
        rows = rows.filter(name__contains=q)
    near = sorted(rows.order_by("pk")[: MOST * 5], key=lambda each: _order(each.area_code, child))
    names = areas.full_names_of({each.area_code for each in near[:MOST]})
    return [
        Candidate(str(each.pk), masking.name(each.name), names[each.area_code], Person(mother=each))
        for each in near[:MOST]
    ]


def as_choices(found: list[Candidate]) -> list[tuple[str, str]]:
    """Return candidates as the choices of a form."""
    return [(each.key, f"{each.name} · {each.about}") for each in found]
