"""Writing a plan down: proposals with reasons, children left over with causes, the figures."""

import json
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from shutil import rmtree
from typing import Any

import numpy as np
from django.utils import timezone

from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common.copying import copy_rows
from qianshou.common.identity import new_ids
from qianshou.engines.matching import living
from qianshou.engines.matching.explain import PairExplanation, explain_pair
from qianshou.engines.matching.plan import Plan
from qianshou.engines.matching.policy import RULES, Policy, policy_from
from qianshou.pairing.models import LeftOver, MatchRun, Move, Proposal
from qianshou.pairing.queries import archived, arrays, kept, shapes, wishes
from qianshou.pairing.queries.arrays import Instance
from qianshou.pairing.queries.instance import ChildRow, MotherRow
from qianshou.pairing.queries.living import Start
from qianshou.pairing.rules import plans as rules

PROPOSAL_COLUMNS = (
    "id", "run_id", "child_id", "mother_id", "area_code", "tier", "grade", "score", "distance_m",
    "parts", "runner_up_id", "margin", "attention", "state", "reason", "family",
)  # fmt: skip
LEFT_OVER_COLUMNS = ("id", "run_id", "child_id", "area_code", "tier", "grade", "reason", "details")
REASON_ORDER = ("SCARCITY", "SIBLINGS", "NO_CANDIDATE", "NO_CONSENT")
# Why a pair moves although its mother and its rules are as before: the place went to somebody.
YIELDING = ("better_for_all", "place_lost")
REASONS = {
    "no_candidate": "NO_CANDIDATE", "places_taken": "SCARCITY", "group_does_not_fit": "SIBLINGS",
}  # fmt: skip


def lapse_open_proposals(run: MatchRun) -> None:
    """Let the open proposals of earlier runs lapse where this run proposes anew."""
    Proposal.objects.open().filter(area_code__range=area_rules.subtree(run.area_code)).update(
        state=Proposal.State.LAPSED
    )


def store_proposals(run: MatchRun, people: Instance, plan: Plan) -> int:
    """Write one proposal per paired child; returns how many."""
    # Read first: nothing can be asked of the database while rows are copied into it.
    settled = list(_settled(run, people, plan.policy))
    rows = chain(settled, _proposals(run, people, plan))
    return copy_rows(Proposal, PROPOSAL_COLUMNS, rows)


def _proposals(run: MatchRun, people: Instance, plan: Plan) -> Iterator[tuple[Any, ...]]:
    policy = policy_from(run.policy.body, digest=run.policy.sha256)
    paired = [int(place) for place in np.flatnonzero(plan.mate >= 0)]
    regrets = archived.regrets_by_child(run)
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
            regret=regrets.get(str(child.id), 0),
        )
        yield (
            identity, run.pk, child.id, mother.id, child.area_code, child.tier, child.grade,
            int(plan.score[place]), why.distance_m, json.dumps(shapes.parts_of(why.parts)),
            people.mother_rows[next_place].id if has_next else None,
            margin if has_next else None, json.dumps(attention), "OPEN", "",
            people.families.get(child.id),
        )  # fmt: skip


def _settled(run: MatchRun, people: Instance, policy: Policy) -> Iterator[tuple[Any, ...]]:
    """Return the pairs that a person fixed as proposals like all others; each deserves a look."""
    explained = _explained(people, policy)
    for identity, (child, mother, why) in zip(new_ids(len(explained)), explained, strict=True):
        yield (
            identity, run.pk, child.id, mother.id, child.area_code, child.tier, child.grade,
            why.score, why.distance_m, json.dumps(shapes.parts_of(why.parts)), None, None,
            json.dumps(["FIXED"]), "OPEN", "", people.families.get(child.id),
        )  # fmt: skip


def _explained(
    people: Instance, policy: Policy
) -> list[tuple[ChildRow, MotherRow, PairExplanation]]:
    found = []
    for child, mother in people.settled:
        both = arrays.build(
            [child], [mother], refused=[], unasked=[], today=timezone.localdate(),
            values=policy.values,
        )  # fmt: skip
        why = explain_pair(both.children, both.mothers, policy, child=0, mother=0)
        found.append((child, mother, why))
    return found


def keep_listing(run: MatchRun, people: Instance) -> None:
    """Keep how the run's listed pairs are numbered; earlier runs of the area keep theirs no more.

    Only the newest plan of an area is repaired, and a city's pairs take more than 100 MB.
    """
    folder, used = kept.folder_of(run), people.numbering
    if not folder.is_dir():
        return
    told = {"towns": used.towns, "words": used.words, "middle": used.middle, "traits": used.traits}
    text = json.dumps(told, ensure_ascii=False)
    (folder / kept.NUMBERING).write_text(text, encoding="utf-8")
    for earlier in kept.earlier_folders(run):
        rmtree(earlier, ignore_errors=True)


def store_left_over(run: MatchRun, people: Instance, plan: Plan) -> int:
    """Write one row per child left over, with those who lack consent; returns how many."""
    return copy_rows(LeftOver, LEFT_OVER_COLUMNS, _left_over(run, people, plan))


def _left_over(run: MatchRun, people: Instance, plan: Plan) -> Iterator[tuple[Any, ...]]:
    identities = iter(new_ids(len(plan.left_over) + len(people.unasked)))
    conflicts = wishes.conflicts_in(run.area_code)
    for each in plan.left_over:
        child = people.child_rows[each.child]
        told = _details(each, plan, people)
        if child.id in conflicts:
            told["conflicts"] = conflicts[child.id]
        yield (
            next(identities), run.pk, child.id, child.area_code, child.tier, child.grade,
            REASONS[each.reason], json.dumps(told),
        )  # fmt: skip
    for child in people.unasked:
        yield (
            next(identities), run.pk, child.id, child.area_code, child.tier, child.grade,
            "NO_CONSENT", "{}",
        )  # fmt: skip


def _details(each: Any, plan: Plan, people: Instance) -> dict[str, Any]:
    counts = zip(RULES, plan.refusals[each.child].tolist(), strict=True)
    told: dict[str, Any] = {
        "rules": {code: count for code, count in counts if count},
        "allowed": int(plan.feasible[each.child]),
    }
    home = people.families.get(people.child_rows[each.child].id)
    if home is not None:
        told |= {"siblings": sum(other == home for other in people.families.values())}
    if each.block >= 0:
        told |= {"children": each.children, "mothers": each.mothers, "places": each.places}
    return told


def store_moves(run: MatchRun, start: Start, plan: Plan) -> int:
    """Write whose proposed mother a repair changed, and why; returns how many."""
    settled = {str(child.id): str(mother.id) for child, mother in start.people.settled}
    found = living.differences(start.before, plan, settled=settled)
    rows = [each for each in found if each.before or each.after]
    areas_of = {str(row.id): row.area_code for row in start.people.child_rows}
    areas_of |= {str(child.id): child.area_code for child, _ in start.people.settled}
    arrives = {each.after: each.child for each in rows if each.after}
    Move.objects.bulk_create(
        Move(
            run=run, child_id=each.child, area_code=areas_of.get(each.child, run.area_code),
            before_id=each.before or None, after_id=each.after or None, why=each.why,
            yielded_to_id=arrives.get(each.before) if each.why in YIELDING else None,
        )
        for each in rows
    )  # fmt: skip
    return len(rows)


def figures(run: MatchRun, people: Instance, plan: Plan) -> dict[str, Any]:
    """Return what the run's page and the demo's table show."""
    fixed = _explained(people, plan.policy)
    scores = [int(score) for score in plan.score[plan.mate >= 0]] + [w.score for _, _, w in fixed]
    left = [people.child_rows[each.child] for each in plan.left_over]
    paired_tiers = [people.child_rows[int(p)].tier for p in np.flatnonzero(plan.mate >= 0)]
    paired_tiers += [child.tier for child, _, _ in fixed]
    reasons = Counter(REASONS[each.reason] for each in plan.left_over)
    reasons["NO_CONSENT"] = len(people.unasked)
    places = int(people.mothers.capacity.sum()) + len(fixed)
    return {
        "area_name": areas.full_names_of({run.area_code})[run.area_code],
        "children": len(people.child_rows) + len(fixed),
        "mothers": len(people.mother_rows),
        "places": places,
        "free_places": places - len(scores),
        "paired": len(scores),
        "left_over": len(left),
        "mean_score": round(sum(scores) / len(scores)) if scores else 0,
        "by_tier": rules.by_tier(paired_tiers, [child.tier for child in left]),
        "reasons": {code: reasons.get(code, 0) for code in REASON_ORDER},
        "objective": sum(scores),
        "fixed": len(fixed),
        "gap": int(plan.gap),
        "families": len(set(people.families.values())),
        "families_placed": _families_placed(people, plan),
        "feasible_pairs": int(plan.feasible_pairs),
        "histogram": rules.histogram(scores),
        "shortages": shortages(people, plan),
        "moved": 0,
        "loads_by_town": loads_by_town(people, plan),
    }


def _families_placed(people: Instance, plan: Plan) -> int:
    """Count the families that go to one mother, fixed by a person or placed."""
    placed = {people.child_rows[int(row)].id for row in np.flatnonzero(plan.mate >= 0)}
    placed |= {child.id for child, _ in people.settled}
    return len({home for child, home in people.families.items() if child in placed})


def loads_by_town(people: Instance, plan: Plan) -> dict[str, list[int]]:
    """Count each town's mothers by the children they would have: none, one, two …"""
    given = Counter(int(place) for place in plan.mate if place >= 0)
    loads: dict[str, list[int]] = {}
    for place, mother in enumerate(people.mother_rows):
        loads.setdefault(mother.area_code[:9], []).append(mother.load + given[place])
    return {town: rules.spread(found) for town, found in sorted(loads.items())}


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
