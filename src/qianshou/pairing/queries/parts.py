"""A run's figures as seen from a part of its area, counted from its pairs and left-overs."""

from collections import Counter
from typing import Any

from django.db.models import Count
from django.db.models.functions import Substr

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.pairing.models import LeftOver, MatchRun
from qianshou.pairing.rules import plans as rules

PLACED = ("SCARCITY", "SIBLINGS", "NO_CANDIDATE")


def name_of(part: str) -> str:
    """Return the name of a part as people say it."""
    return areas.full_names_of({part})[part]


def figures_in(run: MatchRun, part: str) -> dict[str, Any]:
    """Return the figures of a part; what holds for the whole plan only, its proof, stays.

    Places belong to mothers, who may live outside the part: they are not told for a part.
    """
    if part == run.area_code:
        return dict(run.figures) | {"loads": loads_in(run, part)}
    inside = area_rules.subtree(part)
    current = run.proposals.current().filter(area_code__range=inside)
    pairs = list(current.values_list("tier", "score"))
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
        "loads": loads_in(run, part),
    }


def loads_in(run: MatchRun, part: str) -> list[int]:
    """Count the mothers of a part by how many children they would have: none, one, two …"""
    low, high = area_rules.subtree(part)
    towns = run.figures.get("loads_by_town", {})
    inside = [counts for town, counts in towns.items() if low <= town.ljust(12, "0") <= high]
    return [sum(each) for each in zip(*inside, strict=True)]


def open_flags(run: MatchRun, part: str) -> dict[str, int]:
    """Count the open pairs of a part by each reason to look at them; "" those without any."""
    rows = run.proposals.current().open().filter(area_code__range=area_rules.subtree(part))
    counts: Counter[str] = Counter()
    for reasons, n in rows.values_list("attention").annotate(n=Count("pk")).order_by():
        counts.update(dict.fromkeys(reasons or [""], n))
    return dict(counts)


def families_in(run: MatchRun, part: str) -> int:
    """Count the families of a part whose children go to one mother together."""
    rows = run.proposals.current().filter(area_code__range=area_rules.subtree(part))
    return rows.exclude(family=None).order_by().values("family").distinct().count()


def told_to(user: User, figures: dict[str, Any], part: str) -> dict[str, Any]:
    """Leave out what is said of fewer than five children for those who may see no pairs."""
    if permissions.may(user, Power.VIEW_PAIRS, part) or not figures:
        return figures
    least = rules.SMALLEST_CELL
    rows = figures.get("shortages", [])
    few = {name for name in ("paired", "left_over") if 0 < figures.get(name, 0) < least}
    reasons = figures.get("reasons", {})
    hidden = rules.too_small(reasons)
    told = {
        "shortages": [row for row in rows if row["left_over"] >= least],
        "by_tier": rules.told_tiers(figures.get("by_tier", [])),
        "reasons": {code: None if code in hidden else n for code, n in reasons.items()},
        "histogram": rules.coarsened(figures.get("histogram", []), least=least),
        "loads_by_town": {},
        **dict.fromkeys(few),
    }
    if few:
        # With one of the two sums the other, the mean and the spread would tell as much.
        told |= {"mean_score": None, "histogram": [], "paired": None, "left_over": None}
        told |= {"objective": None}
    return figures | told


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
