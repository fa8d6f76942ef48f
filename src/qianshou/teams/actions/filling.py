"""Taking people into slots of a team and out of them; the places themselves stand in pairing."""

from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common.errors import NotAllowed, Refused
from qianshou.pairing.actions import seating
from qianshou.pairing.models import TeamSeat
from qianshou.registry.models import Child
from qianshou.teams import permissions
from qianshou.teams.actions import asking
from qianshou.teams.models import TeamTask
from qianshou.teams.queries import candidates, reading, teams

ENDED: Final = gettext_noop("The place in the team has ended.")


class NoTeam(Refused):
    """This child has no care team yet. Choose a model first."""


class NoSuchSlot(Refused):
    """The model of this child's team has no such slot."""


class SlotFull(Refused):
    """This slot has all the people that its model allows. End one place first."""


class NotACandidate(Refused):
    """Choose a person of the list: somebody who is on it and still has room."""


class HandoverMissing(Refused):
    """Write down what whoever comes next has to know; it is kept with the place."""


@transaction.atomic
def fill(child: Child, role: str, key: str, *, by: User) -> TeamSeat:
    """Take somebody of the list into a slot."""
    if not permissions.can_fill(by, child.area_code):
        raise NotAllowed
    # Two people filling the same slot at once: the child's row is the lock under which is counted.
    Child.objects.select_for_update().filter(pk=child.pk).first()
    team = teams.team_of(child)
    if team is None:
        raise NoTeam
    slot = reading.model_of(team.model).slot(role)
    if slot is None or slot.source not in ("ROSTER", "STAFF", "MOTHERS"):
        raise NoSuchSlot
    filled = [each for each in teams.seats_of([child.pk]) if each.role == role]
    if slot.is_full(len(filled)):
        raise SlotFull
    person = candidates.chosen(child, slot, key)
    if person is None:
        raise NotACandidate
    return seating.seat(child, person, by=by, role=role)


@transaction.atomic
def replace(seat: TeamSeat, key: str, *, by: User, reason: str, handover: str) -> TeamSeat:
    """Put somebody else in a place: the earlier one ends, with a note for the one who comes."""
    if not handover.strip():
        raise HandoverMissing
    end(seat, by=by, reason=reason, handover=handover)
    made = fill(seat.child, seat.role, key, by=by)
    made.replaces = seat
    made.save(update_fields=["replaces"])
    return made


@transaction.atomic
def end(seat: TeamSeat, *, by: User, reason: str, handover: str = "") -> TeamSeat:
    """End a place; what the person was asked to do is taken back with it."""
    ended = seating.end(seat, by=by, reason=reason, handover=handover)
    for task in TeamTask.objects.open().filter(seat=seat):
        asking.take_back(task, by=by, reason=str(_(ENDED)))
    return ended


@transaction.atomic
def read_handover(seat: TeamSeat, *, by: User) -> str:
    """Return what an earlier person left for the next one; the reading stands in the trail."""
    if not permissions.can_see(by, seat.area_code):
        raise NotAllowed
    audit.record(
        "teams.handover.read", by=by, subject_kind="child", subject_id=seat.child_id,
        area_code=seat.area_code, role=seat.role,
    )  # fmt: skip
    return str(seat.handover.open())
