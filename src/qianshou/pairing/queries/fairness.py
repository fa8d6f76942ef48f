"""Who is paired less often, worse or later: a run's outcomes by sex, people, disability, place.

Counted from what was stored of the part that is looked at. Groups of fewer than five are hidden
from those who may see figures but no pairs.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.assessment.models import Grade
from qianshou.common.errors import NotFound
from qianshou.engines.matching.equity import GroupFigures, Results, report_on
from qianshou.pairing.models import MatchRun
from qianshou.pairing.queries import lists
from qianshou.pairing.queries.parts import PLACED
from qianshou.pairing.rules import plans as rules
from qianshou.registry.models import Consent

ATTRIBUTES: Final[Mapping[str, str]] = {
    "sex": gettext_noop("By sex"),
    "ethnicity": gettext_noop("By people"),
    "disability": gettext_noop("By disability"),
    "grade": gettext_noop("By grade"),
    "town": gettext_noop("By town"),
}
WORDS: Final[Mapping[str, str]] = {
    "M": gettext_noop("boys"),
    "F": gettext_noop("girls"),
    "HAN": gettext_noop("Han"),
    "MINORITY": gettext_noop("ethnic minorities"),
    "DISABLED": gettext_noop("children with a disability"),
    "NOT_DISABLED": gettext_noop("children without a known disability"),
    "": gettext_noop("not known"),
    "HIDDEN": gettext_noop("place hidden"),
}
HAN: Final = "01"
COLUMNS: Final = (
    "child_id", "child__sex", "child__ethnicity", "child__facts__disability_level",
    "child__hidden_location", "grade", "area_code", "agreed_on",
)  # fmt: skip


@dataclass(frozen=True)
class Group:
    """How one group of children fares; None where the group is too small to be shown."""

    value: str
    label: str
    children: int | None
    paired_share: float | None
    low: float | None
    high: float | None
    mean_score: float | None
    score_margin: float | None
    waiting_days: float | None
    is_last: bool


@dataclass(frozen=True)
class Comparison:
    """The groups of one attribute, the least often paired first, and the finding in words."""

    attribute: str
    title: str
    groups: list[Group]
    findings: list[str]


def comparisons(user: User, run: MatchRun, area_code: str) -> list[Comparison]:
    """Return the fairness report of the part of a run that is looked at."""
    part = figures_part(user, run, area_code)
    if run.state != MatchRun.State.DONE:
        raise NotFound
    results, attributes = _outcomes(run, part)
    towns = areas.full_names_of(
        {code for code in attributes["town"] if len(code) == 12}, within=part
    )
    label = _labels(towns)
    sees_all = permissions.may(user, Power.VIEW_PAIRS, part)
    found = report_on(results, attributes)
    return [_comparison(name, found[name], label=label, sees_all=sees_all) for name in ATTRIBUTES]


def figures_part(user: User, run: MatchRun, area_code: str) -> str:
    """Return the part whose figures the person may see; raises `NotFound` if there is none."""
    part = lists.part_of(run, area_code)
    if not permissions.may(user, Power.VIEW_PAIRING, part):
        raise NotFound
    return part


def _outcomes(run: MatchRun, part: str) -> tuple[Results, dict[str, list[str]]]:
    inside = {"area_code__range": area_rules.subtree(part)}
    agreed = Consent.objects.filter(
        child=OuterRef("child_id"), purpose=Consent.Purpose.MATCHING, given=True,
        noted_at__lte=run.created_at,
    ).order_by("-given_on", "-noted_at")  # fmt: skip
    newest = Subquery(agreed.values("given_on")[:1])
    paired = run.proposals.current().filter(**inside).annotate(agreed_on=newest)
    left = run.left_over.filter(reason__in=PLACED, **inside).annotate(agreed_on=newest)
    columns: dict[str, list[str]] = {name: [] for name in ATTRIBUTES}
    scores: list[int] = []
    waits: list[int] = []
    day = timezone.localdate(run.created_at)
    for *row, score in _rows(paired, left):
        _child, sex, ethnicity, disability, hidden, grade, area_code, since = row
        values = (
            sex, _people(ethnicity), "NOT_DISABLED" if disability is None else "DISABLED", grade,
            "HIDDEN" if hidden else area_rules.town_code(area_code),
        )  # fmt: skip
        for name, value in zip(ATTRIBUTES, values, strict=True):
            columns[name].append(value)
        scores.append(score)
        waits.append(max((day - since).days, 0) if since else 0)
    score_column = np.array(scores, np.int64)
    results = Results(score_column >= 0, score_column, np.array(waits, np.int64))
    return results, columns


def _rows(paired: Any, left: Any) -> Iterator[tuple[Any, ...]]:
    """Yield each child's row with its score, -1 without a pair."""
    yield from paired.values_list(*COLUMNS, "score").iterator(chunk_size=20_000)
    for row in left.values_list(*COLUMNS).iterator(chunk_size=20_000):
        yield (*row, -1)


def _people(code: str) -> str:
    if not code:
        return ""
    return "HAN" if code == HAN else "MINORITY"


def _labels(towns: Mapping[str, str]) -> Callable[[str], str]:
    grades = dict(Grade.choices)

    def label(value: str) -> str:
        if value in WORDS:
            return _(WORDS[value])
        return str(grades.get(value) or towns.get(value) or value)

    return label


def _comparison(
    attribute: str,
    found: Sequence[GroupFigures],
    *,
    label: Callable[[str], str],
    sees_all: bool,
) -> Comparison:
    sizes = {each.value: each.children for each in found}
    hidden = frozenset() if sees_all else rules.too_small(sizes)
    shown = [
        _group(each, label(each.value), sees_all=sees_all)
        for each in found
        if each.value not in hidden
    ]
    covered = [_covered(value, label(value)) for value in sorted(hidden)]
    every = sum(each.children for each in found)
    paired = sum(round(each.paired.share * each.children) for each in found)
    findings = [
        _finding(attribute, one, label(one.value), rest=_rest(one, every, paired))
        for one in found
        if one.is_last and one.value not in hidden
    ]
    return Comparison(attribute, _(ATTRIBUTES[attribute]), shown + covered, findings)


def _group(found: GroupFigures, label: str, *, sees_all: bool) -> Group:
    paired = round(found.paired.share * found.children)
    left = found.children - paired
    score = found.mean_score if sees_all or paired >= rules.SMALLEST_CELL else None
    waiting = found.waiting_days if sees_all or left >= rules.SMALLEST_CELL else None
    return Group(
        value=found.value,
        label=label,
        children=found.children,
        paired_share=found.paired.share,
        low=found.paired.low,
        high=found.paired.high,
        mean_score=score if paired else None,
        score_margin=found.score_margin if score is not None and paired > 1 else None,
        waiting_days=waiting if left else None,
        is_last=found.is_last,
    )


def _covered(value: str, label: str) -> Group:
    return Group(value, label, None, None, None, None, None, None, None, is_last=False)


def _rest(found: GroupFigures, every: int, paired: int) -> float:
    own = round(found.paired.share * found.children)
    return (paired - own) / max(every - found.children, 1)


def _finding(attribute: str, found: GroupFigures, label: str, *, rest: float) -> str:
    figures = {
        "group": label,
        "share": f"{100 * found.paired.share:.1f}",
        "low": f"{100 * found.paired.low:.1f}",
        "high": f"{100 * found.paired.high:.1f}",
        "rest": f"{100 * rest:.1f}",
    }
    said = (
        _(
            "%(group)s: %(share)s %% are paired (95 %% interval %(low)s to %(high)s %%), of all"
            " others %(rest)s %%."
        )
        % figures
    )
    if attribute == "grade":
        return said + _(" This is the order of urgency that the policy asks for.")
    return said
