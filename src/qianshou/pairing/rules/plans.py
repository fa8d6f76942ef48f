"""Arithmetic of a plan's figures, and which proposals deserve a second look."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

# The area code under which the policy for everybody stands.
EVERYWHERE: Final = "000000000000"
# Hard rules that protect the child; no policy may switch them off.
FIXED_RULES: Final = ("no_consent", "not_ready", "no_capacity", "conflict")
# Causes of an end that speak about the pair; the others, life, only end what is known of it.
EARLY: Final = frozenset({"NO_BOND", "MOTHER_STOPPED", "TOO_FAR", "UNWANTED", "HARM"})
GRADES: Final = ("RED", "ORANGE", "YELLOW", "GREEN")
# A pair whose best alternative is this close is nearly a tie: a person may prefer the other.
LOW_MARGIN: Final = 100
FAR_M: Final = 15_000
LOW_SCORE: Final = 4_000
# Another mother would suit the child so much better, and is needed for others.
LARGE_REGRET: Final = 1_500
# A mother with more children than this is counted with those who have as many.
MOST_CHILDREN: Final = 5
BIN_WIDTH: Final = 500
# A figure about fewer children could tell who they are to somebody who may see figures only.
SMALLEST_CELL: Final = 5


def too_small(sizes: Mapping[str, int]) -> frozenset[str]:
    """Return the groups to hide: the small ones, and one more if a sum would give one away."""
    hidden = {value for value, size in sizes.items() if 0 < size < SMALLEST_CELL}
    if len(hidden) == 1:
        rest = [value for value, size in sizes.items() if size and value not in hidden]
        if rest:
            hidden.add(min(rest, key=lambda value: (sizes[value], value)))
    return frozenset(hidden)


def attention(
    *,
    grade: str,
    score: int,
    margin: int | None,
    distance_m: int | None,
    mother_pairs: int,
    regret: int = 0,
) -> list[str]:
    """Return why a person should look twice at a pair, the weightiest reason first.

    `regret` is how many points better the mother who suits the child best would be: she is not
    proposed because others need her more.
    """
    tied = margin == 0
    found = {
        "FIRST_TIME_RED": grade == "RED" and mother_pairs == 0,
        "LOW_SCORE": score < LOW_SCORE,
        "BETTER_ELSEWHERE": regret >= LARGE_REGRET,
        "FAR": distance_m is not None and distance_m > FAR_M,
        "TIED": tied,
        "LOW_MARGIN": margin is not None and margin <= LOW_MARGIN and not tied,
    }
    return [reason for reason, holds in found.items() if holds]


def coarsened(bins: Sequence[Mapping[str, int]], *, least: int) -> list[dict[str, int]]:
    """Join neighbouring bins until each counts nobody or at least so many."""
    joined: list[dict[str, int]] = []
    for each in bins:
        last = joined[-1] if joined else None
        if last and 0 < last["count"] < least:
            last["high"], last["count"] = each["high"], last["count"] + each["count"]
        else:
            joined.append(dict(each))
    while len(joined) > 1 and 0 < joined[-1]["count"] < least:
        rest = joined.pop()
        joined[-1]["high"] = rest["high"]
        joined[-1]["count"] += rest["count"]
    return joined


def spread(loads: Sequence[int]) -> list[int]:
    """Count mothers by their number of children: with none, one, two … and at last the most."""
    counts = [0] * (MOST_CHILDREN + 1)
    for load in loads:
        counts[min(load, MOST_CHILDREN)] += 1
    return counts


def told_tiers(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Leave out the grades of a table that would tell of a few children, or give one away."""
    figures = ("children", "paired", "left_over")
    sizes = {
        row["grade"]: min((row[name] for name in figures if row[name]), default=0) for row in rows
    }
    hidden = too_small(sizes)
    nothing: dict[str, Any] = dict.fromkeys(figures)
    return [{**row, **nothing} if row["grade"] in hidden else dict(row) for row in rows]


def histogram(scores: Sequence[int], *, top: int = 10_000) -> list[dict[str, int]]:
    """Count scores in bins of 500 points, 0..10,000."""
    counts = [0] * (top // BIN_WIDTH)
    for score in scores:
        counts[min(max(score, 0), top - 1) // BIN_WIDTH] += 1
    return [
        {"low": place * BIN_WIDTH, "high": (place + 1) * BIN_WIDTH, "count": count}
        for place, count in enumerate(counts)
    ]


def by_tier(paired: Sequence[int], left_over: Sequence[int]) -> list[dict[str, object]]:
    """Return children, paired and left over for each of the four tiers."""
    rows: list[dict[str, object]] = []
    for tier, grade in enumerate(GRADES):
        placed, unplaced = list(paired).count(tier), list(left_over).count(tier)
        rows.append(
            {
                "tier": tier,
                "grade": grade,
                "children": placed + unplaced,
                "paired": placed,
                "left_over": unplaced,
            }
        )
    return rows
