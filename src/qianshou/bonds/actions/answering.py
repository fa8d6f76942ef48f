"""The answers: mother, guardian and child each say yes or no; a no is blamed on nobody."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import transaction
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.bonds import permissions
from qianshou.bonds.actions import agreeing, closing, offering
from qianshou.bonds.models import Means, Offer, Side
from qianshou.bonds.rules import cards, reasons
from qianshou.common import rowsecurity
from qianshou.common.errors import NotAllowed, NotFound, Refused
from qianshou.common.machines import STAFF
from qianshou.pairing.actions import deciding, moving
from qianshou.pairing.actions.moving import Actor, Why
from qianshou.pairing.models import Pairing

_YES: Final = {Side.MOTHER: "mother_accepts", Side.CHILD: "child_agrees"}


class AlreadyAnswered(Refused):
    """This offer has been answered already; the first answer stands and nothing was changed."""


class OfferGone(Refused):
    """This offer no longer stands, so nothing was changed. Your federation can tell you more."""


class ReasonUnknown(Refused):
    """Please choose a reason; it is blamed on nobody and helps to find a better pair."""


class ChildNotHeard(Refused):
    """Write down how the child seemed and what it said in its own words."""


@dataclass(frozen=True)
class Said:
    """An answer as it was given: yes or no, by which means, why, in which words and mood."""

    yes: bool
    means: str
    cause: str = ""
    words: str = ""
    mood: str = ""


@transaction.atomic
def answer(offer: Offer, said: Said, *, by: User | None, actor: str, today: date) -> Pairing:
    """Note one side's answer and take the step that follows from it.

    Whoever may answer is asked by the caller. The pair is moved first: its step waits for the
    county's chain and then for the pair, so two tabs, or an answer and a lapse, cannot both win.
    """
    _require_whole(offer, said)
    if offer.answer:
        raise AlreadyAnswered if offer.answer in _ANSWERED else OfferGone
    if not said.yes:
        return _no(offer, said, by=by, actor=actor, today=today)
    return _yes(offer, said, by=by, actor=actor, today=today)


_ANSWERED: Final = (Offer.Answer.ACCEPTED, Offer.Answer.DECLINED)


def _require_whole(offer: Offer, said: Said) -> None:
    if not said.yes and reasons.reason_of(offer.side, said.cause) is None:
        raise ReasonUnknown
    if offer.side == Side.CHILD and not (said.mood and said.words.strip()):
        raise ChildNotHeard


def _yes(offer: Offer, said: Said, *, by: User | None, actor: str, today: date) -> Pairing:
    if offer.due_on < today:
        raise OfferGone
    act = _YES.get(Side(offer.side)) or _guardians_step(offer, today)
    held = moving.move(offer.pairing_id, act, actor=Actor(by, actor), today=today)
    deciding.require_consent(held.child_id)
    deciding.require_ready(held.mother_id, today)
    _close(offer, Offer.Answer.ACCEPTED, said, by=by)
    if act == "mother_accepts":
        offering.open_offer(held, Side.GUARDIAN, by=by, today=today)
    elif act == "guardian_accepts":
        offering.open_offer(held, Side.CHILD, by=by, today=today)
    else:
        agreeing.draw(held, by=by, today=today)
    return held


def _guardians_step(offer: Offer, today: date) -> str:
    asked = cards.is_asked(offer.pairing.child.age_on(today))
    return "guardian_accepts" if asked else "guardian_accepts_young"


def _no(offer: Offer, said: Said, *, by: User | None, actor: str, today: date) -> Pairing:
    why = Why(
        cause=said.cause,
        barred_until=reasons.barred_until(offer.side, said.cause, today=today),
    )
    held = moving.move(offer.pairing_id, "decline", actor=Actor(by, actor), why=why, today=today)
    _close(offer, Offer.Answer.DECLINED, said, by=by)
    closing.close_offers(held, Offer.Answer.WITHDRAWN, cause=said.cause)
    return held


def _close(offer: Offer, answer: str, said: Said, *, by: User | None) -> None:
    held = Offer.objects.select_for_update(of=("self",)).get(pk=offer.pk)
    if held.answer:
        raise AlreadyAnswered if held.answer in _ANSWERED else OfferGone
    held.answer, held.answered_at, held.answered_by = answer, timezone.now(), by
    held.means, held.cause, held.mood = said.means, said.cause, said.mood
    held.words = said.words.strip()[:300]
    held.save()


def answer_as_mother(offer: Offer, said: Said, *, by: User, today: date) -> None:
    """Let a mother answer on her own phone; she sees neither the file nor the pair for it."""
    if not permissions.is_asked(by, offer):
        raise NotFound
    with rowsecurity.acting(rowsecurity.SYSTEM):
        answer(offer, said, by=by, actor=Side.MOTHER, today=today)


def note_answer(offer: Offer, said: Said, *, by: User, today: date) -> Pairing:
    """Note as staff what mother, guardian or child has said."""
    if not permissions.can_accompany(by, offer.area_code):
        raise NotAllowed
    return answer(offer, said, by=by, actor=STAFF, today=today)


def answer_by_link(offer: Offer, said: Said, *, today: date) -> None:
    """Let a guardian answer by a link; the caller has found the link good and uses it up."""
    if offer.side != Side.GUARDIAN or said.means != Means.LINK:
        raise NotFound
    answer(offer, said, by=None, actor=Side.GUARDIAN, today=today)
