"""Writes a plan with its proof: the pairs, the prices, and why each child was left over."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import polars as pl
from numpy.typing import NDArray

from qianshou.engines.matching import pricing
from qianshou.engines.matching.candidates import Pairs
from qianshou.engines.matching.counties import Joined, Run, Whole, solve_whole
from qianshou.engines.matching.groups import Grouped, common_pairs, scale_for, solve_grouped
from qianshou.engines.matching.hall import Blocks, blocking_sets
from qianshou.engines.matching.network import Graph, Index, Ints, compiled
from qianshou.engines.matching.penalties import Penalties, penalties_in_groups
from qianshou.engines.matching.prepare import graph_from_pairs
from qianshou.engines.matching.recover import duals_of
from qianshou.engines.matching.sheets import PART
from qianshou.engines.matching.solver import Solution, exact_dot, exact_sum, solve
from qianshou.engines.matching.tables import Counties, Problem

FORMAT = "qianshou-matching-certificate/1"


@dataclass(frozen=True)
class Answer:
    """An optimal plan for a problem, with values and prices in units of the score.

    ``value[i]`` is what child ``i`` contributes to the bound, ``price[j]`` what one place of
    mother ``j`` is worth, both times ``scale`` (1 without groups);
    ``objective <= proven_bound <= bound``.
    """

    problem: Problem
    graph: Graph
    penalties: Penalties
    mate: Index
    value: Ints
    price: Ints
    objective: int
    bound: int
    proven_bound: int
    nodes: int
    scale: int
    dual_sum: int


def answer(problem: Problem, *, budget: float) -> Answer:
    """Solve a problem at once; ``budget`` (seconds) only limits the search over groups."""
    penalties = _penalties(problem)
    child, mother, cost = _pairs(problem, penalties.top)
    graph = graph_from_pairs(
        child, mother, cost, children=len(problem.tier), mothers=len(problem.capacity)
    )
    if problem.group_ids:
        scale = scale_for(problem.group, penalties.limit, cost)
        found = solve_grouped(
            graph, penalties.limit, problem.capacity,
            group=problem.group, budget=budget, scale=scale,
        )  # fmt: skip
    else:
        relaxed = _solved(graph, penalties.limit, problem.capacity)
        found = Grouped(relaxed.mate, relaxed.cost, relaxed.cost, relaxed, penalties.limit, 1, 0)
    return _answer(problem, graph, penalties, found=found)


def _solved(graph: Graph, limit: Ints, capacity: Ints) -> Solution:
    """Solve over all pairs: at once, or from the best of many until no other could improve it."""
    if graph.cost.dtype == np.int32 and pricing.pays(len(graph.mother), len(limit)):
        return pricing.solve_priced(Pairs(graph.first, graph.mother, graph.cost), limit, capacity)[
            0
        ]
    return solve(graph, limit, capacity)


def answer_by_county(problem: Problem, run: Run, *, budget: float) -> tuple[Answer, Joined]:
    """Solve county by county, wherever ``run`` does, and join over the borders.

    Without counties the whole is one. The plan depends on the counties and never on ``run``.
    """
    penalties = _penalties(problem)
    child, mother, cost = _pairs(problem, penalties.top)
    counties = problem.counties or Counties(
        ["all"], np.zeros(len(problem.tier), np.int32), np.zeros(len(problem.capacity), np.int32)
    )
    whole = Whole(
        child, mother, cost, penalties.limit, problem.capacity, problem.group,
        counties.names, counties.of_child, counties.of_mother, budget,
    )  # fmt: skip
    found, known = solve_whole(whole, run)
    graph = graph_from_pairs(
        child, mother, cost, children=len(problem.tier), mothers=len(problem.capacity)
    )
    return _answer(problem, graph, penalties, found=found), known


def prove(problem: Problem, mate: Index) -> Answer | None:
    """Find the prices that prove a plan of any origin optimal; None when it is not.

    Only for problems without groups, where prices always exist.
    """
    penalties = _penalties(problem)
    child, mother, cost = _pairs(problem, penalties.top)
    graph = graph_from_pairs(
        child, mother, cost, children=len(problem.tier), mothers=len(problem.capacity)
    )
    duals = duals_of(graph, penalties.limit, problem.capacity, mate=mate)
    if duals is None:
        return None
    u, v = duals
    total = exact_sum(u) + exact_dot(problem.capacity, v)
    relaxed = Solution(mate, u, v, total, total)
    found = Grouped(mate, total, total, relaxed, penalties.limit, 1, 0)
    return _answer(problem, graph, penalties, found=found)


def _penalties(problem: Problem) -> Penalties:
    some = len(problem.score) > 0
    return penalties_in_groups(
        problem.tier,
        problem.group,
        lowest=int(problem.score.min()) if some else 0,
        top=int(problem.score.max()) if some else 0,
    )


def _answer(problem: Problem, graph: Graph, penalties: Penalties, *, found: Grouped) -> Answer:
    value, price = found.limit - found.relaxed.u, -found.relaxed.v
    total = exact_sum(penalties.limit)
    dual_sum = exact_sum(value) + exact_dot(problem.capacity, price)
    return Answer(
        problem=problem,
        graph=graph,
        penalties=penalties,
        mate=found.mate,
        value=at_head(value, problem.group),
        price=price,
        objective=total - found.cost,
        bound=dual_sum // found.scale,
        proven_bound=total - found.bound,
        nodes=found.nodes,
        scale=found.scale,
        dual_sum=dual_sum,
    )


def _pairs(problem: Problem, top: int) -> tuple[Index, Index, Ints]:
    """Return the pairs in costs, without those that no plan can hold: half of a group's."""
    child, mother, cost = problem.child, problem.mother, top - problem.score
    if problem.group_ids:
        keep = common_pairs(child, mother, problem.group, problem.capacity)
        child, mother, cost = child[keep], mother[keep], cost[keep]
    return child, mother, cost


def at_head(value: Ints, group: Index) -> Ints:
    """Gather the values of a group's members at its first child."""
    value = value.copy()
    inside = np.flatnonzero(group >= 0)
    if len(inside):
        heads = np.full(int(group.max()) + 1, len(group))
        np.minimum.at(heads, group[inside], inside)
        mine = value[inside]
        value[inside] = 0
        np.add.at(value, heads[group[inside]], mine)
    return value


@compiled
def _rows_of_plan(child: Index, mother: Index, mate: Index) -> Ints:
    """Return the row of the pairs that each paired child's pair stands in, or -1."""
    row = np.full(len(mate), -1, np.int64)
    for e in range(len(child)):
        if mate[child[e]] == mother[e]:
            row[child[e]] = e
    return row


def write(
    folder: Path, found: Answer, *, seconds: dict[str, float], parquet: bool = False
) -> dict[str, Any]:
    """Write the matches and ``certificate.json``; return the figures to show."""
    folder.mkdir(parents=True, exist_ok=True)
    problem = found.problem
    row = _rows_of_plan(problem.child, problem.mother, found.mate)
    paired = np.flatnonzero(row >= 0)
    matches = pl.DataFrame(
        {
            "child_id": np.array(problem.child_ids, object)[paired].tolist(),
            "mother_id": np.array(problem.mother_ids, object)[found.mate[paired]].tolist(),
            "score": problem.raw.gather(row[paired]),
        },
        schema_overrides={"child_id": pl.String, "mother_id": pl.String},
    )
    total = exact_sum(problem.score[row[paired]])
    figures = save(
        folder,
        figures=_figures(found, total, len(paired)),
        matches=matches,
        write_matches=partial(_write_parquet, county=_county_names(problem, paired))
        if parquet
        else write_csv,
        left=left_over(found),
        values=(
            dict(zip(problem.child_ids, found.value.tolist(), strict=True)),
            dict(zip(problem.mother_ids, found.price.tolist(), strict=True)),
        ),
    )
    return {**figures, "seconds": {name: round(value, 3) for name, value in seconds.items()}}


def _county_names(problem: Problem, children: NDArray[Any]) -> pl.Series | None:
    """Return the county of each of these children, if counties are known."""
    if problem.counties is None:
        return None
    return pl.Series(problem.counties.names, dtype=pl.String).gather(
        problem.counties.of_child[children]
    )


def write_csv(folder: Path, matches: pl.DataFrame) -> None:
    """Write ``matches.csv``."""
    matches.write_csv(folder / "matches.csv")


def _write_parquet(folder: Path, matches: pl.DataFrame, *, county: pl.Series | None) -> None:
    """Write ``matches.parquet``, or a part for each county of the children."""
    if county is None:
        matches.write_parquet(folder / "matches.parquet")
        return
    (folder / "matches").mkdir()
    for (name,), part in matches.group_by(county.alias("county"), maintain_order=True):
        inside = folder / "matches" / f"{PART}{quote(str(name), safe='')}"
        inside.mkdir()
        part.write_parquet(inside / "part.parquet")


def save(
    folder: Path,
    *,
    figures: dict[str, Any],
    matches: pl.DataFrame,
    left: tuple[list[dict[str, Any]], list[dict[str, Any]]],
    values: tuple[dict[str, int], dict[str, int]],
    write_matches: Callable[[Path, pl.DataFrame], None] = write_csv,
) -> dict[str, Any]:
    """Write the matches and the certificate.

    ``left`` are the children left over and the sets that block them, ``values`` the children's
    values and the mothers' prices by identifier.
    """
    write_matches(folder, matches)
    document = {
        **figures,
        "unmatched": left[0],
        "blocks": left[1],
        "child_value": values[0],
        "mother_price": values[1],
    }
    text = json.dumps(document, ensure_ascii=False, indent=0)
    (folder / "certificate.json").write_text(text, encoding="utf-8")
    return figures


def _figures(found: Answer, total: int, paired: int) -> dict[str, Any]:
    problem, penalties = found.problem, found.penalties
    every = np.bincount(penalties.rank, minlength=len(penalties.tiers))
    matched = np.bincount(penalties.rank[found.mate >= 0], minlength=len(penalties.tiers))
    return {
        "format": FORMAT,
        "children": len(problem.tier),
        "mothers": len(problem.capacity),
        "pairs": len(problem.child),
        "matched": paired,
        "left_over": len(problem.tier) - paired,
        "tiers": [
            {"tier": tier, "children": int(n), "matched": int(k), "bonus": bonus}
            for tier, n, k, bonus in zip(
                penalties.tiers, every, matched, penalties.bonus, strict=True
            )
        ],
        "total_score": total if problem.decimals == 0 else total / 10**problem.decimals,
        "total_score_scaled": total,
        "lowest_score": penalties.lowest,
        "top_score": penalties.top,
        "decimals": problem.decimals,
        "scores_exact": problem.exact,
        "resolution": 10.0**-problem.decimals if problem.decimals else 1,
        "objective": found.objective,
        "bound": found.bound,
        "proven_bound": found.proven_bound,
        "gap": found.proven_bound - found.objective,
        "price_scale": found.scale,
        "dual_sum": found.dual_sum,
        "outweighs": penalties.outweighs,
        "strict_tiers": penalties.strict,
        "groups": len(problem.group_ids),
        "search_nodes": found.nodes,
    }


def left_over(found: Answer) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Tell for each child left over why: no feasible mother, or all their places are taken.

    Returns the children and the sets that block them: so many children can only go to these
    mothers, who have so many places. "group_does_not_fit" means that places are free, but not
    enough with one mother.
    """
    graph, capacity = found.graph, found.problem.capacity
    blocks = blocking_sets(graph.first, graph.mother, mate=found.mate, capacity=capacity)
    taken = np.bincount(found.mate[found.mate >= 0], minlength=len(capacity))
    inside = blocks.of_mother >= 0
    used = np.zeros(len(blocks.places), np.int64)
    np.add.at(used, blocks.of_mother[inside], taken[inside])
    left = np.flatnonzero(found.mate < 0).tolist()
    children = [_reason(found, blocks, i, used=used) for i in left]
    return children, block_entries(blocks, found.problem.mother_ids)


def block_entries(blocks: Blocks, mother_ids: list[str]) -> list[dict[str, Any]]:
    """Return the blocking sets as a certificate lists them, with the names of their mothers."""
    inside = np.flatnonzero(blocks.of_mother >= 0)
    order = inside[np.argsort(blocks.of_mother[inside], kind="stable")]
    members = np.split(order, np.flatnonzero(np.diff(blocks.of_mother[order])) + 1)
    return [
        {
            "block": k,
            "children": int(blocks.children[k]),
            "mothers": int(blocks.mothers[k]),
            "places": int(blocks.places[k]),
            "mother_ids": [mother_ids[j] for j in members[k].tolist()],
        }
        for k in range(len(blocks.places))
    ]


def _reason(found: Answer, blocks: Blocks, i: int, *, used: Ints) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "child_id": found.problem.child_ids[i],
        "tier": int(found.problem.tier[i]),
    }
    block = int(blocks.of_child[i])
    if block < 0:
        return {**entry, "reason": "no_feasible_mother"}
    full = used[block] == blocks.places[block]
    return {
        **entry,
        "reason": "places_taken" if full else "group_does_not_fit",
        "block": block,
        "block_children": int(blocks.children[block]),
        "block_mothers": int(blocks.mothers[block]),
        "block_places": int(blocks.places[block]),
    }
