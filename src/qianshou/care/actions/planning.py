"""The next appointment of a pair: every version stays, and a person settles what conflicts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.care import permissions
from qianshou.care.actions.contacts import PairingNotRunning, is_running
from qianshou.care.models import Appointment, Device
from qianshou.care.rules import payload
from qianshou.common.errors import NotFound, Refused
from qianshou.common.identity import new_id
from qianshou.pairing.models import Pairing


class AlreadySettled(Refused):
    """This version is no longer open; somebody has settled it meanwhile."""


@dataclass(frozen=True)
class Maker:
    """Who makes a version, under which key, and on which phone."""

    by: User
    key: UUID
    device: Device | None = None


@transaction.atomic
def plan(pairing: Pairing, *, by: User, planned: payload.Planned, key: UUID, now: datetime) -> str:
    """Set the next appointment from a page; returns the state of the version."""
    if not permissions.is_hers(by, pairing):
        raise NotFound
    if not is_running(pairing):
        raise PairingNotRunning
    made = write(pairing, planned, maker=Maker(by, key), now=now)
    audit.record(
        "care.appointment.planned", by=by, subject_kind="pairing", subject_id=pairing.pk,
        area_code=pairing.area_code, state=made.state,
    )  # fmt: skip
    return made.state


def write(
    pairing: Pairing, planned: payload.Planned, *, maker: Maker, now: datetime
) -> Appointment:
    """Write one version: it holds if it was made from the one that holds, else it waits."""
    Pairing.objects.select_for_update().get(pk=pairing.pk)
    kept = pairing.appointments.filter(client_id=maker.key).first()
    if kept is not None:
        return kept
    holds = pairing.appointments.current().first()
    # A version that was made and changed again without a signal is known by the phone's own id.
    named = Q(pk=planned.base) | Q(client_id=planned.base)
    base = pairing.appointments.filter(named).first() if planned.base else None
    state = _state(planned, holds=holds, base=base)
    if state == Appointment.State.CURRENT and holds is not None:
        Appointment.objects.filter(pk=holds.pk).update(state=Appointment.State.PAST)
    return Appointment.objects.create(
        id=new_id(), pairing=pairing, mother_id=pairing.mother_id, area_code=pairing.area_code,
        what=planned.what, at=planned.at, state=state, base=base, client_id=maker.key,
        device=maker.device, by=maker.by, made_at=now,
    )  # fmt: skip


def _state(
    planned: payload.Planned, *, holds: Appointment | None, base: Appointment | None
) -> Appointment.State:
    if holds is None or (base is not None and base.pk == holds.pk):
        return Appointment.State.CURRENT
    if (holds.what, holds.at) == (planned.what, planned.at):
        # Both phones say the same, so there is nothing to choose.
        return Appointment.State.PAST
    return Appointment.State.CONFLICT


@transaction.atomic
def settle(chosen: Appointment, *, by: User, now: datetime) -> None:
    """Let a person choose between versions; the others of the pairing are dropped, and stay."""
    pairing = Pairing.objects.select_for_update().get(pk=chosen.pairing_id)
    if not permissions.is_hers(by, pairing) and not permissions.can_follow(by, pairing.area_code):
        raise NotFound
    states = Appointment.State
    disputed = pairing.appointments.disputed()
    between = {states.CURRENT, states.CONFLICT}
    fresh = pairing.appointments.filter(pk=chosen.pk, state__in=between).exists()
    if not fresh or not disputed.exists():
        raise AlreadySettled
    rest = pairing.appointments.filter(state__in=between).exclude(pk=chosen.pk)
    rest.update(state=states.DROPPED, decided_by=by, decided_at=now)
    kept = pairing.appointments.filter(pk=chosen.pk)
    kept.update(state=states.CURRENT, decided_by=by, decided_at=now)
    audit.record(
        "care.appointment.settled", by=by, subject_kind="pairing", subject_id=pairing.pk,
        area_code=pairing.area_code, version=str(chosen.pk),
    )  # fmt: skip
