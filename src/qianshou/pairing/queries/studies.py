"""What outcomes say about weights: the rows they are learned from, and studies made of them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.engines.matching.outcomes import ENOUGH
from qianshou.engines.matching.policy import PARTS
from qianshou.pairing.models import EndCause, Pairing, Proposal, WeightStudy
from qianshou.pairing.queries import shapes
from qianshou.pairing.rules import plans as rules

DAYS_PER_MONTH: Final = 30.4375
NEEDED: Final = ENOUGH * len(PARTS)
COLUMNS: Final = ("proposal__parts", "active_on", "ended_on", "end_cause")


HEADINGS: Final = (
    "proposal", "decision", "reason", "decided_at", "score", "tier", "attention", "started_on",
    "ended_on", "cause", "end_reason", *PARTS,
)  # fmt: skip
FORMULA: Final = tuple("=+-@|%\t\r＝＋－＠")


@dataclass(frozen=True)
class Outcomes:
    """How pairings went: the points of their parts (0..1000), months, and whether they failed."""

    points: NDArray[np.int64]
    months: NDArray[np.float64]
    ended_early: NDArray[np.bool_]


@dataclass(frozen=True)
class Row:
    """One part's weight today, and what the outcomes say of it."""

    label: str
    now: str
    proposed: str
    interval: str
    effect: str


def outcomes(area_code: str, *, today: date) -> Outcomes:
    """Read how the pairings of an area went, each with the parts of the score it was made for.

    A pairing that ended for a reason outside the pair (the child moved, a parent came home) was
    kept as long as it lasted; it tells no more, and no less.
    """
    rows = Pairing.objects.filter(
        area_code__range=area_rules.subtree(area_code), proposal__isnull=False,
        active_on__lte=today,
    ).order_by("id").values_list(*COLUMNS)  # fmt: skip
    points: list[list[int]] = []
    months: list[float] = []
    early: list[bool] = []
    for parts, started, ended, cause in rows.iterator(chunk_size=20_000):
        known = {part["code"]: part["value"] for part in parts}
        if not all(name in known for name in PARTS):
            continue
        points.append([10 * known[name] for name in PARTS])
        months.append(max(((ended or today) - started).days, 1) / DAYS_PER_MONTH)
        early.append(ended is not None and cause in rules.EARLY)
    return Outcomes(
        np.array(points, np.int64).reshape(-1, len(PARTS)),
        np.array(months, np.float64),
        np.array(early, np.bool_),
    )


def studies_for(user: User, area_code: str) -> QuerySet[WeightStudy]:
    """Return the studies of an area and those around it, newest first."""
    permissions.require(user, Power.VIEW_PAIRING, area_code)
    seen = Q(area_code=area_code) | Q(area_code__in=area_rules.ancestors(area_code))
    found = WeightStudy.objects.filter(seen).select_related("policy", "by")
    return found.order_by("-created_at")


def study_for(user: User, study_id: UUID) -> WeightStudy:
    """Return one study; raises `NotFound` when it is not theirs."""
    found = WeightStudy.objects.select_related("policy", "by").filter(pk=study_id).first()
    if found is None or not permissions.may_inside(user, Power.VIEW_PAIRING, found.area_code):
        raise NotFound
    return found


def proposing(user: User, named: str) -> WeightStudy | None:
    """Return the study a new version is to be made of; None unless it proposes anything."""
    try:
        found = study_for(user, UUID(named))
    except (ValueError, NotFound):
        return None
    return found if found.is_enough else None


def rows_of(study: WeightStudy) -> list[Row]:
    """Return the present weights beside the proposed ones, part by part."""
    now = study.policy.body.get("parts", {})
    return [
        Row(
            _(shapes.PARTS[name]),
            _share(now.get(name, {}).get("weight", 0)),
            _share(study.weights[name]) if study.is_enough else "",
            _("%(low)s to %(high)s") % {"low": _share(study.intervals[name][0]),
                                        "high": _share(study.intervals[name][1])}
            if study.is_enough else "",
            _effect(*study.effects[name]),
        )
        for name in PARTS
    ]  # fmt: skip


def _share(weight: int) -> str:
    return _("%(share).1f %%") % {"share": weight / 10}


def _effect(ratio: float, low: float, high: float) -> str:
    """Say what a part does to the risk of an early end, between none and all of its points."""
    words = _("risk times %(ratio).2f (%(low).2f to %(high).2f)") % {
        "ratio": ratio,
        "low": low,
        "high": high,
    }
    if high < 1:
        return _("protects: %(words)s") % {"words": words}
    if low > 1:
        return _("goes with more early ends: %(words)s") % {"words": words}
    return _("not certain: %(words)s") % {"words": words}


@dataclass(frozen=True)
class Tally:
    """One kind of decision or ending with how often it occurred; None where it is too few."""

    words: str
    count: int | None


def decisions(user: User, area_code: str) -> list[Tally]:
    """Count what people decided about proposals of an area."""
    rows = Proposal.objects.filter(area_code__range=area_rules.subtree(area_code))
    counted = dict(rows.values_list("state").annotate(n=Count("pk")).order_by())
    states = (Proposal.State.APPROVED, Proposal.State.REFUSED)
    return _told(user, area_code, {str(state.label): counted.get(state, 0) for state in states})


def endings(user: User, area_code: str) -> list[Tally]:
    """Count how pairings of an area stand or why they ended, the reason first that occurs most."""
    rows = Pairing.objects.filter(area_code__range=area_rules.subtree(area_code))
    rows = rows.exclude(active_on=None)
    running = rows.open().count()
    ended = rows.exclude(ended_on=None)
    causes = dict(EndCause.choices)
    counts: Counter[str] = Counter()
    for cause, n in ended.values_list("end_cause").annotate(n=Count("pk")).order_by():
        counts[str(causes.get(cause, _("reason not noted")))] += n
    return _told(user, area_code, {_("still running"): running, **dict(counts.most_common())})


def _told(user: User, area_code: str, counts: dict[str, int]) -> list[Tally]:
    sees_all = permissions.may(user, Power.VIEW_PAIRS, area_code)
    hidden = frozenset() if sees_all else rules.too_small(counts)
    return [Tally(words, None if words in hidden else n) for words, n in counts.items()]


def experience(user: User, area_code: str) -> Iterator[tuple[Any, ...]]:
    """Yield decisions and outcomes as rows without names, for those who may see the pairs."""
    permissions.require(user, Power.VIEW_PAIRS, area_code)
    inside = {"area_code__range": area_rules.subtree(area_code)}
    decided = Proposal.objects.filter(state__in=["APPROVED", "REFUSED"], **inside)
    columns = (
        "pk", "state", "reason", "decided_at", "score", "tier", "attention", "pairing__active_on",
        "pairing__ended_on", "pairing__end_cause", "pairing__end_reason", "parts",
    )  # fmt: skip
    for *row, parts in decided.order_by("decided_at", "id").values_list(*columns).iterator():
        known = {part["code"]: part["value"] for part in parts}
        yield (*row, *(known.get(name) for name in PARTS))


def plain(value: Any) -> str:
    """Return a value as a cell that no spreadsheet takes for a formula."""
    if isinstance(value, list):
        return " ".join(str(each) for each in value)
    text = "" if value is None else str(value)
    is_number = isinstance(value, int)
    return f"'{text}" if text.startswith(FORMULA) and not is_number else text
