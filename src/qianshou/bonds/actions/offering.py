"""Offering a pair: to the mother, then to the guardian, then the child is asked, then the paper."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from secrets import token_urlsafe

from django.db import transaction
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.bonds import permissions
from qianshou.bonds.actions import agreeing, telling
from qianshou.bonds.models import Link, Offer, Side
from qianshou.bonds.queries import cards as card_queries
from qianshou.bonds.queries import terms
from qianshou.common.crypto import digest_of
from qianshou.common.errors import NotAllowed, Refused
from qianshou.pairing.actions import deciding, moving
from qianshou.pairing.actions.moving import Actor
from qianshou.pairing.models import Pairing


class NothingToAnswer(Refused):
    """Nothing of this pair waits for the guardian at present."""


@dataclass(frozen=True)
class Outcome:
    """What became of one pair in a bulk act."""

    pairing: Pairing
    refusal: str = ""


@transaction.atomic
def offer(pairing: Pairing, *, by: User, today: date) -> Offer:
    """Offer an approved pair to the mother; consent and gates are asked anew."""
    if not permissions.can_accompany(by, pairing.area_code):
        raise NotAllowed
    held = moving.move(pairing.pk, "offer_mother", actor=Actor(by), today=today)
    deciding.require_ready(held.mother_id, today)
    deciding.require_consent(held.child_id)
    made = open_offer(held, Side.MOTHER, by=by, today=today)
    telling.tell_mother(made)
    return made


def offer_many(pairings: Iterable[Pairing], *, by: User, today: date) -> list[Outcome]:
    """Offer several; one that is refused does not keep the others back."""
    outcomes = []
    for pairing in pairings:
        try:
            offer(pairing, by=by, today=today)
            outcomes.append(Outcome(pairing))
        except Refused as refusal:
            outcomes.append(Outcome(pairing, str(refusal)))
    return outcomes


def open_offer(pairing: Pairing, side: str, *, by: User | None, today: date) -> Offer:
    """Write the question to one side, with what it may know; part of the step that leads there."""
    hers = side == Side.MOTHER
    card = card_queries.for_mother(pairing, today=today) if hers else None
    return Offer.objects.create(
        pairing=pairing,
        mother_id=pairing.mother_id,
        area_code=pairing.area_code,
        side=side,
        card=card_queries.for_family(pairing) if card is None else card,
        due_on=terms.days_in(pairing.area_code).offer_due(today),
        by=by,
    )


@dataclass(frozen=True)
class MadeLink:
    """A link as it is shown once, and whether it went to the guardian's telephone as well."""

    secret: str
    until: date
    sent: bool


@transaction.atomic
def make_link(pairing: Pairing, *, by: User, today: date, send: bool = False) -> MadeLink:
    """Make a one-time link for the guardian: to answer, or to sign. The earlier one dies.

    The secret is returned once and never stored; whoever holds it acts as the guardian, so it is
    handed over by staff who know the family, or sent to the telephone on file.
    """
    if not permissions.can_accompany(by, pairing.area_code):
        raise NotAllowed
    purpose, due_on = _waiting_for_guardian(pairing)
    audit.record(
        "bonds.link.made",
        by=by,
        subject_kind="child",
        subject_id=pairing.child_id,
        area_code=pairing.area_code,
        pairing=pairing.pk,
        purpose=purpose,
    )
    standing = Link.objects.filter(pairing=pairing, used_at=None, void_at=None)
    standing.update(void_at=timezone.now())
    secret, until = token_urlsafe(24), max(due_on, today)
    Link.objects.create(
        pairing=pairing, area_code=pairing.area_code, purpose=purpose,
        digest=digest_of(secret), expires_on=until, by=by,
    )  # fmt: skip
    sent = send and telling.send_link(pairing, secret, until=until.isoformat())
    return MadeLink(secret, until, sent)


def _waiting_for_guardian(pairing: Pairing) -> tuple[str, date]:
    asked = pairing.offers.open().filter(side=Side.GUARDIAN).first()
    if asked is not None:
        return Link.Purpose.ANSWER, asked.due_on
    agreement = agreeing.unsigned_by(pairing, Side.GUARDIAN)
    if agreement is None:
        raise NothingToAnswer
    return Link.Purpose.SIGN, agreement.due_on
