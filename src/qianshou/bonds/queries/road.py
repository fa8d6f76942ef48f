"""One pair on its road: the steps with their dates, what is next, who must act, and history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.bonds import permissions
from qianshou.bonds.models import Agreement, Meeting, Offer, Side
from qianshou.bonds.queries import cards
from qianshou.bonds.rules import reasons
from qianshou.common.errors import NotFound
from qianshou.pairing.models import Pairing, StepTaken
from qianshou.pairing.rules import life

STAGES: Final = (
    (life.PROPOSED, gettext_noop("Proposed")),
    (life.REVIEWED, gettext_noop("Approved")),
    (life.OFFERED_MOTHER, gettext_noop("Mother")),
    (life.OFFERED_GUARDIAN, gettext_noop("Guardian")),
    (life.CHILD_ASSENT, gettext_noop("Child")),
    (life.AGREEMENT, gettext_noop("Agreement")),
    (life.FIRST_MEETING, gettext_noop("First meeting")),
    (life.ACTIVE_INITIAL, gettext_noop("Care")),
)
# What is next in each state, and who must act.
NEXT: Final = {
    life.PROPOSED: gettext_noop("The county reviews it: somebody who has not proposed it."),
    life.REVIEWED: gettext_noop("Staff offer it to the mother."),
    life.OFFERED_MOTHER: gettext_noop("The mother answers on her phone, or says it to staff."),
    life.OFFERED_GUARDIAN: gettext_noop("The guardian answers to staff, or by a one-time link."),
    life.CHILD_ASSENT: gettext_noop("Staff ask the child and write down its own words."),
    life.AGREEMENT: gettext_noop("Mother, guardian and office sign the agreement."),
    life.FIRST_MEETING: gettext_noop("Staff hold the first meeting and are present."),
}
ENTRANCES: Final = {"propose": life.PROPOSED, "approve": life.REVIEWED, "take_over": life.ACTIVE}


def pairing_for(user: User, pairing_id: UUID) -> Pairing:
    """Return one pair with both people; raises `NotFound` when it is not theirs."""
    rows = Pairing.objects.select_related("child", "mother", "proposal", "by")
    found = rows.filter(pk=pairing_id).first()
    if found is None or not permissions.can_see(user, found):
        raise NotFound
    return found


def picked(user: User, ids: Iterable[str]) -> list[Pairing]:
    """Return the pairs that were ticked and that the person may accompany."""
    wanted = [each for each in map(_uuid, ids) if each is not None]
    rows = Pairing.objects.open().filter(pk__in=wanted).select_related("child", "mother")
    return [each for each in rows.order_by("pk") if permissions.can_accompany(user, each.area_code)]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def asked_of(pairing: Pairing) -> Offer:
    """Return the question that is open, or was open last, so that a late answer is told why."""
    found = pairing.offers.select_related("pairing__child").order_by("answer", "-made_at").first()
    if found is None:
        raise NotFound
    return found


def planned_of(pairing: Pairing) -> Meeting:
    """Return the planned meeting of a pair; raises `NotFound` when none is planned."""
    found = pairing.meetings.filter(state=Meeting.State.PLANNED).first()
    if found is None:
        raise NotFound(_("Plan the first meeting before you note that it was held."))
    return found


def next_of(pairing: Pairing) -> str:
    """Return what is next for a pair, in words; nothing once care is running."""
    words = NEXT.get(pairing.state)
    return _(words) if words else ""


@dataclass(frozen=True)
class Line:
    """One line of the history: when, what, by whom, why."""

    at: datetime
    title: str
    who: str
    text: str


def history_of(pairing: Pairing) -> list[Line]:
    """Return every step of a pair, newest first, with actors and reasons."""
    rows = StepTaken.objects.filter(pairing=pairing).select_related("by").order_by("-at", "-id")
    return [line_of(row) for row in rows]


def line_of(row: StepTaken) -> Line:
    """Return one step in words."""
    why = [reason_words(row.cause), row.reason]
    return Line(
        row.at, _(life.WORDS.get(row.act, row.act)), _who(row), " · ".join(filter(None, why))
    )


def _who(row: StepTaken) -> str:
    if row.by is not None:
        return str(row.by)
    return {
        Side.GUARDIAN: _("the guardian, by link"),
        Side.MOTHER: _("the mother"),
    }.get(Side(row.actor) if row.actor in Side.values else Side.OFFICE, _("the system"))


def reason_words(code: str) -> str:
    """Return a reason of any list in words."""
    if code.startswith("NO_ANSWER_"):
        return _("Nobody answered in time.")
    return _(reasons.EVERY[code]) if code in reasons.EVERY else ""


def steps_of(pairing: Pairing, history: list[StepTaken]) -> list[dict[str, Any]]:
    """Return the road as steps for the strip on top of the page, each with its day."""
    reached = {row.target: row.at for row in history}
    order = [state for state, _label in STAGES]
    stands = order.index(pairing.state) if pairing.state in order else _furthest(pairing, reached)
    by_hand = pairing.proposal_id is None
    shown = []
    for at, (state, label) in enumerate(STAGES):
        if state == life.PROPOSED and not by_hand:
            continue
        if state == life.CHILD_ASSENT and at < stands and state not in reached:
            continue
        # A stage is done on the day on which the next one was reached.
        left = next((reached[s] for s in order[at + 1 :] if s in reached), None)
        shown.append(
            {
                "label": _(label),
                "state": _mark(pairing, at, stands),
                "note": f"{timezone.localtime(left):%m-%d}" if left and at < stands else "",
                "count": None,
            }
        )
    return shown


def _furthest(pairing: Pairing, reached: dict[str, datetime]) -> int:
    order = [state for state, _label in STAGES]
    if pairing.active_on is not None:
        return len(order)
    return max((order.index(state) for state in reached if state in order), default=0)


def _mark(pairing: Pairing, at: int, stands: int) -> str:
    if at < stands or pairing.active_on is not None:
        return "done"
    if at > stands:
        return "todo"
    return "failed" if pairing.state in life.NEVER_BEGAN else "now"


def page_of(user: User, pairing: Pairing, today: date) -> dict[str, Any]:
    """Return everything the page of a pair shows beside the forms."""
    rows = list(pairing.steps.select_related("by").order_by("-at", "-id"))
    offers = list(pairing.offers.select_related("answered_by").order_by("made_at"))
    agreement = Agreement.objects.select_related("text").filter(pairing=pairing).first()
    signed = list(agreement.signatures.order_by("at")) if agreement else []
    meetings = list(pairing.meetings.select_related("ceremony").order_by("made_at"))
    return {
        "pairing": pairing,
        "steps": steps_of(pairing, rows),
        "next": next_of(pairing),
        "history": [line_of(row) for row in rows],
        "offers": [offer_row(each, today) for each in offers],
        "asked": next((each for each in offers if not each.answer), None),
        "agreement": agreement,
        "signatures": signed,
        "unsigned": _unsigned(agreement, signed) if pairing.state == life.AGREEMENT else [],
        "meetings": meetings,
        "planned": next((each for each in meetings if each.state == Meeting.State.PLANNED), None),
        "child_card": cards.child_words(cards.for_mother(pairing, today=today)),
        "mother_card": cards.mother_words(cards.for_family(pairing)),
        "may_accompany": permissions.can_accompany(user, pairing.area_code),
        "may_decide": permissions.can_decide(user, pairing.area_code),
        "is_own": pairing.by_id == user.pk,
        "may_withdraw": pairing.state in life.BEFORE_CARE,
        "reason": reason_words(rows[0].cause) if rows and pairing.ended_on else "",
    }


def offer_row(offer: Offer, today: date) -> dict[str, Any]:
    """Return one offer as the page shows it."""
    late = not offer.answer and offer.due_on < today
    return {
        "side": offer.get_side_display(),
        "made_at": offer.made_at,
        "due_on": offer.due_on,
        "answer": offer.get_answer_display() if offer.answer else _("not answered yet"),
        "tone": {"ACCEPTED": "good", "": "bad" if late else "wait"}.get(offer.answer, "warn"),
        "answered_at": offer.answered_at,
        "means": offer.get_means_display() if offer.means else "",
        "why": reason_words(offer.cause),
        "mood": _(reasons.MOODS[offer.mood]) if offer.mood else "",
        "words": offer.words.open() if offer.words else "",
        "who": offer.answered_by,
    }


def _unsigned(agreement: Agreement | None, signed: list[Any]) -> list[tuple[str, str]]:
    if agreement is None:
        return []
    have = {each.side for each in signed}
    sides = (Side.MOTHER, Side.GUARDIAN, Side.OFFICE)
    return [(side.value, str(side.label)) for side in sides if side not in have]


def may_accompany_here(user: User, area_code: str) -> bool:
    """Tell whether the person accompanies pairs in the chosen area."""
    return powers.may(user, Power.ACCOMPANY, area_code)
