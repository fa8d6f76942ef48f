"""Builders of pairs on their road: each is led there by the acts that people do."""

from datetime import date, timedelta
from typing import Any

from qianshou.accounts.models import User
from qianshou.bonds.actions import agreeing, answering, meeting, offering
from qianshou.bonds.models import Agreement, Meeting, Offer
from qianshou.pairing.actions import deciding
from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life
from tests import make, make_pairing

TODAY = make.TODAY
LATER = TODAY + timedelta(days=3)
YES = answering.Said(True, "STAFF", words="愿意", mood="GLAD")
ROAD = (
    life.REVIEWED, life.OFFERED_MOTHER, life.OFFERED_GUARDIAN, life.CHILD_ASSENT, life.AGREEMENT,
    life.FIRST_MEETING, life.ACTIVE_INITIAL,
)  # fmt: skip


def a_pair(state: str = life.REVIEWED, *, by: User | None = None, **fields: Any) -> Pairing:
    """A pair of a ten-year-old that has come as far as a state."""
    worker = by or make.a_worker()
    proposal = make_pairing.a_proposal(**fields)
    pairing = deciding.approve(proposal, by=worker, today=TODAY)
    return led_to(pairing, state, by=worker)


def led_to(pairing: Pairing, state: str, *, by: User, today: date = TODAY) -> Pairing:
    """Lead a pair on until it stands in a state."""
    for _step in ROAD:
        pairing = Pairing.objects.get(pk=pairing.pk)
        if pairing.state == state:
            return pairing
        _on(pairing, by, today)
    return Pairing.objects.get(pk=pairing.pk)


def _on(pairing: Pairing, by: User, today: date) -> None:
    if pairing.state == life.REVIEWED:
        offering.offer(pairing, by=by, today=today)
    elif pairing.state in life.OFFERS:
        answering.note_answer(asked(pairing), YES, by=by, today=today)
    elif pairing.state == life.AGREEMENT:
        sign_all(pairing, by=by, today=today)
    else:
        met = a_meeting(pairing, by=by, today=today)
        meeting.hold(met, a_day(on=today), by=by, today=today)


def asked(pairing: Pairing) -> Offer:
    """The question that is open."""
    return Offer.objects.open().select_related("pairing__child").get(pairing=pairing)


def sign_all(pairing: Pairing, *, by: User, today: date = TODAY) -> None:
    """Let all three sides sign on paper, or by the office's word."""
    paper = Agreement.objects.select_related("text", "pairing").get(pairing=pairing)
    for side in agreeing.SIGNERS:
        agreeing.sign_by_staff(
            paper, side, by=by, proof=agreeing.Proof("PAPER", today, f"卷宗3-{side}"), today=today
        )


def a_meeting(pairing: Pairing, *, by: User, today: date = TODAY) -> Meeting:
    """A first meeting planned for today."""
    return meeting.plan(pairing, by=by, on=today, place="镇政府", today=today)


def a_day(**fields: Any) -> meeting.Held:
    """How a first meeting went."""
    given = {"on": TODAY, "staff": "陈素芬", "present": ("MOTHER", "CHILD"), "notes": ""}
    return meeting.Held(**{**given, **fields})
