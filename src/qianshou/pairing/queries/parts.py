"""A run's figures as seen from a part of its area, counted from its pairs and left-overs."""

from typing import Any

from django.db.models import Count
from django.db.models.functions import Substr

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.pairing import rules
from qianshou.pairing.models import LeftOver, MatchRun

PLACED = ("SCARCITY", "NO_CANDIDATE")


def name_of(part: str) -> str:
    """Return the name of a part as people say it."""
    return areas.full_names_of({part})[part]


def figures_in(run: MatchRun, part: str) -> dict[str, Any]:
    """Return the figures of a part; what holds for the whole plan only, its proof, stays.

    Places belong to mothers, who may live outside the part: they are not told for a part.
    """
    if part == run.area_code:
        return dict(run.figures)
    inside = area_rules.subtree(part)
    pairs = list(run.proposals.filter(area_code__range=inside).values_list("tier", "score"))
    left = run.left_over.filter(area_code__range=inside)
    scores = [score for _, score in pairs]
    reasons = dict(left.values_list("reason").annotate(n=Count("pk")).order_by())
    placed = left.filter(reason__in=PLACED)
    whole: dict[str, Any] = run.figures
    return whole | {
        "area_name": areas.full_names_of({part})[part],
        "paired": len(pairs),
        "left_over": placed.count(),
        "free_places": None,
        "mean_score": round(sum(scores) / len(scores)) if scores else 0,
        "by_tier": rules.by_tier(
            [tier for tier, _ in pairs], list(placed.values_list("tier", flat=True))
        ),
        "reasons": {code: reasons.get(code, 0) for code in whole["reasons"]},
        "histogram": rules.histogram(scores),
        "shortages": _shortages(run, part),
    }


def told_to(user: User, figures: dict[str, Any], part: str) -> dict[str, Any]:
    """Leave out the towns with few children left over for those who may see no pairs."""
    if permissions.may(user, Power.VIEW_PAIRS, part):
        return figures
    rows = figures.get("shortages", [])
    enough = [row for row in rows if row["left_over"] >= rules.SMALLEST_CELL]
    return figures | {"shortages": enough}


def _shortages(run: MatchRun, part: str) -> list[dict[str, Any]]:
    rows = (
        LeftOver.objects.filter(
            run=run, reason__in=PLACED, area_code__range=area_rules.subtree(part)
        )
        .annotate(town=Substr("area_code", 1, 9))
        .values_list("town")
        .annotate(n=Count("pk"))
        .order_by("-n", "town")[:50]
    )
    counts = {town.ljust(12, "0"): count for town, count in rows}
    names = areas.full_names_of(set(counts), within=part)
    return [
        {"area_code": code, "name": names[code], "left_over": count}
        for code, count in counts.items()
    ]
