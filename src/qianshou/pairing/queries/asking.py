"""Why not her? Any mother's fit with a child, split into what is personal and what is scarcity."""

from dataclasses import dataclass, replace
from math import cos, hypot, radians
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.engines.matching.explain import PairExplanation, explain_pair
from qianshou.engines.matching.policy import policy_from
from qianshou.engines.matching.scoring import TOP
from qianshou.engines.matching.values import Values
from qianshou.mothers.models import Mother
from qianshou.pairing.models import Pairing, Policy, Proposal
from qianshou.pairing.queries import (
    archived,
    arrays,
    instance,
    regrets,
    shapes,
    wishes,
)
from qianshou.pairing.queries.archived import Against
from qianshou.pairing.queries.arrays import Instance
from qianshou.registry.models import Child

AT_MOST = 5
METRES_PER_DEGREE: Final = 111_320


@dataclass(frozen=True)
class Answer:
    """What the page says about one mother; `told` is what the plan would exactly lose."""

    title: str
    blocked: str
    words: str
    bars: list[dict[str, Any]]
    told: regrets.Told | None = None
    mother_id: UUID | None = None


@dataclass(frozen=True)
class Beside:
    """One part of the score for the proposed mother and for the one who is next, in points."""

    label: str
    proposed: int
    following: int

    @property
    def difference(self) -> int:
        """Return how many points more the next mother would bring here."""
        return self.following - self.proposed


def beside(proposal: Proposal) -> list[Beside]:
    """Put the proposed mother and the runner-up side by side, part by part.

    The runner-up is looked at as she is today; the proposed mother as she was on the day.
    """
    if proposal.runner_up is None:
        return []
    found = _explained(proposal, proposal.runner_up)
    theirs = {part["code"]: part for part in shapes.parts_of(found.parts)}
    rows = [
        Beside(_(shapes.PARTS.get(code, code)), part["points"], theirs[code]["points"])
        for part in sorted(proposal.parts, key=lambda part: -part["weight"])
        if part["weight"] and (code := part["code"]) in theirs
    ]
    return [Beside(_("Fit in all"), proposal.score, found.score), *rows]


def why_not(user: User, proposal: Proposal, text: str) -> list[Answer]:
    """Answer for up to five mothers whose name or pinyin begins with a text."""
    return [
        replace(_answer(user, proposal, mother), mother_id=mother.pk)
        for mother in _named(text.strip())
    ]


def _named(text: str) -> list[Mother]:
    if not text:
        return []
    column = "pinyin" if text.isascii() else "search_name"
    low = text.lower().replace(" ", "") if text.isascii() else text
    beginning = {f"{column}__gte": low, f"{column}__lt": low + "\U0010ffff"}
    return list(Mother.objects.filter(**beginning).order_by(column, "id")[:AT_MOST])


def _answer(user: User, proposal: Proposal, mother: Mother) -> Answer:
    policy = policy_from(proposal.run.policy.body, digest=proposal.run.policy.sha256)
    people = _people(proposal, mother, policy.values)
    found = explain_pair(
        people.children, people.mothers, policy, child=0, mother=0, barred=people.barred
    )
    if mother.pk == proposal.mother_id:
        return Answer(
            str(mother), "", _("She is the proposed mother."), shapes.bars_of(found.parts)
        )
    if found.sentence is not None:
        english = (get_language() or "").startswith("en")
        words = found.sentence.en if english else found.sentence.zh
        return Answer(str(mother), words, "", [])
    plan = archived.archived(proposal.run)
    against = plan.why_not(str(proposal.child_id), str(mother.pk)) if plan else None
    if against is not None:
        return _exactly(user, proposal, mother, against=against, bars=shapes.bars_of(found.parts))
    # What waiting was worth on the day of the run is in its prices, though not in the score.
    since = (timezone.localdate() - timezone.localdate(proposal.run.created_at)).days
    waited = policy.bonus_for_waiting(people.children.waiting_days - since)
    prices = archived.proof(proposal.run)
    words = _scarcity(proposal, mother, found.score, worth=int(waited[0]), prices=prices)
    return Answer(str(mother), "", words, shapes.bars_of(found.parts))


def _people(proposal: Proposal, mother: Mother, values: Values) -> Instance:
    """Return the child of a proposal and one mother as the engine sees them today."""
    return _two(proposal.child, mother, values)


def _explained(proposal: Proposal, mother: Mother) -> PairExplanation:
    policy = policy_from(proposal.run.policy.body, digest=proposal.run.policy.sha256)
    people = _people(proposal, mother, policy.values)
    return explain_pair(people.children, people.mothers, policy, child=0, mother=0)


def _exactly(
    user: User, proposal: Proposal, mother: Mother, *, against: Against, bars: list[dict[str, Any]]
) -> Answer:
    """Answer from the run's files: fit, scarcity, and the exact loss with all that would change."""
    if against.fit:
        fit = _("For this child alone she counts %(difference)+d points.") % {
            "difference": against.fit
        }
    else:
        fit = _("For this child alone she is as good as the proposed mother.")
    child, cost = str(proposal.child_id), against.cost
    told = regrets.told(user, cost, first=regrets.loss_of_choice(cost.points), child=child)
    told.sentences.insert(0, _place_worth(against.scarcity))
    return Answer(str(mother), "", fit, bars, told)


def _place_worth(scarcity: int) -> str:
    """Say how much more her place is worth to other children than the proposed mother's."""
    if scarcity > TOP:
        return _("Without her place another child would be left over.")
    if scarcity < -TOP:
        return _(
            "Her place is free or less wanted; the proposed mother's could place another child."
        )
    return _(
        "To other children her place is worth %(points)+d points against that of the proposed"
        " mother."
    ) % {"points": scarcity}


def _scarcity(
    proposal: Proposal, mother: Mother, score: int, *, worth: int, prices: dict[str, Any]
) -> str:
    """Split the difference into personal fit and what her place is worth to other children."""
    difference = score - proposal.score
    fit = _("Her fit is %(score)d points, %(difference)+d against the proposed mother.") % {
        "score": score,
        "difference": difference,
    }
    price = prices.get("mother_price", {}).get(str(mother.pk))
    value = prices.get("child_value", {}).get(str(proposal.child_id))
    bonus = next((t["bonus"] for t in prices.get("tiers", ()) if t["tier"] == proposal.tier), None)
    if price is None or value is None or bonus is None:
        return fit
    loss = value + price - bonus - score - worth
    # A price beyond any score holds the worth of a placement itself.
    if price > TOP:
        return fit + _(
            " Without her place another child of the same or higher urgency would be left over."
        )
    return fit + _(
        " Her place is worth %(price)d points to other children; the whole plan would lose at least"
        " %(loss)d points."
    ) % {"price": price, "loss": loss}


@dataclass(frozen=True)
class ByHand:
    """How two people fit whom nobody has proposed: the rules that forbid it, and the points."""

    broken: tuple[str, ...]
    score: int
    distance_m: int | None


def by_hand(child: Child, mother: Mother, stored: Policy) -> ByHand:
    """Ask every hard rule of a policy about two people as they are today, and name the broken."""
    policy = policy_from(stored.body, digest=stored.sha256)
    people = _two(child, mother, policy.values)
    broken: dict[str, str] = {}
    english = (get_language() or "").startswith("en")
    while True:
        found = explain_pair(
            people.children, people.mothers, policy, child=0, mother=0, barred=people.barred
        )
        if found.rule is None or found.sentence is None or found.rule in broken:
            break
        broken[found.rule] = found.sentence.en if english else found.sentence.zh
        # Switched off, so that the next one is named as well.
        policy = replace(policy, rules={**policy.rules, found.rule: False})
    metres = None if child.hidden_location else found.distance_m
    return ByHand(tuple(broken.values()), found.score, metres)


def distance_of(pairing: Pairing) -> int | None:
    """Return the distance of a pair in metres as the run told it, or as the places say today."""
    if pairing.proposal is not None:
        return pairing.proposal.distance_m
    codes = (pairing.child.area_code, pairing.mother.area_code)
    at = instance.positions_of(codes)
    if not all(code in at for code in codes):
        return None
    (east, north), (east2, north2) = (at[code] for code in codes)
    narrow = cos(radians((north + north2) / 2))
    return round(hypot((east - east2) * narrow, north - north2) * METRES_PER_DEGREE)


def _two(child: Child, mother: Mother, values: Values) -> Instance:
    today = timezone.localdate()
    people = arrays.build(
        instance.child_rows([child.pk]),
        instance.mother_rows([mother.pk], today=today, values=values),
        refused=instance.refused_pairs(child.area_code, values=values),
        unasked=[],
        today=today,
        values=values,
    )
    return arrays.wished(people, wishes.said_in(child.area_code, values=values), today=today)
