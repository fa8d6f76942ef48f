"""Pairs by hand: somebody near proposes with a reason, another person of the county reviews."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.utils.translation import gettext

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.bonds import permissions
from qianshou.common import bus
from qianshou.common.errors import NotAllowed, Refused
from qianshou.mothers.models import Mother
from qianshou.pairing.actions import deciding, matching, moving
from qianshou.pairing.actions.moving import Actor, Why
from qianshou.pairing.events import PairingAgreed, PairingStarted
from qianshou.pairing.models import Pairing, Proposal
from qianshou.pairing.queries import asking
from qianshou.pairing.rules import life
from qianshou.registry.models import Child

ADULT = 18


class NotAssessed(Refused):
    """This child has not been assessed yet. Confirm a grade first, then propose."""


class NotForPairing(Refused):
    """This file is closed, merged into another, or of somebody who is not under 18."""


class RuleBroken(Refused):
    """A hard rule of the matching forbids this pair."""


class BeganInFuture(Refused):
    """A pair that is taken over has begun already: the day lies in the future."""


class SamePerson(Refused):
    """You have proposed this pair yourself: somebody else of the county has to review it."""


@transaction.atomic
def propose(child: Child, mother: Mother, *, by: User, reason: str, today: date) -> Pairing:
    """Propose a pair by hand; consent, gates, places and every hard rule are asked at once."""
    if not permissions.can_accompany(by, child.area_code):
        raise NotAllowed
    if len(reason.strip()) < 2:
        raise moving.StepNeedsReason
    audit.record(
        "bonds.pair.proposed",
        by=by,
        subject_kind="child",
        subject_id=child.pk,
        area_code=child.area_code,
        reason=reason.strip(),
        mother=mother.pk,
    )
    _require_fit(child, mother, today)
    pairing = deciding.hold_together(
        child=child, mother=mother, area_code=child.area_code, state=life.PROPOSED,
        started_on=today, by=by,
    )  # fmt: skip
    moving.note_step(pairing, "propose", actor=Actor(by), why=Why(reason))
    return pairing


@transaction.atomic
def take_over(
    child: Child, mother: Mother, *, by: User, since: date, note: str, today: date
) -> Pairing:
    """Take over a pair that the office has cared for since before it had this system.

    Consent is asked and the database keeps the places; the hard rules are not, since these two
    have long found each other. Open proposals of the child lapse.
    """
    if not permissions.can_decide(by, child.area_code):
        raise NotAllowed
    if len(note.strip()) < 2:
        raise moving.StepNeedsReason
    if since > today:
        raise BeganInFuture
    audit.record(
        "bonds.pair.taken_over",
        by=by,
        subject_kind="child",
        subject_id=child.pk,
        area_code=child.area_code,
        reason=note.strip(),
        mother=mother.pk,
        since=since.isoformat(),
    )
    deciding.require_consent(child.pk)
    pairing = deciding.hold_together(
        child=child, mother=mother, area_code=child.area_code, state=life.ACTIVE,
        started_on=since, active_on=since, by=by,
    )  # fmt: skip
    moving.note_step(pairing, "take_over", actor=Actor(by), why=Why(note))
    bus.publish(
        PairingStarted(
            pairing_id=pairing.pk, child_id=child.pk, mother_id=mother.pk,
            area_code=pairing.area_code,
        )
    )  # fmt: skip
    Proposal.objects.open().filter(child=child).update(state=Proposal.State.LAPSED)
    return pairing


def _require_fit(child: Child, mother: Mother, today: date) -> None:
    age = child.age_on(today)
    if child.merged_into_id or child.state == Child.State.CLOSED or age is None or age >= ADULT:
        raise NotForPairing
    deciding.require_consent(child.pk)
    deciding.require_ready(mother.pk, today)
    if not child.assessments.filter(is_current=True).exists():
        raise NotAssessed
    found = asking.by_hand(child, mother, matching.policy_for_area(child.area_code))
    if found.broken:
        words = gettext("These two cannot be paired: %(rules)s")
        raise RuleBroken(words % {"rules": " ".join(found.broken)})


@transaction.atomic
def review(pairing: Pairing, *, by: User, today: date) -> Pairing:
    """Approve a pair proposed by hand; never the one who proposed it."""
    if not permissions.can_decide(by, pairing.area_code):
        raise NotAllowed
    if pairing.by_id == by.pk:
        raise SamePerson
    held = moving.move(pairing.pk, "review", actor=Actor(by), today=today)
    deciding.require_ready(held.mother_id, today)
    deciding.require_consent(held.child_id)
    bus.publish(PairingAgreed(held.pk, held.child_id, held.mother_id, held.area_code))
    return held


def review_many(pairings: Iterable[Pairing], *, by: User, today: date) -> list[str]:
    """Review several; return the reasons of those that were refused."""
    refusals = []
    for pairing in pairings:
        try:
            review(pairing, by=by, today=today)
        except Refused as refusal:
            refusals.append(str(refusal))
    return refusals
