"""The matcher as the product uses it: columns of people in, an optimal and explained plan out.

`make_plan` keeps the best candidates of each child, solves exactly, prices ALL feasible pairs,
adds those that could improve the plan, and solves again until there are none. The result is
optimal over all feasible pairs, and its prices prove it.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from qianshou.engines.matching import candidates, families, pricing, scoring
from qianshou.engines.matching.candidates import Pairs
from qianshou.engines.matching.families import Task, Together
from qianshou.engines.matching.ground import Field, favoured, lay_out, no_standing
from qianshou.engines.matching.hall import Blocks as BlockingSets
from qianshou.engines.matching.hall import blocking_sets
from qianshou.engines.matching.levels import Levels, solve_levelled
from qianshou.engines.matching.network import Graph, Index, Ints
from qianshou.engines.matching.penalties import Penalties, penalties_in_groups
from qianshou.engines.matching.people import Children, Column, Mothers, digest
from qianshou.engines.matching.policy import RULES, Policy
from qianshou.engines.matching.prepare import graph_from_rows
from qianshou.engines.matching.relisting import Listing, listing_of, relisted
from qianshou.engines.matching.solver import Solution, exact_sum, solve

REASONS = ("places_taken", "group_does_not_fit", "no_candidate")
"""Why children who ask are left over."""

Progress = Callable[[str, float], None]
"""Called with the name of the stage and the share of the work done, 0..1."""


@dataclass(frozen=True)
class LeftOver:
    """Why one child has no mother in the plan.

    ``reason`` is a rule when that rule alone bars all mothers ("no_consent"), "no_candidate" when
    the rules together do (see ``Plan.refusals``), or "places_taken": the ``children`` of a set,
    this child among them, can only go to its ``mothers``, who have ``places``. A child of a group
    may be left out by "group_does_not_fit": places are free, but not enough with one mother, or no
    mother may take all of the group.
    """

    child: int
    reason: str
    block: int = -1
    children: int = 0
    mothers: int = 0
    places: int = 0


@dataclass(frozen=True)
class Shortage:
    """Where mothers should be recruited: one town, by the caller's number.

    ``left_over`` children of this town found all places taken, ``no_candidate`` of them none in
    reach. ``price`` is what one more place with each of the town's mothers is worth, summed, in
    points of score; a town whose left-over children are urgent has a high price.
    """

    town: int
    children: int
    left_over: int
    no_candidate: int
    mothers: int
    places: int
    price: int


@dataclass(frozen=True)
class Plan:
    """An optimal plan over all feasible pairs; rows are in the caller's order.

    ``mate`` is each child's mother or -1, ``score`` the pair's score (-1 without one).
    ``runner_up`` is the best other mother by reduced cost (-1: there is none) and ``margin`` a
    lower bound of what the plan's total loses when the child goes to her instead.
    ``refusals[i]`` counts by `RULES` why mothers in reach of child ``i`` cannot be hers;
    ``feasible[i]`` counts those who can. ``child_value`` and ``mother_price`` prove optimality:
    value + price >= bonus + score for every feasible pair, with equality for the plan's.
    Where ``groups`` (numbered from 0; -1: alone) go together, these hold for the lone children
    while the groups stand; the proof of the whole is then in ``together``.
    """

    children: Children
    mothers: Mothers
    policy: Policy
    barred: Column
    standing: Column
    places: Ints
    mate: Index
    score: Index
    runner_up: Index
    margin: Ints
    child_value: Ints
    mother_price: Ints
    refusals: Index
    feasible: Ints
    penalties: Penalties
    left_over: list[LeftOver]
    blocks: BlockingSets
    shortages: list[Shortage]
    objective: int
    bound: int
    levels: Levels | None
    place_price: Ints
    policy_hash: str
    input_hash: str
    rounds: int
    groups: Index
    together: Together | None
    seconds: dict[str, float] = field(default_factory=dict)
    listing: Listing | None = field(default=None, compare=False, repr=False)

    @property
    def gap(self) -> int:
        """The proven distance to the optimum; 0 unless the search over groups ran out of time."""
        return self.bound - self.objective

    @property
    def feasible_pairs(self) -> int:
        """The number of pairs that the hard rules allow; the proof covers all of them."""
        return int(self.feasible.sum())

    @property
    def tiers(self) -> list[dict[str, int]]:
        """Children, matched children and the bonus of a place, by tier."""
        count = len(self.penalties.tiers)
        every = np.bincount(self.penalties.rank, minlength=count).tolist()
        matched = np.bincount(self.penalties.rank[self.mate >= 0], minlength=count).tolist()
        return [
            {"tier": tier, "children": n, "matched": k, "bonus": bonus}
            for tier, n, k, bonus in zip(
                self.penalties.tiers, every, matched, self.penalties.bonus, strict=True
            )
        ]


@dataclass(frozen=True)
class Earlier:
    """What a search needs of an older plan: who was with whom, and the mothers' prices, by id.

    With its ``listing``, only what has changed is scored again; the plan is the same.
    """

    mates: Mapping[str, str]
    prices: Mapping[str, int]
    listing: Listing | None = None


def earlier_of(plan: Plan) -> Earlier:
    """Return what a later search needs of a plan."""
    ids = plan.mothers.ids
    pairs = zip(plan.children.ids, plan.mate.tolist(), strict=True)
    mates = {child: ids[mother] for child, mother in pairs if mother >= 0}
    prices = dict(zip(ids, plan.mother_price.tolist(), strict=True))
    return Earlier(mates, prices, plan.listing)


@dataclass
class _Clock:
    """Seconds per stage, and word of progress to the caller."""

    progress: Progress | None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str, share: float) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started
        if self.progress:
            self.progress(name, share)


def make_plan(
    children: Children,
    mothers: Mothers,
    policy: Policy,
    *,
    barred: Column | None = None,
    standing: Column | None = None,
    previous: Plan | Earlier | None = None,
    keep: bool = False,
    progress: Progress | None = None,
) -> Plan:
    """Pair as many children as possible by urgency, then for the highest total score.

    ``barred`` holds rows (child, mother) that are never allowed, ``standing`` rows (child, mother,
    points) of pairs that are worth so much more because they stand. ``previous`` is an older
    plan or what is kept of it, recognised by identifiers, from which the search starts; it changes
    the time, not the optimum. ``keep`` keeps the listed pairs, so that the next plan does not
    score again what is unchanged.
    """
    clock = _Clock(progress)
    barred = np.zeros((0, 2), np.int32) if barred is None else np.asarray(barred, np.int32)
    standing = no_standing() if standing is None else np.asarray(standing, np.int32)
    with clock.stage("prepare", 0.1):
        ground = lay_out(children, mothers, policy, barred=barred, standing=standing)
    with clock.stage("candidates", 0.3):
        bare, refusals = _listed(ground, children, mothers, previous=previous)
        kept = listing_of(ground, children, mothers, listed=(bare, refusals)) if keep else None
        pairs = favoured(ground, bare, keep=keep)
    with clock.stage("solve", 0.6):
        start = _carry_over(previous, children, mothers, ground=ground)
        task, start = families.task_of(ground, pairs, start)
        graph = graph_from_rows(*pricing.start_rows(task.pairs, start), mothers=len(task.places))
        solved = _solve(ground, graph, task, previous=start)
    solved, rounds = _price_in(ground, graph, task, solved=solved, clock=clock)
    with clock.stage("explain", 1.0):
        plan = _report(
            (children, mothers, policy, barred, standing), ground, task,
            solved=solved, pairs=pairs, refusals=refusals, rounds=rounds,
        )  # fmt: skip
    plan.seconds.update(clock.seconds)
    return replace(plan, listing=kept)


def _listed(
    ground: Field, children: Children, mothers: Mothers, *, previous: Plan | Earlier | None
) -> tuple[Pairs, Index]:
    """List all feasible pairs, from those of the older plan where it kept them."""
    old = None if previous is None or previous.listing is None else relisted(
        previous.listing, ground, children, mothers
    )  # fmt: skip
    return old or candidates.all_pairs(ground.people, ground.blocks, ground.asks)


def _solve(
    ground: Field, graph: Graph, task: Task, *, previous: tuple[Index, Ints] | None
) -> tuple[Solution, Ints]:
    """Solve by mother, or by place when a next child costs more; return the places' prices, too."""
    if ground.levels is not None:
        return solve_levelled(graph, task.limit, ground.levels, previous=previous)
    return solve(graph, task.limit, task.places, previous=previous), np.zeros(0, np.int64)


def _carry_over(
    previous: Plan | Earlier | None, children: Children, mothers: Mothers, *, ground: Field
) -> tuple[Index, Ints] | None:
    """Express an older plan and its prices in today's rows."""
    if previous is None:
        return None
    if isinstance(previous, Plan):
        previous = earlier_of(previous)
    names = [mothers.ids[j] for j in ground.mum_rows.tolist()]
    at = {name: k for k, name in enumerate(names)}
    old = (previous.mates.get(children.ids[i], "") for i in ground.kid_rows.tolist())
    mate = np.array([at.get(name, -1) for name in old], np.int32)
    v = np.array([-previous.prices.get(name, 0) for name in names], np.int64)
    return mate, v


def _price_in(
    ground: Field,
    graph: Graph,
    task: Task,
    *,
    solved: tuple[Solution, Ints],
    clock: _Clock,
) -> tuple[tuple[Solution, Ints], int]:
    """Bring in pairs that the first cut left out, until none could improve the plan."""
    rounds, asked = 1, None
    while True:
        with clock.stage("price all pairs", 0.8):
            found = candidates.pairs_under_price(task.pairs, solved[0].u, solved[0].v, asked=asked)
        if len(found[0]) == 0:
            return solved, rounds
        with clock.stage("solve again", 0.8):
            graph = pricing.extended(graph, found)
            before = (solved[0].u.copy(), solved[0].v.copy())
            warm = (solved[0].mate, solved[0].v)
            solved = _solve(ground, graph, task, previous=warm)
            # All that was under its price is in the graph now, so only what rose since is asked.
            asked = candidates.rows_to_price(
                ground.people, ground.blocks, before, now=(solved[0].u, solved[0].v)
            )
        rounds += 1


def _report(
    given: Any,
    ground: Field,
    task: Task,
    *,
    solved: tuple[Solution, Ints],
    pairs: Pairs,
    refusals: Index,
    rounds: int,
) -> Plan:
    children, mothers, policy, barred, standing = given
    solution, penalties = solved[0], ground.penalties
    n, m, groups = len(children.ids), len(mothers.ids), _back(ground.group, ground.kid_rows)
    kid_rows, mum_rows = ground.kid_rows, ground.mum_rows
    who, margin, lowest = candidates.runners_up(
        task.pairs, solution.u, solution.v, mate=solution.mate
    )
    assert lowest == 0
    solution = families.with_groups(ground, task, solution, who=who, margin=margin)
    value = penalties.limit - solution.u
    price = -solution.v
    refusals, feasible = _all_refusals(ground, refusals), np.diff(pairs.first)
    places = np.zeros(m, np.int64)
    places[mum_rows] = ground.places
    common = task.common
    blocks = blocking_sets(common.first, common.mother, mate=solution.mate, capacity=ground.places)
    mate = np.full(n, -1, np.int32)
    mate[kid_rows] = _named(solution.mate, mum_rows)
    return Plan(
        children=children,
        mothers=mothers,
        policy=policy,
        barred=barred,
        standing=standing,
        places=places,
        mate=mate,
        score=_back(_scores(ground, solution.mate), kid_rows),
        runner_up=_back(_named(who, mum_rows), kid_rows),
        margin=_back(margin, kid_rows),
        child_value=_back(value, kid_rows),
        mother_price=_spread(price, mum_rows, m),
        refusals=_back(refusals, kid_rows),
        feasible=_back(feasible, kid_rows),
        penalties=penalties_in_groups(children.tier, groups, lowest=ground.lowest, top=ground.top),
        left_over=(left := _left_over(ground, blocks, solution.mate, feasible=feasible)),
        blocks=_blocks_of_all(blocks, kid_rows, mum_rows, m=m),
        shortages=_shortages(
            children, mothers, places, left=left, price=_spread(price, mum_rows, m)
        ),
        objective=exact_sum(penalties.limit) - solution.cost,
        bound=exact_sum(penalties.limit) - solution.dual,
        policy_hash=policy.digest,
        input_hash=digest(children, mothers),
        levels=ground.levels,
        place_price=-solved[1],
        rounds=rounds,
        groups=groups,
        together=_proof(ground, task, m),
    )


def _proof(ground: Field, task: Task, mothers: int) -> Together | None:
    """Return the proof over groups in the caller's rows."""
    found = task.together
    if found is None:
        return None
    proof: Together = replace(
        found,
        mate=_back(_named(found.mate, ground.mum_rows), ground.kid_rows),
        value=_back(found.value, ground.kid_rows),
        price=_spread(found.price, ground.mum_rows, mothers),
    )
    return proof


def _blocks_of_all(blocks: BlockingSets, kid_rows: Any, mum_rows: Any, *, m: int) -> BlockingSets:
    """Return the blocking sets by the rows of the whole input; -1 for who is in none."""
    of_mother = _spread(blocks.of_mother.astype(np.int64) + 1, mum_rows, m) - 1
    return blocks._replace(
        of_child=_back(blocks.of_child, kid_rows), of_mother=of_mother.astype(np.int32)
    )


def _all_refusals(ground: Field, refusals: Index) -> Index:
    """Add the mothers whom nobody can have; a child without consent is refused by that alone."""
    every: Index = refusals + _near_sum(ground)
    every[~ground.asks] = 0
    every[~ground.asks, RULES.index("no_consent")] = 1
    return every


def _near_sum(ground: Field) -> Index:
    """Add up, for each child, the mothers set aside in the towns in reach."""
    b = ground.blocks
    towns = len(b.near_first) - 1
    by_town = np.zeros((towns, len(RULES)), np.int32)
    of = np.repeat(np.arange(towns), np.diff(b.near_first))
    np.add.at(by_town, of, ground.gate_counts[b.near])
    total: Index = by_town[ground.people.kids["town"]]
    return total


def _named(mothers: Index, rows: Column) -> Index:
    """Turn rows of the kernels into the caller's rows; -1 stays."""
    if len(rows) == 0:
        return mothers
    return np.where(mothers >= 0, rows[np.maximum(mothers, 0)], -1).astype(np.int32)


def _back(values: Any, rows: Column) -> Any:
    """Put values that are in the order of the kernels back into the caller's order."""
    back = np.empty_like(values)
    back[rows] = values
    return back


def _spread(values: Ints, rows: Column, size: int) -> Ints:
    """Place values of some rows among zeros."""
    spread = np.zeros(size, np.int64)
    spread[rows] = values
    return spread


def _scores(ground: Field, mate: Index) -> Index:
    scores: Index = scoring.scores_of(ground.people, mate)
    return scores


def _left_over(
    ground: Field, blocks: BlockingSets, mate: Index, *, feasible: Ints
) -> list[LeftOver]:
    taken = np.bincount(mate[mate >= 0], minlength=len(ground.places))
    used = np.zeros(len(blocks.places), np.int64)
    inside = blocks.of_mother >= 0
    np.add.at(used, blocks.of_mother[inside], taken[inside])
    found = []
    for k in np.flatnonzero(mate < 0).tolist():
        child, block = int(ground.kid_rows[k]), int(blocks.of_child[k])
        if not ground.asks[k]:
            found.append(LeftOver(child, "no_consent"))
        elif block < 0:
            apart = ground.group[k] >= 0 and feasible[k] > 0
            found.append(LeftOver(child, "group_does_not_fit" if apart else "no_candidate"))
        else:
            sizes = (blocks.children[block], blocks.mothers[block], blocks.places[block])
            reason = "places_taken" if used[block] == sizes[2] else "group_does_not_fit"
            found.append(LeftOver(child, reason, block, *map(int, sizes)))
    return sorted(found, key=lambda one: one.child)


def _shortages(
    children: Children, mothers: Mothers, places: Ints, *, left: list[LeftOver], price: Ints
) -> list[Shortage]:
    """Sum up by town; towns with children left over, most of them first."""
    rows: dict[str, Any] = {reason: [] for reason in REASONS}
    for one in left:
        rows.get(one.reason, []).append(one.child)
    towns, of_child = np.unique(children.town, return_inverse=True)
    full = rows["places_taken"] + rows["group_does_not_fit"]
    taken_up = np.bincount(of_child[full], minlength=len(towns))
    none = np.bincount(of_child[rows["no_candidate"]], minlength=len(towns))
    every = np.bincount(of_child, minlength=len(towns))
    found = []
    for k in np.lexsort((towns, -(taken_up + none))).tolist():
        if taken_up[k] + none[k] == 0:
            break
        here = mothers.town == towns[k]
        sums = (int((places[here] > 0).sum()), int(places[here].sum()), int(price[here].sum()))
        counted = (int(towns[k]), int(every[k]), int(taken_up[k]), int(none[k]))
        found.append(Shortage(*counted, *sums))
    return found
