"""What-if runs side by side: other weights, more mothers, another policy; and where to recruit."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from qianshou.engines.matching.living import joined
from qianshou.engines.matching.people import Mothers
from qianshou.engines.matching.plan import Plan, make_plan
from qianshou.engines.matching.policy import PARTS, Policy


@dataclass(frozen=True)
class Figures:
    """One plan in figures that can stand beside another's.

    ``loads`` counts mothers by the children they would have, those with places only; ``moved``
    are the children whose mother differs from the plan it is compared with.
    """

    paired: int
    by_tier: dict[int, int]
    left_over: int
    mean_score: float
    mean_distance_m: float
    loads: dict[int, int]
    moved: int


def figures(plan: Plan, *, beside: Plan | None = None) -> Figures:
    """Return a plan's figures; scores are the policy's own, without bonuses for standing."""
    paired = np.flatnonzero(plan.mate >= 0)
    mates = plan.mate[paired]
    kids, mums = plan.children, plan.mothers
    away = np.hypot(
        kids.x[paired].astype(float) - mums.x[mates], kids.y[paired].astype(float) - mums.y[mates]
    )
    new = np.bincount(mates, minlength=len(mums.ids))
    there = plan.places > 0
    return Figures(
        paired=len(paired),
        by_tier={row["tier"]: row["matched"] for row in plan.tiers},
        left_over=len(kids.ids) - len(paired),
        mean_score=float(plan.score[paired].mean()) if len(paired) else 0.0,
        mean_distance_m=float(away.mean()) if len(paired) else 0.0,
        loads=dict(sorted(Counter((new + mums.load)[there].tolist()).items())),
        moved=0 if beside is None else _moved(beside, plan),
    )


def _moved(one: Plan, other: Plan) -> int:
    before = {
        child: one.mothers.ids[j] if j >= 0 else ""
        for child, j in zip(one.children.ids, one.mate.tolist(), strict=True)
    }
    return sum(
        before.get(child, "") != (other.mothers.ids[j] if j >= 0 else "")
        for child, j in zip(other.children.ids, other.mate.tolist(), strict=True)
    )


def reweighted(policy: Policy, weights: Mapping[str, float]) -> Policy:
    """Return the policy with some parts weighted anew, as a slider does, and the rest in scale.

    Weights stay whole and add up to 1000; what rounding leaves goes to the largest remainders.
    """
    asked = {name: max(0.0, weights.get(name, policy.weights[name])) for name in PARTS}
    total = sum(asked.values()) or 1.0
    exact = {name: 1000 * value / total for name, value in asked.items()}
    whole = {name: int(value) for name, value in exact.items()}
    short = 1000 - sum(whole.values())
    for name in sorted(PARTS, key=lambda one: whole[one] - exact[one])[:short]:
        whole[name] += 1
    return replace(policy, weights=whole)


@dataclass(frozen=True)
class Served:
    """What newcomers would change: more children paired, by tier; points gained by the others."""

    children: int
    by_tier: dict[int, int]
    plan: Plan


def with_newcomers(plan: Plan, newcomers: Mothers) -> Served:
    """Solve again as if these mothers were there, exactly, starting from the plan."""
    after = make_plan(
        plan.children, joined(plan.mothers, newcomers), plan.policy,
        barred=plan.barred, standing=plan.standing, previous=plan,
    )  # fmt: skip
    before = {row["tier"]: row["matched"] for row in plan.tiers}
    gained = {row["tier"]: row["matched"] - before[row["tier"]] for row in after.tiers}
    return Served(sum(gained.values()), gained, after)


@dataclass(frozen=True)
class Wanted:
    """Children left over in one town who need the same of a mother: where and whom to recruit.

    ``dialects`` and ``special_needs`` are bit sets as in `people.Children`; ``urgent`` counts the
    children of the most urgent tier that occurs in the plan.
    """

    town: int
    dialects: int
    special_needs: int
    children: int
    urgent: int


def wanted(plan: Plan) -> list[Wanted]:
    """Group the children left over for want of places or candidates; the largest groups first."""
    kids = plan.children
    first = min(plan.penalties.tiers, default=0)
    every: Counter[tuple[int, int, int]] = Counter()
    urgent: Counter[tuple[int, int, int]] = Counter()
    for one in plan.left_over:
        if one.reason != "no_consent":
            i = one.child
            key = (int(kids.town[i]), int(kids.dialects[i]), int(kids.special_needs[i]))
            every[key] += 1
            urgent[key] += int(kids.tier[i]) == first
    ordered = sorted(every, key=lambda key: (-urgent[key], -every[key], key))
    return [Wanted(*key, children=every[key], urgent=urgent[key]) for key in ordered]
