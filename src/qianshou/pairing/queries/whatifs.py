"""What if: the plan of today beside one with other weights or more mothers; nothing is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.areas import queries as areas
from qianshou.assessment.models import Grade
from qianshou.common.errors import Refused
from qianshou.engines.matching.living import joined
from qianshou.engines.matching.people import Mothers
from qianshou.engines.matching.plan import make_plan
from qianshou.engines.matching.policy import PARTS, Policy, policy_from
from qianshou.engines.matching.whatif import Figures, figures, reweighted
from qianshou.pairing import rules
from qianshou.pairing.models import Policy as StoredPolicy
from qianshou.pairing.queries import arrays, instance
from qianshou.pairing.queries.arrays import Instance

# Children of an area for which two plans are computed while a page is waited for.
LARGEST: Final = 10_000


class TooManyChildren(Refused):
    """This area is too large to try things out on a page. Choose a county or a town."""


class NoMothers(Refused):
    """There is no mother with a place here whom invented ones could resemble."""


@dataclass(frozen=True)
class Question:
    """Other weights by part (per mille, in any scale), and how many more mothers in which town."""

    weights: Mapping[str, int]
    mothers: int = 0
    town: str = ""


@dataclass(frozen=True)
class Beside:
    """One figure of today's plan beside that of the other one."""

    label: str
    now: str
    then: str
    change: str


def towns_of(area_code: str) -> list[tuple[str, str]]:
    """Return the towns in which children of an area wait, with their names, for a choice."""
    waiting, _unasked = instance.children_waiting(area_code, today=timezone.localdate())
    codes = {arrays.town_of(row) for row in waiting}
    names = areas.full_names_of(codes, within=area_code)
    return sorted(names.items(), key=lambda item: item[0])


def weights_of(stored: StoredPolicy) -> dict[str, int]:
    """Return the weights of a policy's parts, per mille."""
    return dict(policy_from(stored.body, digest=stored.sha256).weights)


def compare(area_code: str, stored: StoredPolicy, question: Question) -> list[Beside]:
    """Compute today's plan of an area and the one asked for, and put them side by side."""
    people = arrays.read_instance(area_code, today=timezone.localdate())
    if len(people.child_rows) > LARGEST:
        raise TooManyChildren
    policy = policy_from(stored.body, digest=stored.sha256)
    now = make_plan(people.children, people.mothers, policy, barred=people.barred)
    then = make_plan(
        people.children, _more(people, question), _policy(policy, question),
        barred=people.barred, previous=now,
    )  # fmt: skip
    return _rows(figures(now), figures(then, beside=now))


def _policy(policy: Policy, question: Question) -> Policy:
    if all(policy.weights[name] == question.weights.get(name) for name in PARTS):
        return policy
    return reweighted(policy, {name: float(n) for name, n in question.weights.items()})


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


def _rows(now: Figures, then: Figures) -> list[Beside]:
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
        Beside(_("Children with another mother than today"), "", f"{then.moved:,}", ""),
    ]
    return rows


def _counted(label: str, now: int, then: int) -> Beside:
    return Beside(label, f"{now:,}", f"{then:,}", f"{then - now:+,}" if then != now else "")


def _distance(now: float, then: float) -> Beside:
    one, other = round(now / 1000, 1), round(then / 1000, 1)
    change = f"{other - one:+.1f}" if other != one else ""
    return Beside(_("Mean distance in km"), f"{one:.1f}", f"{other:.1f}", change)


def _most(told: Figures) -> int:
    return max((load for load, count in told.loads.items() if count), default=0)
