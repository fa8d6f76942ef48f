"""What if: the plan of today beside one with other weights or more mothers; nothing is stored.

The plan of today is kept for a short while, so that a slider is answered by one warm search.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from threading import Lock
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.assessment.models import Grade
from qianshou.common.errors import Refused
from qianshou.engines.matching import scoring
from qianshou.engines.matching.living import joined
from qianshou.engines.matching.people import Mothers
from qianshou.engines.matching.plan import Plan, make_plan
from qianshou.engines.matching.policy import PARTS, Policy, policy_from
from qianshou.engines.matching.whatif import Figures, figures, reweighted
from qianshou.mothers.models import Mother
from qianshou.pairing.models import Policy as StoredPolicy
from qianshou.pairing.models import Proposal
from qianshou.pairing.queries import arrays, instance
from qianshou.pairing.queries.arrays import Instance
from qianshou.pairing.rules import plans as rules
from qianshou.registry.models import Child

# Children of an area for which two plans are computed while a page is waited for.
LARGEST: Final = 10_000
# For how long today's plan is kept for the next position of a slider, in seconds.
KEPT: Final = 120
SHOWN: Final = 30
_reading = Lock()


class TooManyChildren(Refused):
    """This area is too large to try things out on a page. Choose a county or a town."""


class SiblingsGoTogether(Refused):
    """Siblings go together here: a further child cannot cost more. Set that slider to nothing."""


class NoMothers(Refused):
    """There is no mother with a place here whom invented ones could resemble."""


@dataclass(frozen=True)
class Question:
    """What is tried out: weights, sliders, another policy, more mothers in a town.

    `weights` are by part, per mille in any scale; a part left out keeps the policy's. `fit` and
    `distance` scale them in per cent: distance its own part, fit all others. `fairness` is what
    each further child of a mother costs more, `stability` what a proposal of today is worth more,
    both in points; None keeps the policy's, and nothing for stability.
    """

    weights: Mapping[str, int]
    mothers: int = 0
    town: str = ""
    fit: int = 100
    distance: int = 100
    fairness: int | None = None
    stability: int = 0


@dataclass(frozen=True)
class Beside:
    """One figure of today's plan beside that of the other one."""

    label: str
    now: str
    then: str
    change: str


@dataclass(frozen=True)
class Differing:
    """One child who would have another mother; names, "" for nobody."""

    child: str
    before: str
    after: str


@dataclass(frozen=True)
class Compared:
    """Two plans side by side: figures, the first pairs that differ, and how many differ in all."""

    rows: list[Beside]
    differing: list[Differing]
    differ: int
    seconds: float


@dataclass(frozen=True)
class _Today:
    """The people of today, the best plan for them, and who is proposed to whom."""

    people: Instance
    plan: Plan
    proposed: dict[str, str]


def require_small(area_code: str) -> None:
    """Refuse an area that is too large before anybody in it is read."""
    if instance.count_waiting(area_code, today=timezone.localdate(), most=LARGEST) > LARGEST:
        raise TooManyChildren


def towns_of(area_code: str) -> list[tuple[str, str]]:
    """Return the towns in which children of an area wait, with their names, for a choice."""
    codes = instance.towns_waiting(area_code, today=timezone.localdate())
    names = areas.full_names_of(codes, within=area_code)
    return sorted(names.items(), key=lambda item: item[0])


def weights_of(stored: StoredPolicy) -> dict[str, int]:
    """Return the weights of a policy's parts, per mille."""
    return dict(policy_from(stored.body, digest=stored.sha256).weights)


def step_of(stored: StoredPolicy) -> int:
    """Return what each further child of a mother costs more under a policy, in points."""
    return policy_from(stored.body, digest=stored.sha256).fairness_step


def policies_for(area_code: str) -> list[StoredPolicy]:
    """Return the policies to try out in an area: its own and those above, newest first."""
    chain = ["000000000000", area_code, *area_rules.ancestors(area_code)]
    return list(StoredPolicy.objects.filter(area_code__in=chain).order_by("-created_at")[:20])


def compare(
    area_code: str,
    stored: StoredPolicy,
    question: Question,
    *,
    other: StoredPolicy | None = None,
    user: User | None = None,
) -> Compared:
    """Put today's plan of an area and the one asked for side by side.

    `other` is another policy to start from. Pairs are named to a user who may see pairs here.
    """
    require_small(area_code)
    started = time.perf_counter()
    policy = asked_policy(other or stored, question)
    today = _today(area_code, stored)
    if policy.fairness_step and today.people.families:
        raise SiblingsGoTogether
    then = make_plan(
        today.people.children, _more(today.people, question), policy,
        barred=today.people.barred, previous=today.plan,
        standing=_standing(today, question.stability),
    )  # fmt: skip
    ruler = policy_from(stored.body, digest=stored.sha256)
    both = [_measured(plan, ruler, today, beside=today.plan) for plan in (today.plan, then)]
    moved = _moved(today.plan, then)
    named = user is not None and permissions.may(user, Power.VIEW_PAIRS, area_code)
    return Compared(
        rows=_rows(*both),
        differing=_named(moved[:SHOWN]) if named else [],
        differ=len(moved),
        seconds=time.perf_counter() - started,
    )


def asked_policy(stored: StoredPolicy, question: Question) -> Policy:
    """Return a policy with the weights and the step that are asked for."""
    policy = policy_from(stored.body, digest=stored.sha256)
    given = {name: question.weights.get(name, policy.weights[name]) for name in PARTS}
    scale = {name: question.distance if name == "travel" else question.fit for name in PARTS}
    step = policy.fairness_step if question.fairness is None else question.fairness
    if step and policy.siblings_together:
        raise SiblingsGoTogether
    if any(given[name] != policy.weights[name] or scale[name] != 100 for name in PARTS):
        policy = reweighted(policy, {name: float(given[name] * scale[name]) for name in PARTS})
    return replace(policy, fairness_step=step)


def _today(area_code: str, stored: StoredPolicy) -> _Today:
    with _reading:
        return _read(area_code, stored.pk, int(time.monotonic() // KEPT))


@lru_cache(maxsize=3)
def _read(area_code: str, policy_id: UUID, _moment: int) -> _Today:
    """Read the people of an area and compute their plan; asked again only after a while.

    The caller may run a matching for all of the area, so what is kept is the same for everybody
    who may ask for it.
    """
    stored = StoredPolicy.objects.get(pk=policy_id)
    policy = policy_from(stored.body, digest=stored.sha256)
    people = arrays.read_instance(area_code, today=timezone.localdate(), policy=policy)
    plan = make_plan(people.children, people.mothers, policy, barred=people.barred)
    rows = Proposal.objects.open().current().filter(area_code__range=area_rules.subtree(area_code))
    pairs = rows.values_list("child_id", "mother_id")
    return _Today(people, plan, {str(child): str(mother) for child, mother in pairs})


def forget() -> None:
    """Read everybody anew for the next question."""
    _read.cache_clear()


def _standing(today: _Today, points: int) -> NDArray[np.int32] | None:
    if not points or not today.proposed:
        return None
    people = today.people
    at = {name: row for row, name in enumerate(people.mothers.ids)}
    rows = [
        (row, at[today.proposed[name]], points)
        for row, name in enumerate(people.children.ids)
        if today.proposed.get(name) in at
    ]
    return np.array(rows, np.int32).reshape(-1, 3)


@dataclass(frozen=True)
class _Measured:
    """A plan's figures by the ruler of the policy in force."""

    told: Figures
    kept: int | None
    idle: int


def _measured(plan: Plan, ruler: Policy, today: _Today, *, beside: Plan) -> _Measured:
    """Measure a plan by one policy, whatever it was made by, so that two can be compared."""
    nobody = np.zeros((0, 2), np.int32)
    people = scoring.people_of(plan.children, plan.mothers, ruler, barred=nobody)
    score = scoring.scores_of(people, plan.mate)
    told = figures(replace(plan, score=score), beside=beside)
    ids = plan.mothers.ids
    kept = sum(
        today.proposed.get(child) == ids[mother]
        for child, mother in zip(plan.children.ids, plan.mate.tolist(), strict=True)
        if mother >= 0
    )
    return _Measured(told, kept if today.proposed else None, told.loads.get(0, 0))


def _moved(now: Plan, then: Plan) -> list[tuple[str, str, str]]:
    """Return children with another mother: identifiers of child, mother before and after."""
    found = []
    for row, child in enumerate(now.children.ids):
        ends = [
            plan.mothers.ids[plan.mate[row]] if plan.mate[row] >= 0 else "" for plan in (now, then)
        ]
        if ends[0] != ends[1]:
            found.append((child, ends[0], ends[1]))
    return found


def _named(moved: list[tuple[str, str, str]]) -> list[Differing]:
    mothers = {UUID(name) for each in moved for name in each[1:] if name and "/" not in name}
    names: dict[str, str] = {
        str(key): name
        for rows in (
            Child.objects.filter(pk__in=[UUID(each[0]) for each in moved]),
            Mother.objects.filter(pk__in=mothers),
        )
        for key, name in rows.values_list("pk", "name")
    }

    def name_of(mother: str) -> str:
        return _("a new mother") if "/" in mother else names.get(mother, "")

    return [
        Differing(names.get(child, ""), name_of(before), name_of(after))
        for child, before, after in moved
    ]


def _more(people: Instance, question: Question) -> Mothers:
    """Add mothers who are like those of today, taken evenly from all, but live in one town."""
    mothers = people.mothers
    if not question.mothers or question.town not in people.towns:
        return mothers
    if not mothers.ids:
        raise NoMothers
    town = people.towns.index(question.town)
    here = people.children.town == town
    if not here.any():
        return mothers
    count = question.mothers
    rows = np.arange(count, dtype=np.int64) * len(mothers.ids) // count
    columns: dict[str, Any] = {
        each.name: getattr(mothers, each.name)[rows]
        for each in fields(mothers)
        if each.name != "ids"
    }
    columns |= {
        "ids": [f"new/{number}" for number in range(count)],
        "town": np.full(count, town, np.int32),
        "x": np.full(count, int(np.median(people.children.x[here])), np.int32),
        "y": np.full(count, int(np.median(people.children.y[here])), np.int32),
        "load": np.zeros(count, np.int32),
        "kept_matches": np.zeros(count, np.int16),
    }
    both: Mothers = joined(mothers, Mothers(**columns))
    return both


def _rows(one: _Measured, other: _Measured) -> list[Beside]:
    now, then = one.told, other.told
    grades = dict(Grade.choices)
    rows = [_counted(_("Children paired"), now.paired, then.paired)]
    for tier in sorted({*now.by_tier, *then.by_tier}):
        name = rules.GRADES[tier] if tier < len(rules.GRADES) else ""
        label = _("of them: %(grade)s") % {"grade": grades.get(name, tier)}
        rows.append(_counted(label, now.by_tier.get(tier, 0), then.by_tier.get(tier, 0)))
    rows += [
        _counted(_("Children left over"), now.left_over, then.left_over),
        _counted(_("Mean fit"), round(now.mean_score), round(then.mean_score)),
        _distance(now.mean_distance_m, then.mean_distance_m),
        _counted(_("Most children with one mother"), _most(now), _most(then)),
        _counted(_("Mothers with places who get no child"), one.idle, other.idle),
    ]
    if one.kept is not None and other.kept is not None:
        rows.append(_counted(_("Proposals of today that would stay"), one.kept, other.kept))
    rows.append(Beside(_("Children with another mother than today"), "", f"{then.moved:,}", ""))
    return rows


def _counted(label: str, now: int, then: int) -> Beside:
    return Beside(label, f"{now:,}", f"{then:,}", f"{then - now:+,}" if then != now else "")


def _distance(now: float, then: float) -> Beside:
    one, other = round(now / 1000, 1), round(then / 1000, 1)
    change = f"{other - one:+.1f}" if other != one else ""
    return Beside(_("Mean distance in km"), f"{one:.1f}", f"{other:.1f}", change)


def _most(told: Figures) -> int:
    return max((load for load, count in told.loads.items() if count), default=0)
