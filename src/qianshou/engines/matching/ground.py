"""Lays people out for the kernels: by town, mothers without a place set aside, pairs priced."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qianshou.engines.matching import candidates, scoring
from qianshou.engines.matching.candidates import Blocks, Pairs
from qianshou.engines.matching.levels import Levels, levels_of
from qianshou.engines.matching.network import Index, Ints
from qianshou.engines.matching.penalties import Penalties, penalties_in_groups
from qianshou.engines.matching.people import BadColumnError, Children, Column, Mothers, taken
from qianshou.engines.matching.policy import RULES, Policy
from qianshou.engines.matching.scoring import TOP, People

LARGEST_COST = 32_767
"""What fits the 16 bits of a cost."""


@dataclass(frozen=True)
class Field:
    """The problem in the order of the kernels: by town, then identifier; mothers with a place."""

    kid_rows: NDArray[np.int64]
    mum_rows: NDArray[np.int64]
    people: People
    blocks: Blocks
    towns: Column
    asks: Column
    places: Ints
    gate_counts: Index
    tier: Ints
    standing: Column
    waiting: Ints
    levels: Levels | None
    group: Index

    @property
    def grouped(self) -> bool:
        """Tell whether any children go together or not at all."""
        return bool((self.group >= 0).any())

    @property
    def lowest(self) -> int:
        """The least a pair can be worth: no points, with the mother who has most children."""
        return 0 if self.levels is None else -int(self.levels.extra.max(initial=0))

    @property
    def top(self) -> int:
        """The most a pair can be worth: full points and the largest bonuses."""
        return TOP + int(self.standing[:, 2].max(initial=0)) + int(self.waiting.max(initial=0))

    @property
    def penalties(self) -> Penalties:
        """What leaving each child over costs."""
        return penalties_in_groups(self.tier, self.group, lowest=self.lowest, top=self.top)


def no_standing() -> Column:
    """Return the empty list of standing pairs."""
    return np.zeros((0, 3), np.int32)


def lay_out(
    children: Children,
    mothers: Mothers,
    policy: Policy,
    *,
    barred: Column,
    standing: Column | None = None,
) -> Field:
    """Sort everybody by town and identifier and set mothers without a place aside.

    ``standing`` holds rows (child, mother, points): pairs that are worth more because they stand.
    """
    towns, town_of = np.unique(np.concatenate([children.town, mothers.town]), return_inverse=True)
    kid_town, mum_town = town_of[: len(children.ids)], town_of[len(children.ids) :]
    kid_rows = np.lexsort((np.array(children.ids, dtype=np.str_), kid_town))
    every_row = np.lexsort((np.array(mothers.ids, dtype=np.str_), mum_town))
    room = scoring.places(mothers, policy)
    mum_rows = every_row[room[every_row] > 0]
    people = scoring.people_of(
        taken(children, kid_rows),
        taken(mothers, mum_rows),
        policy,
        barred=_moved(barred, kid_rows, mum_rows),
    )
    local = np.full(len(mothers.ids) + 1, -1, np.int32)
    local[mum_rows] = np.arange(len(mum_rows), dtype=np.int32)
    people.kids["town"], people.mums["town"] = kid_town[kid_rows], mum_town[mum_rows]
    for name in ("wish", "wishes", "avoids"):
        people.kids[name] = local[people.kids[name]]
    blocks = candidates.blocks_of(
        people,
        everyone=(mum_town, mothers.x, mothers.y),
        towns=len(towns),
        reach=policy.limits["travel_m"],
    )
    consent = children.consented[kid_rows] | (not policy.rules["no_consent"])
    found = Field(
        kid_rows=kid_rows,
        mum_rows=mum_rows,
        people=people,
        blocks=blocks,
        towns=towns,
        asks=np.ascontiguousarray(consent),
        places=room[mum_rows],
        gate_counts=_gate_counts(mothers, policy, town=mum_town, room=room, towns=len(towns)),
        tier=children.tier[kid_rows],
        standing=_moved(no_standing() if standing is None else standing, kid_rows, mum_rows),
        waiting=policy.bonus_for_waiting(children.waiting_days[kid_rows]),
        levels=levels_of(room[mum_rows], mothers.load[mum_rows], step=policy.fairness_step),
        group=groups_of(children.group)[kid_rows],
    )
    _refuse_what_does_not_fit(found)
    return found


def _refuse_what_does_not_fit(found: Field) -> None:
    if found.grouped and found.levels is not None:
        raise BadColumnError(
            "groups: children who go together cannot be placed where each further child of a "
            "mother costs more; set fairness.step to 0 or leave the groups out"
        )
    if found.top > LARGEST_COST:
        raise BadColumnError(
            f"standing: bonuses that make a pair worth {found.top} points do not fit; "
            f"keep the sum of score and bonuses at {LARGEST_COST} or less"
        )


def groups_of(given: Column) -> Index:
    """Number groups of two or more from 0 on, in the order of their first child; others are -1."""
    alone = np.full(len(given), -1, np.int32)
    numbers: dict[int, int] = {}
    shared = {one for one, n in zip(*np.unique(given, return_counts=True), strict=True) if n > 1}
    for i in np.flatnonzero(given >= 0).tolist():
        one = int(given[i])
        if one in shared:
            alone[i] = numbers.setdefault(one, len(numbers))
    return alone


def _moved(listed: Column, kid_rows: Column, mum_rows: Column) -> Column:
    """Translate listed pairs into the order of the kernels; mothers set aside fall out."""
    kid_at = np.empty(len(kid_rows), np.int32)
    kid_at[kid_rows] = np.arange(len(kid_rows), dtype=np.int32)
    mum_at = dict(zip(mum_rows.tolist(), range(len(mum_rows)), strict=True))
    here = [row for row in listed.tolist() if row[1] in mum_at]
    moved = [(int(kid_at[i]), mum_at[j], *more) for i, j, *more in here]
    return np.array(moved, np.int32).reshape(-1, listed.shape[1])


def _gate_counts(
    mothers: Mothers, policy: Policy, *, town: Column, room: Ints, towns: int
) -> Index:
    """Count by town and rule the mothers whom no child can have, whatever the pair."""
    counts = np.zeros((towns, len(RULES)), np.int32)
    unready = ~mothers.ready & policy.rules["not_ready"]
    np.add.at(counts[:, RULES.index("not_ready")], town[unready], 1)
    np.add.at(counts[:, RULES.index("no_capacity")], town[~unready & (room == 0)], 1)
    return counts


def priced_pairs(ground: Field) -> tuple[Pairs, Index]:
    """Return all feasible pairs with their costs, and refusals by child and rule.

    A cost is what the pair is worth less than ``ground.top``; standing pairs cost less.
    """
    pairs, refusals = candidates.all_pairs(ground.people, ground.blocks, ground.asks)
    return favoured(ground, pairs), refusals


def favoured(ground: Field, pairs: Pairs, *, keep: bool = False) -> Pairs:
    """Put the bonuses into the costs of pairs, in place unless the bare costs are kept."""
    if ground.top > TOP:
        if keep:
            pairs = pairs._replace(cost=pairs.cost.copy())
        candidates.favour(pairs, ground.standing, ground.top - TOP - ground.waiting)
    return pairs
