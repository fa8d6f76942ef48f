"""Accepting places of proposed teams, and ending them: a person decides, the trail keeps it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common import rowsecurity
from qianshou.common.errors import NotAllowed, Refused
from qianshou.mothers.models import Mother
from qianshou.pairing import permissions
from qianshou.pairing.actions.matching import FilesGone
from qianshou.pairing.models import Partner, TeamPlace, TeamRun, TeamSeat, listed_with
from qianshou.pairing.queries import needs, proofs, teamproofs
from qianshou.registry.models import Child

LONGEST_REASON = 200
LONGEST_HANDOVER = 2_000


class NobodyProposed(Refused):
    """Nobody is proposed for this place, so it cannot be accepted."""


class AlreadySeated(Refused):
    """This child already has an accepted person of this role. End that place first."""


class AlreadyIn(Refused):
    """This person sits in this place of the team already."""


class PartnerIsFull(Refused):
    """All places of this person are taken by now. Propose the teams anew."""


class PartnerRests(Refused):
    """This person is no longer on the roster. Propose the teams anew."""


class FileClosed(Refused):
    """The file of this child is closed, or has become part of another one."""


class SeatReasonMissing(Refused):
    """Say why the place ends: the reason is kept."""


class SeatEnded(Refused):
    """This place has ended already; nothing was changed."""


@dataclass(frozen=True)
class Outcome:
    """A place and, if it could not be accepted, why."""

    place: TeamPlace
    refusal: str = ""


@transaction.atomic
def accept(place: TeamPlace, *, by: User) -> TeamSeat:
    """Take the proposed person into the child's team; later runs count the place as taken."""
    if not permissions.can_accept(by, place.child.area_code):
        raise NotAllowed
    if place.partner_id is None:
        raise NobodyProposed
    # First, as everywhere: the county's chain is the one lock that everybody takes first.
    audit.record(
        "pairing.team.accepted", by=by, subject_kind="child", subject_id=place.child_id,
        area_code=place.child.area_code, role=place.role, partner=str(place.partner_id),
    )  # fmt: skip
    # The person may have places in towns that the asker does not see; they count all the same.
    with rowsecurity.acting(rowsecurity.SYSTEM):
        partner = Partner.objects.select_for_update().get(pk=place.partner_id)
        _check(place, partner)
        return TeamSeat.objects.create(
            place=place, child=place.child, area_code=place.child.area_code, kind=place.run.kind,
            given_in=area_rules.county_code(place.child.area_code),
            role=place.role, partner=partner, accepted_by=by, accepted_at=timezone.now(),
        )  # fmt: skip


@dataclass(frozen=True)
class Person:
    """Whom a place is given to by hand: a partner, a member of staff, or a mother."""

    partner: Partner | None = None
    staff: User | None = None
    mother: Mother | None = None

    @property
    def key(self) -> str:
        """Return who it is, for the trail."""
        found = self.partner or self.staff or self.mother
        return str(found.pk) if found else ""


@transaction.atomic
def seat(
    child: Child, person: Person, *, by: User, role: str, replaces: TeamSeat | None = None
) -> TeamSeat:
    """Take somebody into a child's care team by hand; the room above has asked the model."""
    if not permissions.can_accept(by, child.area_code):
        raise NotAllowed
    audit.record(
        "pairing.team.seated", by=by, subject_kind="child", subject_id=child.pk,
        area_code=child.area_code, role=role, person=person.key,
    )  # fmt: skip
    with rowsecurity.acting(rowsecurity.SYSTEM):
        # The child's row is the lock under which places of its team are counted.
        now = Child.objects.select_for_update().only("state", "merged_into").get(pk=child.pk)
        if now.state == Child.State.CLOSED or now.merged_into_id is not None:
            raise FileClosed
        if person.partner is not None:
            locked = Partner.objects.select_for_update().get(pk=person.partner.pk)
            _check_partner(locked)
        own = TeamSeat.objects.filter(
            ended_at=None, child=child, role=role, partner=person.partner, staff=person.staff,
            mother=person.mother, kind__in=listed_with(TeamRun.Kind.CARE),
        )  # fmt: skip
        if own.exists():
            raise AlreadyIn
        return TeamSeat.objects.create(
            child=child, area_code=child.area_code, kind=TeamRun.Kind.CARE, role=role,
            given_in=area_rules.county_code(child.area_code), partner=person.partner,
            staff=person.staff, mother=person.mother, replaces=replaces, accepted_by=by,
            accepted_at=timezone.now(),
        )  # fmt: skip


def _check(place: TeamPlace, partner: Partner) -> None:
    child = Child.objects.only("state", "merged_into").get(pk=place.child_id)
    if child.state == Child.State.CLOSED or child.merged_into_id is not None:
        raise FileClosed
    if _is_taken(place):
        raise AlreadySeated
    _check_partner(partner)


def _is_taken(place: TeamPlace) -> bool:
    if place.run.kind == TeamRun.Kind.CARE:
        # How many of a role a care team has is its model's to say.
        lacks = needs.lacking(place.child.area_code, [place.child_id])
        return place.role not in lacks.get(place.child_id, ())
    kinds = listed_with(place.run.kind)
    return TeamSeat.objects.filter(
        ended_at=None, child=place.child_id, kind__in=kinds, role=place.role
    ).exists()


def _check_partner(partner: Partner) -> None:
    if not partner.is_active:
        raise PartnerRests
    if TeamSeat.objects.in_force().filter(partner=partner).count() >= partner.places:
        raise PartnerIsFull


def accept_many(places: Iterable[TeamPlace], *, by: User) -> list[Outcome]:
    """Accept several, partner by partner; one that is refused does not keep the others back."""
    outcomes = []
    for place in sorted(places, key=lambda each: (str(each.partner_id), each.pk)):
        try:
            accept(place, by=by)
            outcomes.append(Outcome(place))
        except Refused as refusal:
            outcomes.append(Outcome(place, str(refusal)))
    return outcomes


@transaction.atomic
def end(seat: TeamSeat, *, by: User, reason: str, handover: str = "") -> TeamSeat:
    """End an accepted place with a reason; the next run may fill it again.

    `handover` is what whoever comes next has to know.
    """
    if not permissions.can_accept(by, seat.area_code):
        raise NotAllowed
    if not reason.strip():
        raise SeatReasonMissing
    audit.record(
        "pairing.team.ended", by=by, subject_kind="child", subject_id=seat.child_id,
        area_code=seat.area_code, role=seat.role, reason=reason,
        partner=str(seat.partner_id or seat.staff_id or seat.mother_id),
    )  # fmt: skip
    seat = TeamSeat.objects.select_for_update().get(pk=seat.pk)
    if seat.ended_at is not None:
        raise SeatEnded
    seat.ended_by, seat.ended_at = by, timezone.now()
    seat.end_reason = reason.strip()[:LONGEST_REASON]
    if handover.strip():
        seat.handover = handover.strip()[:LONGEST_HANDOVER]
    seat.save(update_fields=["ended_by", "ended_at", "end_reason", "handover"])
    return seat


def take_certificate(run: TeamRun, *, by: User, area_code: str) -> bytes:
    """Return as much of a team run's certificate as the person may see, and note who took it."""
    kind, part = teamproofs.extent(by, run, area_code)
    text = teamproofs.certificate_for(run, part, kind=kind)
    if text is None:
        raise FilesGone
    audit.record(
        "pairing.certificate.taken", by=by, subject_kind="teams", subject_id=run.pk,
        area_code=run.area_code if kind == proofs.WHOLE else part, extent=kind,
    )  # fmt: skip
    return text
