"""What people decide: approve a proposal, refuse it with a reason, end a pairing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common import bus
from qianshou.common.errors import NotAllowed, Refused
from qianshou.consents.queries import holding as consents
from qianshou.mothers.models import Mother
from qianshou.mothers.rules import gates
from qianshou.pairing import permissions
from qianshou.pairing.actions import moving
from qianshou.pairing.actions.moving import Actor, Why
from qianshou.pairing.events import PairingAgreed
from qianshou.pairing.models import EndCause, Pairing, Proposal
from qianshou.pairing.queries import siblings
from qianshou.pairing.rules import life
from qianshou.registry.models import Consent


class AlreadyDecided(Refused):
    """Somebody has already decided on this proposal."""


class ProposalLapsed(Refused):
    """This proposal has lapsed: a newer run or a change has replaced it. Open the newest run."""


class ChildAlreadyPaired(Refused):
    """This child already has a loving mother."""


class MotherIsFull(Refused):
    """This mother has no free place any more. Run the matching again or choose another mother."""


class MotherNotReady(Refused):
    """This mother is no longer ready: screening, training or commitments are missing or expired."""


class NoConsent(Refused):
    """The guardian's consent to pairing is missing or was withdrawn."""


class Barred(Refused):
    """The closing of an earlier pairing says that these two, or one of them, get nobody for now."""


class CareIsRunning(Refused):
    """Care is running: close the pairing with a decision about what comes next for the child."""


class ReasonMissing(Refused):
    """Please give a reason; the next run learns from it."""


@dataclass(frozen=True)
class Outcome:
    """What became of one proposal in a bulk approval."""

    proposal: Proposal
    refusal: str = ""


@transaction.atomic
def approve(proposal: Proposal, *, by: User, today: date) -> Pairing:
    """Make a pairing of a proposal; siblings who were placed together are approved together."""
    others = siblings.with_siblings(proposal)
    pairing = _approve(proposal, by=by, today=today)
    for other in others:
        _approve(other, by=by, today=today)
    return pairing


def _approve(proposal: Proposal, *, by: User, today: date) -> Pairing:
    """Make a pairing of a proposal, on its way to the mother; every gate is asked again now.

    Time has passed since the run: the consent, the mother's screening and her places are read
    anew under lock, and the database refuses what a race would still let through.
    """
    if not permissions.can_decide(by, proposal):
        raise NotAllowed
    # The entry comes first because it locks the county's chain: approvals of one county then wait
    # for each other here, before they hold a proposal or a mother, and cannot lock each other out.
    audit.record(
        "pairing.proposal.approved",
        by=by,
        subject_kind="child",
        subject_id=proposal.child_id,
        area_code=proposal.area_code,
        proposal=proposal.pk,
        mother=proposal.mother_id,
        score=proposal.score,
    )
    held = Proposal.objects.select_for_update().get(pk=proposal.pk)
    _require_open(held)
    require_ready(held.mother_id, today)
    require_consent(held.child_id)
    pairing = hold_together(
        child_id=held.child_id, mother_id=held.mother_id, area_code=held.area_code,
        proposal=held, started_on=today, by=by,
    )  # fmt: skip
    moving.note_step(pairing, "approve", actor=Actor(by))
    _decide(held, Proposal.State.APPROVED, by=by)
    bus.publish(PairingAgreed(pairing.pk, held.child_id, held.mother_id, held.area_code))
    return pairing


def _require_open(held: Proposal) -> None:
    if held.state == Proposal.State.LAPSED:
        raise ProposalLapsed
    if held.state != Proposal.State.OPEN:
        raise AlreadyDecided


def require_ready(mother_id: UUID, today: date) -> None:
    """Refuse unless a mother has passed every gate; asked anew at each step of the road."""
    if gates.gate(Mother.objects.get(pk=mother_id), today):
        raise MotherNotReady


def require_consent(child_id: UUID) -> None:
    """Refuse unless the guardian's consent to pairing, and the child's own word, hold now."""
    if not consents.holds(child_id, Consent.Purpose.MATCHING):
        raise NoConsent


def hold_together(**fields: Any) -> Pairing:
    """Insert a pairing; the database refuses a second one of the child or a place too many."""
    try:
        with transaction.atomic():
            return Pairing.objects.create(**fields)
    except IntegrityError as problem:
        diagnosis = getattr(problem.__cause__, "diag", None)
        name = diagnosis.constraint_name if diagnosis else ""
        if name == "pairing_within_capacity":
            raise MotherIsFull from problem
        if name == "pairing_one_open_per_child":
            raise ChildAlreadyPaired from problem
        if name == "pairing_not_barred":
            raise Barred from problem
        raise


def _decide(proposal: Proposal, state: str, *, by: User, reason: str = "") -> None:
    proposal.state, proposal.decided_by, proposal.decided_at = state, by, timezone.now()
    proposal.reason = reason
    proposal.save(update_fields=["state", "decided_by", "decided_at", "reason"])


def approve_many(proposals: Iterable[Proposal], *, by: User, today: date) -> list[Outcome]:
    """Approve several, mother by mother; one that is refused does not keep the others back."""
    outcomes: list[Outcome] = []
    done = set()
    for proposal in sorted(proposals, key=lambda each: each.mother_id):
        if proposal.pk in done:
            outcomes.append(Outcome(proposal))
            continue
        others = [each.pk for each in siblings.with_siblings(proposal)]
        try:
            approve(proposal, by=by, today=today)
            outcomes.append(Outcome(proposal))
            done.update(others)
        except Refused as refusal:
            outcomes.append(Outcome(proposal, str(refusal)))
    return outcomes


@transaction.atomic
def refuse(proposal: Proposal, *, by: User, reason: str) -> None:
    """Turn a proposal down; the reason is kept and the next run does not propose the pair again.

    Siblings who were placed together are turned down together.
    """
    if not reason.strip():
        raise ReasonMissing
    for each in [proposal, *siblings.with_siblings(proposal)]:
        _refuse(each, by=by, reason=reason)


def _refuse(proposal: Proposal, *, by: User, reason: str) -> None:
    if not permissions.can_decide(by, proposal):
        raise NotAllowed
    # First, as in `approve`: the county's chain is the one lock that everybody takes first.
    audit.record(
        "pairing.proposal.refused",
        by=by,
        subject_kind="child",
        subject_id=proposal.child_id,
        area_code=proposal.area_code,
        reason=reason,
        proposal=proposal.pk,
        mother=proposal.mother_id,
    )
    held = Proposal.objects.select_for_update().get(pk=proposal.pk)
    _require_open(held)
    _decide(held, Proposal.State.REFUSED, by=by, reason=reason.strip()[:200])


@transaction.atomic
def end_pairing(
    pairing: Pairing, *, by: User, today: date, reason: str, cause: str = EndCause.OTHER
) -> None:
    """End a pairing before its care has begun; the child can be matched again.

    Running care ends by closing alone (`support`), with what comes next for the child. The cause
    is what weights are learned from: some ends speak about the pair, some about life.
    """
    if not permissions.can_end(by, pairing):
        raise NotAllowed
    if not reason.strip():
        raise ReasonMissing
    held = Pairing.objects.select_for_update().get(pk=pairing.pk)
    if held.ended_on is not None:
        raise AlreadyDecided(_("This pairing has already ended."))
    if held.state in life.CARING:
        raise CareIsRunning
    held.ended_on, held.end_reason, held.end_cause = today, reason.strip()[:200], cause
    source, held.state, held.state_since = held.state, life.WITHDRAWN, timezone.now()
    moving.note_step(held, "withdraw", source=source, actor=Actor(by), why=Why(reason, cause))
    held.save(update_fields=["ended_on", "end_reason", "end_cause", "state", "state_since"])
    audit.record(
        "pairing.ended",
        by=by,
        subject_kind="child",
        subject_id=held.child_id,
        area_code=held.area_code,
        reason=reason,
        cause=cause,
        pairing=held.pk,
        mother=held.mother_id,
    )
