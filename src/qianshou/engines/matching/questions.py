"""Questions about a plan of people, answered exactly by local searches: veto, force, why not her?

Rows are the caller's. Building the answers' ground costs about as much as listing all pairs once;
each question after that takes well under a millisecond.
"""

from dataclasses import replace

import numpy as np

from qianshou.engines.matching.families import alone_only
from qianshou.engines.matching.ground import lay_out, priced_pairs
from qianshou.engines.matching.hall import Block, smallest_block
from qianshou.engines.matching.levels import expanded, placed
from qianshou.engines.matching.network import Index
from qianshou.engines.matching.people import Column
from qianshou.engines.matching.plan import Plan
from qianshou.engines.matching.prepare import graph_from_pairs
from qianshou.engines.matching.solver import Solution
from qianshou.engines.matching.steering import NoSuchPairError, Regret, Steering, WhyNot


class Questions:
    """A plan of people that answers; ask as often as you like, the plan is not changed.

    Groups stay where they are: it answers for lone children, exactly, while the groups stand.
    """

    def __init__(self, plan: Plan) -> None:
        self._ground = ground = lay_out(
            plan.children, plan.mothers, plan.policy, barred=plan.barred, standing=plan.standing
        )
        pairs, _ = priced_pairs(ground)
        pairs = alone_only(pairs, ground.group) if ground.grouped else pairs
        rows = np.repeat(np.arange(len(ground.kid_rows), dtype=np.int32), np.diff(pairs.first))
        graph = graph_from_pairs(
            rows, pairs.mother, pairs.cost.astype(np.int32),
            children=len(ground.kid_rows), mothers=len(ground.mum_rows),
        )  # fmt: skip
        self._kid_at = _places_of(ground.kid_rows, len(plan.children.ids))
        self._mum_at = _places_of(ground.mum_rows, len(plan.mothers.ids))
        self._mate = self._mum_at[plan.mate[ground.kid_rows]]
        self._by_mother = graph
        limit, places = ground.penalties.limit, ground.places
        if ground.grouped:
            theirs = self._mate[ground.group >= 0]
            places = places - np.bincount(theirs[theirs >= 0], minlength=len(places))
            self._mate = np.where(ground.group >= 0, -1, self._mate).astype(np.int32)
            limit = np.where(ground.group >= 0, 0, limit)
        mate, v = self._mate, -plan.mother_price[ground.mum_rows]
        if ground.levels is not None:
            graph, mate = expanded(graph, ground.levels), placed(mate, ground.levels)
            v, places = -plan.place_price, np.ones(len(ground.levels.owner), np.int64)
        u = np.where(
            ground.group >= 0, 0, ground.penalties.limit - plan.child_value[ground.kid_rows]
        )
        self._steering = Steering(
            graph, limit, places, solution=Solution(mate, u, v, cost=0, dual=0)
        )

    def veto(self, child: int) -> Regret:
        """Price the best plan in which the child does not go to its present mother."""
        k = int(self._kid_at[child])
        mother = int(self._mate[k])
        places = None if mother < 0 else self._places(int(self._ground.mum_rows[mother]))
        return self._named(self._steering.veto(k, places=places))

    def force(self, child: int, mother: int) -> Regret:
        """Price the best plan in which the child goes to this mother."""
        k = int(self._kid_at[child])
        found = [self._steering.force(k, place) for place in self._places(mother)]
        return self._named(min(found, key=lambda one: one.cost))

    def why_not(self, child: int, mother: int) -> WhyNot:
        """Split the case against a mother into personal fit and what her place is worth."""
        k = int(self._kid_at[child])
        found = [self._steering.why_not(k, place) for place in self._places(mother)]
        best = min(found, key=lambda one: one.regret.cost)
        return replace(best, regret=self._named(best.regret))

    def block(self, child: int) -> Block:
        """Return the smallest set that keeps a child out, in the caller's rows."""
        graph, ground = self._by_mother, self._ground
        found = smallest_block(
            graph.first, graph.mother,
            mate=self._mate, capacity=ground.places, child=int(self._kid_at[child]),
        )  # fmt: skip
        return Block(
            [int(ground.kid_rows[k]) for k in found.children],
            [int(ground.mum_rows[k]) for k in found.mothers],
            found.places,
        )

    def _places(self, mother: int) -> range:
        at, levels = int(self._mum_at[mother]), self._ground.levels
        if at < 0:
            raise NoSuchPairError(f"mother {mother} has no place at all")
        if levels is None:
            return range(at, at + 1)
        return range(int(levels.first[at]), int(levels.first[at + 1]))

    def _named(self, regret: Regret) -> Regret:
        """Return the same in the caller's rows, by mothers rather than places."""
        kids, mums, levels = self._ground.kid_rows, self._ground.mum_rows, self._ground.levels

        def child(k: int) -> int:
            return int(kids[k]) if k >= 0 else -1

        def mother(j: int) -> int:
            owner = j if levels is None or j < 0 else int(levels.owner[j])
            return int(mums[owner]) if owner >= 0 else -1

        moves = [
            (child(k), mother(j))
            for k, j in regret.moves
            if j < 0 or self._mate[k] != (j if levels is None else levels.owner[j])
        ]
        return replace(
            regret,
            left_out=child(regret.left_out),
            taken_in=child(regret.taken_in),
            moves=tuple(moves),
        )


def _places_of(rows: Column, size: int) -> Index:
    """Return where each of the caller's rows stands; -1 for none, and for row -1."""
    at = np.full(size + 1, -1, np.int32)
    at[rows] = np.arange(len(rows), dtype=np.int32)
    return at
