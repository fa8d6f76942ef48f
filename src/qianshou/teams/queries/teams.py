"""A child's team as it stands: slots, who sits in them since when, and what is missing."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.assessment.models import Assessment
from qianshou.common import masking
from qianshou.common.errors import NotFound
from qianshou.pairing.models import CARE_KINDS, Pairing, Partner, TeamSeat
from qianshou.registry.models import Child
from qianshou.registry.queries import child as files
from qianshou.teams import permissions
from qianshou.teams.models import CareTeam
from qianshou.teams.queries import gaps, offered, reading
from qianshou.teams.rules import cadence
from qianshou.teams.rules.model import MOTHER, ROSTER, Slot

WITH: Final = ("partner", "staff", "mother", "accepted_by", "ended_by")


@dataclass
class Member:
    """One person in one slot; `seat` is None for the mother, who comes from the pairing."""

    who: str
    since: date | None
    seat: TeamSeat | None = None
    rests: bool = False
    url: str = ""


@dataclass
class Place:
    """One slot of a child's team with whoever sits in it."""

    slot: Slot
    name: str
    members: list[Member] = field(default_factory=list)
    duties: list[tuple[str, int]] = field(default_factory=list)

    @property
    def missing(self) -> int:
        """Return how many people the slot still lacks."""
        return self.slot.missing(len(self.members))

    @property
    def gap(self) -> str:
        """Say who is missing, or nothing."""
        if not self.missing:
            return ""
        if self.members:
            return _("%(count)d more wanted") % {"count": self.missing}
        return _("no %(role)s yet") % {"role": self.name}

    @property
    def may_take(self) -> bool:
        """Tell whether somebody can be taken in by hand."""
        return self.slot.role != MOTHER and not self.slot.is_full(len(self.members))


def child_for(user: User, child_id: UUID) -> Child:
    """Return a child whose team the person may see; raises `NotFound`."""
    child = files.child_for(user, child_id)
    if not permissions.can_see(user, child.area_code):
        raise NotFound
    return child


def team_of(child: Child) -> CareTeam | None:
    """Return the team that stands for a child."""
    rows = CareTeam.objects.filter(child=child, ended_at=None)
    return rows.select_related("model", "by", "adoption").first()


def seats_of(child_ids: Collection[UUID]) -> list[TeamSeat]:
    """Return who sits in the care teams of children today, the longest first."""
    rows = TeamSeat.objects.in_force().filter(child__in=child_ids, kind__in=CARE_KINDS)
    return list(rows.select_related(*WITH).order_by("accepted_at", "pk"))


def places_of(child: Child, team: CareTeam) -> list[Place]:
    """Return the slots of a child's team in the order of its model."""
    grade = Assessment.objects.current().filter(child=child).values_list("grade", flat=True).first()
    found = {
        slot.role: Place(slot, reading.slot_words(slot), duties=duties_at(slot, grade or ""))
        for slot in reading.model_of(team.model).slots
    }
    for seat in seats_of([child.pk]):
        if seat.role in found:
            found[seat.role].members.append(member(seat))
    if MOTHER in found:
        found[MOTHER].members += _mothers(child)
    return list(found.values())


def duties_at(slot: Slot, grade: str) -> list[tuple[str, int]]:
    """Return what a slot has to do and every how many days, at a grade."""
    grade = grade or cadence.UNGRADED
    return [(offered.duty_words(duty)["text"], duty.days[grade]) for duty in slot.duties]


def member(seat: TeamSeat) -> Member:
    """Return who sits in a place, in words."""
    since = timezone.localdate(seat.accepted_at)
    url = reverse("mothers:mother", args=[seat.mother_id]) if seat.mother_id else ""
    who = masking.name(seat.mother.name) if seat.mother else seat.who
    return Member(who, since, seat, seat.rests, url)


def _mothers(child: Child) -> list[Member]:
    rows = Pairing.objects.open().filter(child=child).select_related("mother")
    return [
        Member(
            masking.name(each.mother.name), each.active_on,
            url=reverse("mothers:mother", args=[each.mother_id]),
        )
        for each in rows
    ]  # fmt: skip


def outside(child: Child, places: list[Place]) -> list[Member]:
    """Return who sits in places that the model does not have, as after a move to another one."""
    known = {place.slot.role for place in places}
    return [member(seat) for seat in seats_of([child.pk]) if seat.role not in known]


def past_of(child: Child) -> list[dict[str, Any]]:
    """Return who sat in the team before, with why it ended and whether there is a handover."""
    rows = TeamSeat.objects.filter(child=child, kind__in=CARE_KINDS).exclude(ended_at=None)
    return [
        {"seat": each, "role": reading.role_words(each.role), "who": member(each).who,
         "reason": _(each.end_reason)}
        for each in rows.select_related(*WITH).order_by("-ended_at")[:20]
    ]  # fmt: skip


def waiting_with_absorbed(child: Child) -> list[str]:
    """Return who sits in the same places of a file that was joined to this one."""
    rows = TeamSeat.objects.filter(
        child__merged_into=child, ended_at=None, kind__in=CARE_KINDS
    ).select_related(*WITH)
    return [f"{reading.role_words(each.role)} {member(each).who}" for each in rows]


def seat_for(user: User, seat_id: UUID) -> TeamSeat:
    """Return a place that stands, of a child whose team the person may see."""
    seat = TeamSeat.objects.filter(pk=seat_id).select_related("child", *WITH).first()
    if seat is None or not permissions.can_see(user, seat.area_code):
        raise NotFound
    return seat


def slot_of(seat: TeamSeat) -> Slot | None:
    """Return the slot in which somebody sits; None without a team, or if the model has none."""
    rows = CareTeam.objects.filter(child=seat.child_id, ended_at=None).select_related("model")
    team = rows.first()
    return reading.model_of(team.model).slot(seat.role) if team else None


def lacking(area_code: str, children: Collection[UUID] | None = None) -> dict[UUID, frozenset[str]]:
    """Return the roles that teams of an area lack and the roster could give; pairing asks this."""
    found: Mapping[UUID, set[str]] = gaps.by_child(area_code, children=children, source=ROSTER)
    return {child: frozenset(roles) for child, roles in found.items()}


def account_of(partner: Partner) -> User | None:
    """Return the account that stands for a partner."""
    return User.objects.filter(person_id=partner.pk).first()
