"""What a child's place is worth, so that counts by urgency tier always come before scores.

Children that can be paired together form a matroid, so serving one more urgent child never costs
more than one less urgent place. Bonuses therefore need to grow only linearly with urgency: the
unit, the next power of two above ``n * range``, is more than any rearrangement of scores can gain;
and it stays the same when a few children come or go, so that old prices still fit.
Children in groups break the matroid: with ``q`` of them, one more urgent child may cost up to
``4 q`` of each lower tier, and the bonuses grow accordingly.
"""

from dataclasses import dataclass

import numpy as np

from qianshou.engines.matching.network import Index, Ints

HEADROOM = 1 << 61
"""Largest bonus: distances add two of them, which still fits 64 bits."""


class TooLargeError(ValueError):
    """The scores, tiers and children together do not fit into 64-bit arithmetic."""


@dataclass(frozen=True)
class Penalties:
    """What a place is worth per tier, all in units of the score.

    ``lowest`` and ``top`` bound the scores; ``tiers`` are the tiers that occur, most urgent
    first; ``rank`` is each child's position among them. ``worth`` is what leaving a child of each
    tier unpaired costs when a pair costs ``top - score``; ``limit`` is the same per child.
    """

    lowest: int
    top: int
    tiers: tuple[int, ...]
    worth: tuple[int, ...]
    rank: Index
    limit: Ints
    outweighs: int = 0
    strict: bool = True

    @property
    def bonus(self) -> tuple[int, ...]:
        """What a place adds to the objective, on top of the score, for each tier."""
        return tuple(worth - self.top for worth in self.worth)


def penalties_for(
    tier: Ints, *, lowest: int, top: int, grouped: int = 0, largest: int = 1
) -> Penalties:
    """Derive what places are worth from the children's tiers and the range of the scores.

    ``grouped`` is the number of children in groups of two or more, ``largest`` the size of the
    largest group. Raises `TooLargeError` when a group's bonus would come near the limits of
    64-bit integers.
    """
    tiers, rank, counts = np.unique(tier, return_inverse=True, return_counts=True)
    unit = 1 << (len(tier) * (top - lowest)).bit_length()
    outweighs = needed = min(4 * grouped, int(counts[1:].max(initial=0)))
    worth = _worth(counts, unit, outweighs)
    while worth[0] * largest > HEADROOM and outweighs:
        outweighs //= 2
        worth = _worth(counts, unit, outweighs)
    if worth[0] * largest > HEADROOM:
        raise TooLargeError(
            f"{len(tier)} children in {len(tiers)} tiers with scores from {lowest} to {top} need "
            f"bonuses up to {worth[0] * largest}, more than {HEADROOM}; "
            "use fewer decimals, a narrower range of scores or fewer tiers"
        )
    return Penalties(
        lowest=lowest,
        top=top,
        tiers=tuple(tiers.tolist()),
        worth=tuple(worth[: len(tiers)]),
        rank=rank.astype(np.int32),
        limit=np.array(worth, np.int64)[rank],
        outweighs=outweighs,
        strict=outweighs == needed,
    )


def penalties_in_groups(tier: Ints, group: Index, *, lowest: int, top: int) -> Penalties:
    """Derive what places are worth where some children (``group`` not -1) go together."""
    sizes = np.bincount(group[group >= 0])
    return penalties_for(
        tier, lowest=lowest, top=top,
        grouped=int(sizes.sum()), largest=int(sizes.max(initial=1)),
    )  # fmt: skip


def _worth(counts: Ints, unit: int, outweighs: int) -> list[int]:
    """Return what a place of each tier is worth, most urgent first; [0] without children."""
    worth: list[int] = []
    for lower in range(len(counts)):
        at_stake = zip(counts[::-1].tolist()[:lower], worth, strict=True)
        lost = sum(min(n, outweighs) * w for n, w in at_stake)
        worth.append((worth[-1] if worth else 0) + unit + lost)
    return worth[::-1] or [0]
