"""Branch and bound over the groups of one component, each node bounded by an averaged flow.

In the relaxation a group of size ``s`` is ``s`` equal units, each at the average cost of its
members. Flows are whole, so this is the linear relaxation of "all or none" itself. Where the
component is not too large, choosing whole bundles sharpens the bound (`bundles`).
"""

import functools
import heapq
import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from qianshou.engines.matching.bundles import Bundles, bundles_of, climb, slots_for
from qianshou.engines.matching.network import Graph, Index, Ints
from qianshou.engines.matching.prepare import graph_from_rows
from qianshou.engines.matching.solver import exact_sum, solve

UNSOLVED = -(1 << 62)
DIVES = 20
"""A plan is sought from every this many nodes; the search itself only raises the bound."""

SHARES = (1, 2, 4, 8)
"""A dive settles one in so many of the groups that went apart before it solves again."""

COUNTING = 200
"""Steps of the bound on how many children are left over."""

BUNDLED = 300_000
"""Most pairs of a component whose bound is sharpened by bundles."""

ROOMY = 60
"""Most places of a mother up to which bundles are chosen."""

STEPS = (2000, 60)
"""Steps of the sharper bound at the first node and at all others."""


@dataclass
class Group:
    """A group of one component: its rows, and each common mother with the cost of all rows."""

    kids: Index
    mothers: Index
    costs: Ints


@dataclass(order=True)
class Node:
    """A part of the search: some groups settled, each with a mother or (-1) with none."""

    bound: int
    order: int
    settled: dict[int, int] = field(compare=False)
    mate: Index = field(compare=False)
    v: Ints = field(compare=False)
    values: tuple[Ints, ...] = field(compare=False, default=())


@dataclass(frozen=True)
class Layers:
    """Urgency apart from scores: leaving a child over costs the gaps of its tier and all below.

    ``gaps`` are the differences between one tier's worth and the next, most urgent first;
    ``within[t]`` is each row's part of a child of tier ``t`` or more urgent, in steps.
    """

    gaps: tuple[int, ...]
    within: tuple[Ints, ...]


@dataclass
class Tree:
    """The search in one component, with the best plan so far; true costs are whole ``step``s."""

    graph: Graph
    row: Index
    need: Ints
    limit: Ints
    capacity: Ints
    groups: list[Group]
    step: int
    layers: Layers
    deadline: float
    best: int = 0
    mate: Index = field(default_factory=lambda: np.zeros(0, np.int32))
    nodes: int = 0

    @functools.cached_property
    def unit(self) -> Index:
        """The unit of each row: groups come first, then lone children."""
        unit = np.full(len(self.limit), -1, np.int32)
        for g, one in enumerate(self.groups):
            unit[one.kids] = g
        alone = np.flatnonzero(unit < 0)
        unit[alone] = len(self.groups) + np.arange(len(alone), dtype=np.int32)
        return unit

    @functools.cached_property
    def reach(self) -> Ints:
        """How many children each mother could take at most if she had all the places."""
        return np.bincount(self.graph.mother, minlength=len(self.capacity)).astype(np.int64)

    @functools.cached_property
    def bundles(self) -> Bundles | None:
        """All offers to whole units; None when there are too many of them, or too many places."""
        if len(self.row) > BUNDLED or np.minimum(self.capacity, self.reach).max() > ROOMY:
            return None
        units = int(self.unit.max()) + 1
        size = np.bincount(self.unit, minlength=units).astype(np.int64)
        lone = size[self.unit[self.row]] == 1
        parts = [(self.unit[self.row[lone]], self.graph.mother[lone], self.graph.cost[lone])]
        for g, one in enumerate(self.groups):
            parts.append((np.full(len(one.mothers), g, np.int32), one.mothers, one.costs))
        unit, mother, cost = (np.concatenate([part[k] for part in parts]) for k in range(3))
        return bundles_of(
            unit, mother, cost.astype(np.int64),
            size=size, limit=self.by_unit(self.limit), mothers=len(self.capacity),
        )  # fmt: skip

    @functools.cached_property
    def toll(self) -> int:
        """What a place is worth at least in every layer, when all that can be is paid apart."""
        spread = 2 * int(self.graph.cost.max(initial=0)) // self.step + 1
        return min([spread, *self.layers.gaps])

    @functools.cached_property
    def eased(self) -> Ints:
        """What leaving a row over costs when every layer is worth only the toll."""
        eased: Ints = self.toll * np.sum(self.layers.within, axis=0)
        return eased

    def by_unit(self, values: Ints) -> Ints:
        """Add up values of rows by unit."""
        total = np.zeros(int(self.unit.max()) + 1, np.int64)
        np.add.at(total, self.unit, values)
        return total


@dataclass(frozen=True)
class _Relaxed:
    """The optimum of a node when groups may go apart, its prices, and the groups that did."""

    mate: Index
    u: Ints
    v: Ints
    cost: int
    graph: Graph
    free: NDArray[np.bool_]
    room: Ints
    split: list[int]


def is_split(mates: Index) -> bool:
    """Tell whether not all of these children have the same mother."""
    return bool((mates != mates[0]).any())


def search(tree: Tree) -> int:
    """Find the best plan of the tree's component; return the gap left open (0: proven)."""
    alone = np.full(len(tree.limit), -1, np.int32)
    tree.mate, tree.best = alone, exact_sum(tree.limit)
    open_nodes = [Node(UNSOLVED, 0, {}, alone, np.zeros(len(tree.capacity), np.int64))]
    while open_nodes and open_nodes[0].bound <= tree.best - tree.step:
        if tree.nodes and time.monotonic() > tree.deadline:
            lowest = -(-open_nodes[0].bound // tree.step) * tree.step
            return tree.best - min(tree.best, lowest)
        for part in _branch(tree, heapq.heappop(open_nodes)):
            heapq.heappush(open_nodes, part)
    return 0


def _branch(tree: Tree, node: Node) -> list[Node]:
    """Solve the node's relaxation and return the parts that may still hold a better plan."""
    wants_plan = tree.nodes % DIVES == 0
    tree.nodes += 1
    found = _relax(tree, node)
    if not found.split:
        _keep(tree, found)
        return []
    if wants_plan:
        turn = tree.nodes // DIVES
        for share in SHARES[turn % 4 : turn % 4 + 1] if turn else SHARES:
            _dive(tree, node, found, share=share)
    floor, values = _sharpened(tree, node, found)
    if floor > tree.best - tree.step:
        return []
    offers = {g: _offers(tree, tree.groups[g], found) for g in found.split}
    g = max(found.split, key=lambda one: (_regret(offers[one]), -one))
    least = offers[g][0][0]
    return [
        Node(bound, tree.nodes * 1000 + k, {**node.settled, g: j}, found.mate, found.v, values)
        for k, (worth, j) in enumerate(offers[g])
        if (bound := max(floor, found.cost + worth - least)) <= tree.best - tree.step
    ]


def _sharpened(tree: Tree, node: Node, found: _Relaxed) -> tuple[int, tuple[Ints, ...]]:
    """Return a bound from whole bundles, and the prices it came from.

    Twice: once at the full worth of a place, once at a toll only. How many children of each layer
    must be left over at least is whole, and what a layer is worth beyond the toll is paid for that
    many; so scores and places do not blur each other.
    """
    if tree.bundles is None:
        return found.cost, ()
    least = _least_left(tree, node, found)
    apart = sum((gap - tree.toll) * n for gap, n in zip(tree.layers.gaps, least, strict=True))
    floor, kept = found.cost, list[Ints]()
    for k, (limit, beyond) in enumerate(((tree.limit, 0), (tree.eased, apart * tree.step))):
        start = node.values[k] if node.values else None
        bound, values = _climbed(tree, node, found, limit=limit, beyond=beyond, start=start)
        floor = max(floor, bound)
        kept.append(values)
    return floor, tuple(kept)


def _climbed(
    tree: Tree, node: Node, found: _Relaxed, *, limit: Ints, beyond: int, start: Ints | None
) -> tuple[int, Ints]:
    """Climb with places worth this much; ``beyond`` is paid for places on top."""
    assert tree.bundles is not None
    paid = beyond + sum(
        _settled_cost(tree.groups[g], j, limit=limit) for g, j in node.settled.items()
    )
    steps = STEPS[start is not None]
    if start is None:
        start = tree.by_unit(solve(found.graph, np.where(found.free, limit, 0), found.room).u)
    bundles = tree.bundles._replace(limit=tree.by_unit(limit))
    goal = tree.best - tree.step - paid
    room = np.minimum(found.room, tree.reach)
    bound, values = climb(
        bundles, start, _unsettled(tree, node), room, goal, steps, slots_for(room)
    )
    return int(bound) + paid, values


def _least_left(tree: Tree, node: Node, found: _Relaxed) -> list[int]:
    """Return how many children of each tier or more urgent any plan of the node leaves over.

    By the relaxation and, as long as the best plan leaves over more, by whole bundles.
    """
    level = found.graph._replace(
        cost=np.zeros_like(found.graph.cost), tcost=np.zeros_like(found.graph.tcost)
    )
    none = [tree.groups[g].kids for g, j in node.settled.items() if j < 0]
    least = []
    for within in tree.layers.within:
        plain = solve(level, np.where(found.free, within, 0), found.room)
        apart = sum(exact_sum(within[kids]) for kids in none)
        left = -(-(plain.cost + apart) // tree.step)
        goal = exact_sum(within[tree.mate < 0]) - tree.step - apart
        if tree.bundles is not None and (left - 1) * tree.step < goal + apart:
            bundles = tree.bundles._replace(
                cost=np.zeros_like(tree.bundles.cost), limit=tree.by_unit(within)
            )
            start, room = tree.by_unit(plain.u), np.minimum(found.room, tree.reach)
            bound, _ = climb(
                bundles, start, _unsettled(tree, node), room, goal, COUNTING, slots_for(room)
            )
            left = max(left, -(-(int(bound) + apart) // tree.step))
        least.append(left)
    return least


def _unsettled(tree: Tree, node: Node) -> NDArray[np.bool_]:
    unsettled = np.ones(int(tree.unit.max()) + 1, np.bool_)
    unsettled[list(node.settled)] = False
    return unsettled


def _keep(tree: Tree, found: _Relaxed) -> None:
    if found.cost < tree.best:
        tree.best, tree.mate = found.cost, found.mate


def _regret(offers: list[tuple[int, int]]) -> int:
    return offers[1][0] - offers[0][0] if len(offers) > 1 else 0


def _dive(tree: Tree, node: Node, found: _Relaxed, *, share: int) -> None:
    """Settle the groups that went apart, those with most to lose first: a plan in a few solves."""
    settled = dict(node.settled)
    while found.split:
        room = found.room.copy()
        offers = {g: _offers(tree, tree.groups[g], found) for g in found.split}
        ranked = sorted(found.split, key=lambda one: (-_regret(offers[one]), one))
        for g in ranked[: -(-len(ranked) // share)]:
            size = len(tree.groups[g].kids)
            settled[g] = next(j for _, j in offers[g] if j < 0 or room[j] >= size)
            if settled[g] >= 0:
                room[settled[g]] -= size
        found = _relax(tree, Node(0, 0, settled, found.mate, found.v))
    _keep(tree, found)


def _offers(tree: Tree, one: Group, found: _Relaxed) -> list[tuple[int, int]]:
    """Return what each choice for a group costs at the prices, cheapest first; -1 is none."""
    size = len(one.kids)
    fits = found.room[one.mothers] >= size
    worth = (one.costs - size * found.v[one.mothers])[fits].tolist()
    none = (exact_sum(tree.limit[one.kids]), -1)
    return sorted([none, *zip(worth, one.mothers[fits].tolist(), strict=True)])


def _relax(tree: Tree, node: Node) -> _Relaxed:
    """Solve with the node's groups settled and the others free to go apart."""
    limit, room, paid = tree.limit.copy(), tree.capacity.copy(), 0
    settled = np.zeros(len(limit), bool)
    for g, j in node.settled.items():
        one = tree.groups[g]
        settled[one.kids] = True
        limit[one.kids] = 0
        paid += _settled_cost(one, j, limit=tree.limit)
        if j >= 0:
            room[j] -= len(one.kids)
    keep = (room[tree.graph.mother] >= tree.need) & ~settled[tree.row]
    first = np.zeros(len(limit) + 1, np.int64)
    np.cumsum(np.bincount(tree.row[keep], minlength=len(limit)), out=first[1:])
    graph = graph_from_rows(
        first, tree.graph.mother[keep], tree.graph.cost[keep], mothers=len(room)
    )
    previous = None if node.bound == UNSOLVED else (node.mate, node.v)
    found = solve(graph, limit, room, previous=previous)
    for g, j in node.settled.items():
        found.mate[tree.groups[g].kids] = j
    split = [g for g, one in enumerate(tree.groups) if is_split(found.mate[one.kids])]
    return _Relaxed(found.mate, found.u, found.v, found.cost + paid, graph, ~settled, room, split)


def _settled_cost(one: Group, j: int, *, limit: Ints) -> int:
    if j < 0:
        return exact_sum(limit[one.kids])
    return int(one.costs[np.searchsorted(one.mothers, j)])
