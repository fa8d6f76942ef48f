"""What one change of a plan would cost, exactly: veto a pair, force a pair, ask "why not her?".

A `Steering` holds an optimal plan over all feasible pairs, so each question is one or two local
searches, thousands of times cheaper than solving again.
"""

from dataclasses import dataclass

import numpy as np

from qianshou.engines.matching import detour, search, start
from qianshou.engines.matching.detour import OUTSIDE
from qianshou.engines.matching.network import Graph, Ints, State, new_scratch, unsigned
from qianshou.engines.matching.solver import Solution


class NoSuchPairError(ValueError):
    """The pair is not among the feasible ones, or not part of the plan."""


@dataclass(frozen=True)
class Regret:
    """What the best plan with one change costs more than the best plan without it.

    ``cost`` includes what a place is worth when one is lost; ``points`` is the loss of score
    alone (negative: the scores gain). ``left_out`` is the child who loses its place, ``taken_in``
    the one who gains one (-1: nobody). ``moves`` are the pairs that change: child and new mother.
    """

    cost: int
    points: int
    left_out: int
    taken_in: int
    moves: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class WhyNot:
    """Why the plan does not pair a child with a certain mother.

    ``fit`` is how much better her score is than that of the child's own pair (negative: worse),
    ``scarcity`` how much more her place is worth to other children than the own mother's.
    ``at_least`` bounds the loss from below, ``regret`` is the loss itself.
    """

    fit: int
    scarcity: int
    at_least: int
    regret: Regret


class Steering:
    """An optimal plan of which single changes can be priced.

    ``graph`` must hold all feasible pairs, ``limit`` what leaving each child over costs.
    """

    def __init__(self, graph: Graph, limit: Ints, capacity: Ints, *, solution: Solution) -> None:
        self._graph = unsigned(graph)
        self._state = _state_of(graph, limit, capacity, solution=solution)
        self._scratch = new_scratch(len(capacity))

    def veto(self, child: int, *, places: range | None = None) -> Regret:
        """Price the best plan in which the child does not go to its present mother.

        ``places`` are all of hers when the graph lists places one by one.
        """
        mother = int(self._state.mate[child])
        if mother < 0:
            raise NoSuchPairError(f"child {child} has no mother in the plan")
        shut = places or range(mother, mother + 1)
        return self._detour(child, start=OUTSIDE, shut=shut, target=mother, entry=0)

    def force(self, child: int, mother: int) -> Regret:
        """Price the best plan in which the child goes to this mother."""
        own = int(self._state.mate[child])
        entry = self.reduced_cost(child, mother)
        if own == mother:
            return Regret(0, 0, -1, -1, ())
        if self._state.slot0[mother + 1] == self._state.slot0[mother]:
            raise NoSuchPairError(f"mother {mother} has no place at all")
        return self._detour(child, start=mother, shut=range(0), target=own, entry=entry)

    def why_not(self, child: int, mother: int) -> WhyNot:
        """Split the case against a mother into personal fit and what her place is worth."""
        state, own = self._state, int(self._state.mate[child])
        cost = self._cost(child, mother)
        before = int(state.limit[child]) if own < 0 else self._cost(child, own)
        price = 0 if own < 0 else -int(state.v[own])
        return WhyNot(
            fit=before - cost,
            scarcity=-int(state.v[mother]) - price,
            at_least=self.reduced_cost(child, mother),
            regret=self.force(child, mother),
        )

    def reduced_cost(self, child: int, mother: int) -> int:
        """Return the pair's cost beyond the prices: a lower bound of what forcing it costs."""
        cost = self._cost(child, mother)
        return cost - int(self._state.u[child]) - int(self._state.v[mother])

    def _cost(self, child: int, mother: int) -> int:
        row = slice(self._graph.first[child], self._graph.first[child + 1])
        found = np.flatnonzero(self._graph.mother[row] == mother)
        if len(found) == 0:
            raise NoSuchPairError(f"child {child} and mother {mother} are not a feasible pair")
        return int(self._graph.cost[row][found[0]])

    def _detour(self, child: int, *, start: int, shut: range, target: int, entry: int) -> Regret:
        state, scratch = self._state, self._scratch
        filled = 0
        inward: tuple[int, tuple[tuple[int, int], ...]] = (-1, ())
        if target >= 0:
            filled, taken, last = search.explore_reverse(self._graph, state, scratch, target)
            inward = self._inward(target, int(taken), int(last))
            search.clean(scratch)
        direct, best, end = detour.find_way(
            self._graph, state, scratch, child, start, (shut.start, shut.stop), target, filled
        )
        if direct <= best + filled:
            found = (int(direct), -1, -1, self._outward(child, start, target))
        else:
            moves = self._outward(child, start, int(end)) + inward[1]
            left_out = -1 - int(end) if end < 0 else -1
            found = (int(best + filled), left_out, inward[0], moves)
        search.clean(scratch)
        cost, left_out, taken_in, moves = found
        return self._regret(cost + entry, left_out, taken_in, moves=moves)

    def _regret(
        self, cost: int, left_out: int, taken_in: int, *, moves: tuple[tuple[int, int], ...]
    ) -> Regret:
        limit = self._state.limit
        lost = int(limit[left_out]) if left_out >= 0 else 0
        won = int(limit[taken_in]) if taken_in >= 0 else 0
        return Regret(cost, cost - lost + won, left_out, taken_in, moves)

    def _outward(self, child: int, start: int, end: int) -> tuple[tuple[int, int], ...]:
        """Walk back from the end of a way: who moves where, and who is left over (-1)."""
        moves: list[tuple[int, int]] = []
        mate, via = self._state.mate, self._scratch.via
        if end < 0:
            moves.append((-1 - end, -1))
            if end == -1 - child:
                return tuple(moves)
            end = int(mate[-1 - end])
        while True:
            mover = int(via[end])
            moves.append((mover, end))
            if mover == child or end == start:
                return tuple(moves)
            end = int(mate[mover])

    def _inward(self, root: int, end: int, last: int) -> tuple[int, tuple[tuple[int, int], ...]]:
        """Walk to the place that is to be filled: who comes in from outside, who moves."""
        scratch, moves = self._scratch, []
        if end == root:
            return -1, ()
        taken = -1 - end if end < 0 else -1
        mother = end
        if end < 0:
            moves.append((taken, last))
            mother = last
        while mother != root:
            mover = int(scratch.via[mother])
            mother = int(scratch.origin[mother])
            moves.append((mover, mother))
        return taken, tuple(moves)


def _state_of(graph: Graph, limit: Ints, capacity: Ints, *, solution: Solution) -> State:
    state = start.new_state(limit, np.ascontiguousarray(capacity, np.int64), np.diff(graph.tfirst))
    state.v[:] = solution.v
    start.reseat(state, solution.mate)
    state.u[:] = solution.u
    return state
