"""Arithmetic of a plan's figures, and which proposals deserve a second look."""

from collections.abc import Mapping, Sequence
from typing import Final

GRADES: Final = ("RED", "ORANGE", "YELLOW", "GREEN")
# A pair whose best alternative is this close is nearly a tie: a person may prefer the other.
LOW_MARGIN: Final = 100
FAR_M: Final = 15_000
LOW_SCORE: Final = 4_000
BIN_WIDTH: Final = 500
# A figure about fewer children could tell who they are to somebody who may see figures only.
SMALLEST_CELL: Final = 5


def too_small(sizes: Mapping[str, int]) -> frozenset[str]:
    """Return the groups to hide: the small ones, and one more if a sum would give one away."""
    hidden = {value for value, size in sizes.items() if 0 < size < SMALLEST_CELL}
    if len(hidden) == 1 and len(sizes) > 1:
        rest = [value for value in sizes if value not in hidden]
        hidden.add(min(rest, key=lambda value: (sizes[value], value)))
    return frozenset(hidden)


def attention(
    *, grade: str, score: int, margin: int | None, distance_m: int | None, mother_pairs: int
) -> list[str]:
    """Return why a person should look twice at a pair, the weightiest reason first."""
    reasons = []
    if grade == "RED" and mother_pairs == 0:
        reasons.append("FIRST_TIME_RED")
    if score < LOW_SCORE:
        reasons.append("LOW_SCORE")
    if distance_m is not None and distance_m > FAR_M:
        reasons.append("FAR")
    if margin is not None and margin <= LOW_MARGIN:
        reasons.append("LOW_MARGIN")
    return reasons


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
