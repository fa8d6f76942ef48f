"""What people decide: approve a proposal, refuse it with a reason, end a pairing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common import bus
from qianshou.common.errors import NotAllowed, Refused
from qianshou.mothers.models import Mother
from qianshou.mothers.rules import gates
from qianshou.pairing import permissions
from qianshou.pairing.events import PairingStarted
from qianshou.pairing.models import EndCause, Pairing, Proposal
from qianshou.registry.models import Consent


class AlreadyDecided(Refused):
    """Somebody has already decided on this proposal."""


class ChildAlreadyPaired(Refused):
    """This child already has a loving mother."""


class MotherIsFull(Refused):
    """This mother has no free place any more. Run the matching again or choose another mother."""


class MotherNotReady(Refused):
    """This mother is no longer ready: screening, training or commitments are missing or expired."""


class NoConsent(Refused):
    """The guardian's consent to pairing is missing or was withdrawn."""


class ReasonMissing(Refused):
    """Please give a reason; the next run learns from it."""


@dataclass(frozen=True)
class Outcome:
    """What became of one proposal in a bulk approval."""

    proposal: Proposal
    refusal: str = ""


@transaction.atomic
def approve(proposal: Proposal, *, by: User, today: date) -> Pairing:
    """Make a pairing of a proposal; every gate is asked again at this moment.

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
    if held.state != Proposal.State.OPEN:
        raise AlreadyDecided
    _check_gates(held, today)
    pairing = _insert(held, by=by, today=today)
    _decide(held, Proposal.State.APPROVED, by=by)
    bus.publish(PairingStarted(pairing.pk, held.child_id, held.mother_id, held.area_code))
    return pairing


def _check_gates(proposal: Proposal, today: date) -> None:
    mother = Mother.objects.get(pk=proposal.mother_id)
    if gates.gate(mother, today):
        raise MotherNotReady
    newest = (
        Consent.objects.filter(child_id=proposal.child_id, purpose=Consent.Purpose.MATCHING)
        .order_by("-given_on", "-noted_at")
        .first()
    )
    if newest is None or not newest.given:
        raise NoConsent


def _insert(proposal: Proposal, *, by: User, today: date) -> Pairing:
    try:
        with transaction.atomic():
            return Pairing.objects.create(
                child_id=proposal.child_id,
                mother_id=proposal.mother_id,
                area_code=proposal.area_code,
                proposal=proposal,
                started_on=today,
                by=by,
            )
    except IntegrityError as problem:
        diagnosis = getattr(problem.__cause__, "diag", None)
        name = diagnosis.constraint_name if diagnosis else ""
        if name == "pairing_within_capacity":
            raise MotherIsFull from problem
        if name == "pairing_one_open_per_child":
            raise ChildAlreadyPaired from problem
        raise


def _decide(proposal: Proposal, state: str, *, by: User, reason: str = "") -> None:
    proposal.state, proposal.decided_by, proposal.decided_at = state, by, timezone.now()
    proposal.reason = reason
    proposal.save(update_fields=["state", "decided_by", "decided_at", "reason"])


def approve_many(proposals: Iterable[Proposal], *, by: User, today: date) -> list[Outcome]:
    """Approve several, mother by mother; one that is refused does not keep the others back."""
    outcomes = []
    for proposal in sorted(proposals, key=lambda each: each.mother_id):
        try:
            approve(proposal, by=by, today=today)
            outcomes.append(Outcome(proposal))
        except Refused as refusal:
            outcomes.append(Outcome(proposal, str(refusal)))
    return outcomes


@transaction.atomic
def refuse(proposal: Proposal, *, by: User, reason: str) -> None:
    """Turn a proposal down; the reason is kept and the next run does not propose the pair again."""
    if not permissions.can_decide(by, proposal):
        raise NotAllowed
    if not reason.strip():
        raise ReasonMissing
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
    if held.state != Proposal.State.OPEN:
        raise AlreadyDecided
    _decide(held, Proposal.State.REFUSED, by=by, reason=reason.strip()[:200])


@transaction.atomic
def end_pairing(
    pairing: Pairing, *, by: User, today: date, reason: str, cause: str = EndCause.OTHER
) -> None:
    """End a pairing for a reason; the child can be matched again.

    The cause is what weights are learned from: some ends speak about the pair, some about life.
    """
    if not permissions.can_end(by, pairing):
        raise NotAllowed
    if not reason.strip():
        raise ReasonMissing
    held = Pairing.objects.select_for_update().get(pk=pairing.pk)
    if held.ended_on is not None:
        raise AlreadyDecided(_("This pairing has already ended."))
    held.ended_on, held.end_reason, held.end_cause = today, reason.strip()[:200], cause
    held.save(update_fields=["ended_on", "end_reason", "end_cause"])
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
