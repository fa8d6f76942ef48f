"""Writing a plan down: proposals with reasons, children left over with causes, the figures."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common.copying import copy_rows
from qianshou.common.identity import new_ids
from qianshou.engines.matching.explain import explain_pair
from qianshou.engines.matching.plan import Plan
from qianshou.engines.matching.policy import RULES, policy_from
from qianshou.pairing import rules
from qianshou.pairing.models import LeftOver, MatchRun, Proposal
from qianshou.pairing.queries import shapes
from qianshou.pairing.queries.arrays import Instance

PROPOSAL_COLUMNS = (
    "id", "run_id", "child_id", "mother_id", "area_code", "tier", "grade", "score", "distance_m",
    "parts", "runner_up_id", "margin", "attention", "state", "reason",
)  # fmt: skip
LEFT_OVER_COLUMNS = ("id", "run_id", "child_id", "area_code", "tier", "grade", "reason", "details")
REASON_ORDER = ("SCARCITY", "NO_CANDIDATE", "NO_CONSENT")
REASONS = {"no_candidate": "NO_CANDIDATE", "places_taken": "SCARCITY"}


def lapse_open_proposals(run: MatchRun) -> None:
    """Let the open proposals of earlier runs lapse where this run proposes anew."""
    Proposal.objects.open().filter(area_code__range=area_rules.subtree(run.area_code)).update(
        state=Proposal.State.LAPSED
    )


def store_proposals(run: MatchRun, people: Instance, plan: Plan) -> int:
    """Write one proposal per paired child; returns how many."""
    return copy_rows(Proposal, PROPOSAL_COLUMNS, _proposals(run, people, plan))


def _proposals(run: MatchRun, people: Instance, plan: Plan) -> Iterator[tuple[Any, ...]]:
    policy = policy_from(run.policy.body, digest=run.policy.sha256)
    paired = [int(place) for place in np.flatnonzero(plan.mate >= 0)]
    for identity, place in zip(new_ids(len(paired)), paired, strict=True):
        child = people.child_rows[place]
        mother = people.mother_rows[int(plan.mate[place])]
        why = explain_pair(
            people.children, people.mothers, policy, child=place, mother=int(plan.mate[place])
        )
        next_place, margin = int(plan.runner_up[place]), int(plan.margin[place])
        has_next = next_place >= 0
        attention = rules.attention(
            grade=child.grade,
            score=int(plan.score[place]),
            margin=margin if has_next else None,
            distance_m=why.distance_m,
            mother_pairs=mother.load,
        )
        yield (
            identity, run.pk, child.id, mother.id, child.area_code, child.tier, child.grade,
            int(plan.score[place]), why.distance_m, json.dumps(shapes.parts_of(why.parts)),
            people.mother_rows[next_place].id if has_next else None,
            margin if has_next else None, json.dumps(attention), "OPEN", "",
        )  # fmt: skip


def store_left_over(run: MatchRun, people: Instance, plan: Plan) -> int:
    """Write one row per child left over, with those who lack consent; returns how many."""
    return copy_rows(LeftOver, LEFT_OVER_COLUMNS, _left_over(run, people, plan))


def _left_over(run: MatchRun, people: Instance, plan: Plan) -> Iterator[tuple[Any, ...]]:
    identities = iter(new_ids(len(plan.left_over) + len(people.unasked)))
    for each in plan.left_over:
        child = people.child_rows[each.child]
        yield (
            next(identities), run.pk, child.id, child.area_code, child.tier, child.grade,
            REASONS[each.reason], json.dumps(_details(each, plan)),
        )  # fmt: skip
    for child in people.unasked:
        yield (
            next(identities), run.pk, child.id, child.area_code, child.tier, child.grade,
            "NO_CONSENT", "{}",
        )  # fmt: skip


def _details(each: Any, plan: Plan) -> dict[str, Any]:
    if each.reason == "no_candidate":
        counts = zip(RULES, plan.refusals[each.child].tolist(), strict=True)
        return {"rules": {code: count for code, count in counts if count}}
    return {"children": each.children, "mothers": each.mothers, "places": each.places}


def figures(run: MatchRun, people: Instance, plan: Plan) -> dict[str, Any]:
    """Return what the run's page and the demo's table show."""
    scores = [int(score) for score in plan.score[plan.mate >= 0]]
    left = [people.child_rows[each.child] for each in plan.left_over]
    paired_tiers = [people.child_rows[int(p)].tier for p in np.flatnonzero(plan.mate >= 0)]
    reasons = Counter(REASONS[each.reason] for each in plan.left_over)
    reasons["NO_CONSENT"] = len(people.unasked)
    places = int(people.mothers.capacity.sum())
    return {
        "area_name": areas.full_names_of({run.area_code})[run.area_code],
        "children": len(people.child_rows),
        "mothers": len(people.mother_rows),
        "places": places,
        "free_places": places - len(scores),
        "paired": len(scores),
        "left_over": len(left),
        "mean_score": round(sum(scores) / len(scores)) if scores else 0,
        "by_tier": rules.by_tier(paired_tiers, [child.tier for child in left]),
        "reasons": {code: reasons.get(code, 0) for code in REASON_ORDER},
        "objective": sum(scores),
        "gap": int(plan.gap),
        "feasible_pairs": int(plan.feasible_pairs),
        "histogram": rules.histogram(scores),
        "shortages": shortages(people, plan),
        "moved": 0,
    }


def shortages(people: Instance, plan: Plan) -> list[dict[str, Any]]:
    """Return the towns in which children were left over, the worst first."""
    codes = {people.towns[each.town] for each in plan.shortages}
    names = areas.full_names_of(codes)
    rows: list[dict[str, Any]] = [
        {
            "area_code": people.towns[each.town],
            "name": names[people.towns[each.town]],
            "left_over": int(each.left_over),
            "mothers": int(each.mothers),
            "places": int(each.places),
            "price": int(each.price),
        }
        for each in plan.shortages
        if each.left_over
    ]
    return sorted(rows, key=lambda row: (-row["left_over"], row["area_code"]))[:50]
