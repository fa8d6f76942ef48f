"""Who is in a task team: its lead with handovers, accepted partners, staff, the child's mother."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.cases import permissions
from qianshou.cases.actions import moving
from qianshou.cases.models import Lead, Member, TaskTeam
from qianshou.cases.queries import people
from qianshou.cases.rules import road
from qianshou.common import rowsecurity
from qianshou.common.errors import NotAllowed, NotFound, Refused
from qianshou.pairing.models import Pairing, TeamRun, TeamSeat

LONGEST: Final = 4000


class NoLead(Refused):
    """Choose somebody of the county who may lead task teams."""


class HandoverMissing(Refused):
    """Write down what the next lead has to know: what is agreed, what is open, what to mind."""


class MemberAlready(Refused):
    """This person is in the team already."""


class UnitMissing(Refused):
    """Name the unit this person comes from: the guardian is asked about it by this name."""


class HasOpenActions(Refused):
    """This person still has something to do here. Let it be done, or drop it, first."""


@transaction.atomic
def take_lead(team: TaskTeam, *, by: User, lead: User, handover: str = "") -> TaskTeam:
    """Give the team its lead, or the next one with a handover.

    After a move to another county this is how that county takes the team over.
    """
    if not permissions.can_lead(by, team):
        raise NotAllowed
    if not permissions.can_lead(lead, team):
        raise NoLead
    moving.note(team, "lead.taken", by=by, lead=str(lead.pk))
    held = moving.held_open(team, may=True)
    if held.lead_id == lead.pk and not held.awaits_county:
        return held
    if held.lead_id is not None and not handover.strip():
        raise HandoverMissing
    now = timezone.now()
    _end_lead(held, handover, now)
    Lead.objects.create(**moving.of(held), user=lead, since=now)
    held.lead, held.county = lead, area_rules.county_code(held.area_code)
    held.save(update_fields=["lead", "county"])
    if held.state in (road.OPENED, road.REOPENED) and _others(held):
        held = moving.move(held.pk, "staff", by=by)
    return held


def _end_lead(team: TaskTeam, handover: str, now: datetime) -> None:
    running = Lead.objects.select_for_update().filter(team=team, until=None).first()
    if running is not None:
        running.until, running.handover = now, handover.strip()[:LONGEST]
        running.save(update_fields=["until", "handover"])


def _others(team: TaskTeam) -> bool:
    return Member.objects.filter(team=team, ended_at=None).exists()


def leave_to_county(team: TaskTeam) -> None:
    """Let a team whose child has moved wait for a lead of the new county."""
    _end_lead(team, _("The child has moved to another county."), timezone.now())
    TaskTeam.objects.filter(pk=team.pk).update(lead=None)


# -- members --------------------------------------------------------------------------------------


def take_in(team: TaskTeam) -> int:
    """Take in whom a person has already accepted around the child: its mother and its task seats.

    Safe to repeat; whoever has left the place or the pairing leaves the team as well.
    """
    return take_in_many([team])


def take_in_many(teams: Sequence[TaskTeam]) -> int:
    """Take in the people around any number of children, with as many queries as for one."""
    by_child = {each.child_id: each for each in teams}
    seats = TeamSeat.objects.in_force().filter(child__in=list(by_child), kind=TeamRun.Kind.TASK)
    made = [
        Member(
            **moving.of(by_child[seat.child_id]), seat=seat, role=seat.get_role_display()[:60],
            **_seated(seat),
        )
        for seat in seats.select_related("partner", "staff", "mother")
    ]  # fmt: skip
    mothers = set[UUID]()
    pairings = Pairing.objects.caring().filter(child__in=list(by_child), mother__isnull=False)
    for pairing in pairings.select_related("mother"):
        ties = moving.of(by_child[pairing.child_id])
        mothers.add(pairing.mother_id)
        made.append(
            Member(
                **ties, mother=pairing.mother, kind=Member.Kind.MOTHER,
                name=pairing.mother.name[:80],
            )
        )  # fmt: skip
    _part_from_gone(teams, mothers)
    before = Member.objects.filter(team__in=teams).count()
    Member.objects.bulk_create(made, ignore_conflicts=True, batch_size=2_000)
    return Member.objects.filter(team__in=teams).count() - before


def take_in_for(child_id: UUID) -> None:
    """Take in whoever is new around a child that has an open team."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        for team in TaskTeam.objects.open().filter(child=child_id):
            take_in(team)


def _joined(team: TaskTeam, **who: Any) -> int:
    keys = {each: who[each] for each in ("user", "partner", "mother") if each in who}
    if Member.objects.filter(team=team, ended_at=None, **keys).exists():
        return 0
    who["name"] = who["name"][:80]
    made = Member(**moving.of(team), **who)
    return len(Member.objects.bulk_create([made], ignore_conflicts=True))


def _seated(seat: TeamSeat) -> dict[str, Any]:
    """Return who sits on an accepted place: a partner, a member of staff, or a mother."""
    if seat.partner is not None:
        name = f"{seat.partner.name} ({seat.partner.unit})"
        return {"kind": Member.Kind.PARTNER, "partner": seat.partner, "name": name[:80]}
    if seat.staff is not None:
        name = seat.staff.display_name
        return {"kind": Member.Kind.STAFF, "user": seat.staff, "name": name[:80]}
    assert seat.mother is not None
    return {"kind": Member.Kind.MOTHER, "mother": seat.mother, "name": seat.mother.name[:80]}


def _part_from_gone(teams: Sequence[TaskTeam], mothers: Collection[UUID]) -> None:
    """End members whose accepted place or pairing has ended; their open actions stay visible."""
    here = Member.objects.filter(team__in=teams, ended_at=None)
    now = timezone.now()
    here.filter(seat__ended_at__isnull=False).update(
        ended_at=now, ended_for=_("The accepted place has ended.")
    )
    gone = here.filter(mother__isnull=False, seat=None).exclude(mother__in=mothers)
    gone.update(ended_at=now, ended_for=_("The pairing has ended."))


@transaction.atomic
def add_member(team: TaskTeam, *, by: User, user: User, role: str, unit: str = "") -> Member:
    """Take somebody with an account into the team: staff of the place, or of another body.

    Whoever is of another body brings the name of its unit, as a partner of the roster does.
    """
    held = moving.held_open(team, may=permissions.can_lead(by, team))
    if user.pk not in {each.pk for each in people.may_join(held)}:
        raise NotFound
    moving.note(team, "member.added", by=by, member=str(user.pk))
    is_staff = accounts.may(user, Power.VIEW_CHILDREN, held.area_code)
    kind = Member.Kind.STAFF if is_staff else Member.Kind.PARTNER
    unit = "" if is_staff else people.unit_of(user) or unit.strip()[:100]
    if not is_staff and not unit:
        raise UnitMissing
    name = f"{user.display_name} ({unit})" if unit else user.display_name
    if not _joined(held, user=user, kind=kind, name=name, role=role.strip()[:60], unit=unit):
        raise MemberAlready
    if held.lead_id is not None and held.state in (road.OPENED, road.REOPENED):
        moving.move(held.pk, "staff", by=by)
    return Member.objects.get(team=held, user=user, ended_at=None)


@transaction.atomic
def end_member(member: Member, *, by: User, reason: str) -> Member:
    """Let a person leave the team, for a reason; what she has to do is settled first."""
    held = moving.held_open(member.team, may=permissions.can_lead(by, member.team))
    if not reason.strip():
        raise moving.ReasonMissing
    moving.note(held, "member.ended", by=by, member=str(member.pk))
    if member.actions.open().exists():
        raise HasOpenActions
    left = Member.objects.filter(pk=member.pk, ended_at=None)
    if not left.update(ended_at=timezone.now(), ended_for=reason.strip()[:200]):
        raise moving.NotNow
    member.refresh_from_db()
    return member
