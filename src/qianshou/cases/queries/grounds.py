"""Why a member of another body may hear of a child: consent, duty by law, or danger.

Asked each time. Staff of the place and the child's own mother need no such ground. A member's own
scope shows neither consents nor grades, so the answer is looked up as the system: yes or no, and
the law.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.utils import timezone

from qianshou.accounts.models import Grant
from qianshou.assessment.models import Assessment
from qianshou.cases.models import Member
from qianshou.common import rowsecurity
from qianshou.pairing.models import Partner
from qianshou.teams.queries import sharing
from qianshou.teams.rules import sharing as rules

_ROSTER: Final = "partner"


@dataclass(frozen=True)
class Ground:
    """Whether a member may hear of the child; `law` where no consent carries it."""

    is_open: bool
    law: str = ""


OPEN: Final = Ground(is_open=True)
SHUT: Final = Ground(is_open=False)


def ground_of(member: Member) -> Ground:
    """Return the ground of one member."""
    return grounds_of([member])[member.pk]


def grounds_of(members: Sequence[Member]) -> dict[UUID, Ground]:
    """Return the ground of each member, by its id; members of one body are asked for together."""
    found = {each.pk: OPEN for each in members}
    outside = [each for each in members if each.kind == Member.Kind.PARTNER]
    if not outside:
        return found
    table = rules.shipped()
    with rowsecurity.acting(rowsecurity.SYSTEM):
        bodies = bodies_of(outside)
        danger = _in_danger({each.child_id for each in outside}, table)
        for (unit, role), some in _by_body(outside, bodies).items():
            agreed = sharing.agreed_of({each.child_id for each in some}, unit, role)
            for each in some:
                found[each.pk] = _ground(
                    table, role, agreed=each.child_id in agreed, danger=each.child_id in danger
                )
    return found


def _ground(table: rules.Sharing, role: str, *, agreed: bool, danger: bool) -> Ground:
    if agreed or role in table.inside:
        return OPEN
    if role in table.duties:
        return Ground(is_open=True, law=table.duties[role].law)
    return Ground(is_open=True, law=table.danger.law) if danger else SHUT


def _in_danger(children: set[UUID], table: rules.Sharing) -> set[UUID]:
    """Return the children whose grade today opens the file without consent."""
    rows = Assessment.objects.current().filter(child__in=children, grade__in=table.danger.parts)
    return set(rows.values_list("child_id", flat=True))


def _by_body(
    members: Sequence[Member], bodies: dict[UUID, tuple[str, str]]
) -> dict[tuple[str, str], list[Member]]:
    found: dict[tuple[str, str], list[Member]] = {}
    for each in members:
        found.setdefault(bodies[each.pk], []).append(each)
    return found


def bodies_of(members: Sequence[Member]) -> dict[UUID, tuple[str, str]]:
    """Return of each member the unit and the role, as a guardian's consent names them.

    Reads roles and the roster, so it is called as the system.
    """
    users = {each.user_id for each in members if each.user_id}
    today = timezone.localdate()
    roles: dict[UUID, tuple[str, UUID | None]] = {}
    grants = Grant.objects.in_force(today).filter(user__in=users).order_by("role")
    for user, role, person in grants.values_list("user_id", "role", "user__person_id"):
        if roles.get(user, ("",))[0] != _ROSTER:
            roles[user] = (role, person)
    seated = {each.partner_id for each in members} | {who for _role, who in roles.values()}
    roster = Partner.objects.filter(pk__in=[each for each in seated if each])
    units = {pk: (unit, role) for pk, unit, role in roster.values_list("pk", "unit", "role")}
    return {each.pk: _body_of(each, roles, units) for each in members}


def _body_of(
    member: Member,
    roles: dict[UUID, tuple[str, UUID | None]],
    units: dict[UUID, tuple[str, str]],
) -> tuple[str, str]:
    if member.partner_id is not None:
        return units[member.partner_id]
    role, person = roles.get(member.user_id, ("", None)) if member.user_id else ("", None)
    if role == _ROSTER and person:
        return units.get(person, (member.unit, ""))
    return member.unit, role.upper()
