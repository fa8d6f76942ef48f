"""How a road ends before care begins: offers and links of a pair are closed with it."""

from collections.abc import Iterable
from datetime import date
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.bonds import permissions
from qianshou.bonds.models import Agreement, Link, Meeting, Offer, Side
from qianshou.bonds.rules import reasons
from qianshou.common import portions, rowsecurity
from qianshou.common.errors import NotAllowed, Refused
from qianshou.common.machines import SYSTEM
from qianshou.mothers.models import Mother
from qianshou.mothers.rules import gates
from qianshou.pairing.actions import deciding, moving
from qianshou.pairing.actions.moving import Actor, Why
from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life

# What a pause or an expired screening takes back; what all are about to sign or have signed waits.
OFFERED: Final = (life.PROPOSED, life.REVIEWED, *life.OFFERS)


@transaction.atomic
def withdraw(pairing: Pairing, *, by: User | None, why: Why, today: date) -> Pairing:
    """Take a pair off its road; by nobody it is the system that does so."""
    if by is not None and not permissions.can_accompany(by, pairing.area_code):
        raise NotAllowed
    actor = Actor(by) if by is not None else Actor(None, SYSTEM)
    held = moving.move(pairing.pk, "withdraw", actor=actor, why=why, today=today)
    close_offers(held, Offer.Answer.WITHDRAWN, cause=why.cause)
    return held


def close_offers(pairing: Pairing, answer: str, *, cause: str = "") -> None:
    """Close what is still open of a pair whose road is over: offers, links, appointments."""
    now = timezone.now()
    pairing.offers.open().update(answer=answer, answered_at=now, cause=cause)
    Link.objects.filter(pairing=pairing, used_at=None, void_at=None).update(void_at=now)
    Agreement.objects.filter(pairing=pairing).update(ended=True)
    pairing.meetings.filter(state=Meeting.State.PLANNED).update(state=Meeting.State.MISSED)


# -- what lapses, and what is taken back without anybody's hand ---------------------------------


def due_pairs(today: date) -> list[UUID]:
    """Return the pairs whose offer or agreement nobody has answered in time."""
    offers = Q(pk__in=Offer.objects.open().filter(due_on__lt=today).values("pairing"))
    unsigned = Q(
        state=life.AGREEMENT, pk__in=Agreement.objects.filter(due_on__lt=today).values("pairing")
    )
    rows = Pairing.objects.open().filter(offers | unsigned)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def lapse(pairing_id: UUID, *, today: date) -> bool:
    """Let one pair lapse; false if somebody has answered by now. Safe to run again."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        side = _late_side(pairing_id, today)
        if side is None:
            return False
        why = Why(cause=f"NO_ANSWER_{side}", barred_until=today + reasons.AFTER_LAPSE)
        try:
            with transaction.atomic():
                held = moving.move(
                    pairing_id, "lapse", actor=Actor(None, SYSTEM), why=why, today=today
                )
                close_offers(held, Offer.Answer.LAPSED, cause=why.cause)
        except moving.StepNotPossible:
            return False
    return True


def _late_side(pairing_id: UUID, today: date) -> str | None:
    late = Offer.objects.open().filter(pairing=pairing_id, due_on__lt=today)
    side = late.values_list("side", flat=True).first()
    if side is not None:
        return side
    unsigned = Agreement.objects.filter(
        pairing=pairing_id, pairing__state=life.AGREEMENT, due_on__lt=today
    )
    return Side.OFFICE if unsigned.exists() else None


def sweep(today: date) -> dict[str, int]:
    """Let lapse what is due, and take back what has lost its consent or its mother.

    Each pair is a transaction of its own: a worker that dies in between leaves the others for the
    next one, and nothing is done twice.
    """
    with rowsecurity.acting(rowsecurity.SYSTEM):
        due = due_pairs(today)
        taken = _groundless(today)
    counts = {"lapsed": 0, "withdrawn": 0}

    def let_lapse() -> None:
        counts["lapsed"] = portions.each(due, lambda each: lapse(each, today=today))

    def take_back() -> None:
        counts["withdrawn"] = portions.each(taken, lambda each: _take_back(*each, today))

    portions.all_of(let_lapse, take_back)
    return counts


def _groundless(today: date) -> list[tuple[UUID, str]]:
    """Return the pairs on offer whose mother is no longer ready, or whose consent is gone."""
    found = []
    rows = Pairing.objects.open().filter(state__in=OFFERED).select_related("mother")
    for pairing in rows.order_by("pk").iterator(chunk_size=500):
        if gates.gate(pairing.mother, today):
            found.append((pairing.pk, "NOT_READY"))
            continue
        try:
            deciding.require_consent(pairing.child_id)
        except Refused:
            found.append((pairing.pk, "CONSENT"))
    return found


def _take_back(pairing_id: UUID, cause: str, today: date) -> bool:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        pairing = Pairing.objects.get(pk=pairing_id)
        try:
            withdraw(pairing, by=None, why=Why(cause=cause), today=today)
        except moving.StepNotPossible:
            return False
    return True


def withdraw_for_child(child_id: UUID, *, cause: str, today: date) -> int:
    """Take back at once whatever is on its way for a child, up to the first meeting."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = Pairing.objects.open().filter(child_id=child_id, state__in=life.BEFORE_CARE)
        held = list(rows)
    return sum(_take_back(each.pk, cause, today) for each in held)


def withdraw_for_mothers(mother_ids: Iterable[UUID], *, today: date, leaving: bool = False) -> int:
    """Take back at once what is offered to mothers who are no longer ready, or who leave."""
    states = life.BEFORE_CARE if leaving else OFFERED
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = Pairing.objects.open().filter(mother_id__in=list(mother_ids), state__in=states)
        held = [(each.pk, each.mother_id) for each in rows.order_by("pk")]
        mothers = Mother.objects.in_bulk({mother for _pairing, mother in held})
    gone = [pairing for pairing, mother in held if leaving or gates.gate(mothers[mother], today)]
    cause = "LEAVING" if leaving else "NOT_READY"
    return sum(_take_back(each, cause, today) for each in gone)
