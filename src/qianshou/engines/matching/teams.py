"""Teams around a child (1+1+4+N): one exact assignment for each role, over pools that are apart.

A police officer is never a doctor, so the roles do not compete and each is a matching of its own
with the same engine and the same kind of proof.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from qianshou.engines.matching.network import Index, Ints
from qianshou.engines.matching.penalties import penalties_for
from qianshou.engines.matching.solver import Solution, solve_pairs


@dataclass(frozen=True)
class Pool:
    """The people of one role: their places, and which of them may join which child's team.

    ``child``, ``member`` and ``score`` list the feasible pairs; a higher score is better.
    """

    child: Index
    member: Index
    score: Ints
    places: Ints


@dataclass(frozen=True)
class Role:
    """One role filled: each child's member or -1, and the proof that nothing better exists."""

    member: Index
    unfilled: int
    total_score: int
    objective: int
    bound: int


def fill_roles(pools: Mapping[str, Pool], *, tier: Ints) -> dict[str, Role]:
    """Fill every role for as many children as possible by urgency, then at the highest score."""
    return {name: _fill(pool, np.asarray(tier, np.int64)) for name, pool in pools.items()}


def _fill(pool: Pool, tier: Ints) -> Role:
    lowest, top = (int(pool.score.min()), int(pool.score.max())) if len(pool.score) else (0, 0)
    penalties = penalties_for(tier, lowest=lowest, top=top)
    found = solve_pairs(
        pool.child, pool.member, top - pool.score, limit=penalties.limit, capacity=pool.places
    )
    total = int(penalties.limit.sum())
    return Role(
        member=found.mate,
        unfilled=int((found.mate < 0).sum()),
        total_score=_total(pool, found),
        objective=total - found.cost,
        bound=total - found.dual,
    )


def _total(pool: Pool, found: Solution) -> int:
    return int(pool.score[found.mate[pool.child] == pool.member].sum())
