"""Worry and reassurance: when a pairing is at risk, and that a person has seen to it."""

from datetime import date

from django.db import transaction

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common.errors import NotAllowed
from qianshou.common.machines import STAFF, SYSTEM
from qianshou.pairing.actions import moving
from qianshou.pairing.actions.moving import Actor, Why
from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life
from qianshou.support import permissions
from qianshou.support.actions import following
from qianshou.support.models import Followup


@transaction.atomic
def worry(pairing: Pairing, code: str, *, today: date, by: User | None = None) -> bool:
    """Put a reason to worry on a pairing, which is at risk from then on; a known one does nothing.

    A pairing that rests or closes keeps its state; the reason stands on the worklist all the same.
    """
    rows = Followup.objects.select_for_update().filter(pairing=pairing)
    followup = rows.first()
    if followup is None:
        following.reckon_some([pairing], today=today)
        followup = rows.first()
    if followup is None or not following.add_risk(followup, code, today=today):
        return False
    audit.record(
        "support.pairing.at_risk", by=by, subject_kind="child", subject_id=pairing.child_id,
        area_code=pairing.area_code, why=code, pairing=pairing.pk,
    )  # fmt: skip
    state = Pairing.objects.values_list("state", flat=True).get(pk=pairing.pk)
    actor = STAFF if by else SYSTEM
    if life.PAIRING.allows("worry", state, actor=actor):
        moving.move(pairing.pk, "worry", actor=Actor(by, actor), today=today, why=Why(cause=code))
    return True


@transaction.atomic
def reassure(pairing: Pairing, *, by: User, today: date, reason: str) -> Pairing:
    """Say that the reasons to worry are seen to, and how."""
    if not permissions.can_support(by, pairing):
        raise NotAllowed
    held = moving.move(pairing.pk, "reassure", actor=Actor(by), today=today, why=Why(reason))
    Followup.objects.filter(pairing=pairing).update(
        risks={}, calm_since=today, mother_area=held.mother.area_code
    )
    return held


@transaction.atomic
def pause(pairing: Pairing, *, by: User, today: date, reason: str) -> Pairing:
    """Let a pairing rest for a reason; staff go on speaking with all sides."""
    if not permissions.can_support(by, pairing):
        raise NotAllowed
    return moving.move(pairing.pk, "pause", actor=Actor(by), today=today, why=Why(reason))


@transaction.atomic
def resume(pairing: Pairing, *, by: User, today: date, reason: str) -> Pairing:
    """Let a pairing that rested go on."""
    if not permissions.can_support(by, pairing):
        raise NotAllowed
    if not reason.strip():
        raise moving.StepNeedsReason
    held = moving.move(pairing.pk, "resume", actor=Actor(by), today=today, why=Why(reason))
    Followup.objects.filter(pairing=pairing).update(risks={}, calm_since=today)
    return held
