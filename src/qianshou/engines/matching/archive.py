"""Stores a plan as files in the form of ``qianshou match``, so that anybody can verify it.

Where each further child of a mother costs more, her places are listed one by one, as "id/1",
"id/2" and so on, for that is the problem that was solved.
"""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

from qianshou.engines.matching import certificate
from qianshou.engines.matching.ground import Field, favoured, lay_out, priced_pairs
from qianshou.engines.matching.levels import expanded, placed
from qianshou.engines.matching.network import Index, Ints
from qianshou.engines.matching.plan import LeftOver, Plan
from qianshou.engines.matching.prepare import graph_from_rows
from qianshou.engines.matching.solver import exact_sum

LISTING = "listing"
"""The folder, beside the files of a plan, that a later plan lists its pairs from."""


def write_plan(plan: Plan, folder: Path) -> dict[str, Any]:
    """Write children, mothers and all feasible pairs (Parquet), matches and the certificate.

    The pairs are computed anew from the columns the plan was made of, unless it kept them; then the
    listing is stored beside, for the next plan. Returns the figures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ground = lay_out(
        plan.children, plan.mothers, plan.policy, barred=plan.barred, standing=plan.standing
    )
    mothers = _mothers(plan, ground)
    pairs = _pairs(plan, ground, mothers["mother_id"].to_list())
    matches = _matches(plan, ground, pairs)
    kids = {"child_id": plan.children.ids, "tier": plan.children.tier}
    named = pl.DataFrame(kids, schema_overrides={"child_id": pl.String})
    if plan.together is not None:
        named = named.with_columns(group_id=_group_names(plan))
    named.write_parquet(folder / "children.parquet")
    mothers.select("mother_id", "capacity").write_parquet(folder / "mothers.parquet")
    pairs.write_parquet(folder / "pairs.parquet")
    if plan.listing is not None:
        plan.listing.save(folder / LISTING)
    return certificate.save(
        folder,
        figures=figures(plan, matches=matches, mothers=len(mothers), pairs=len(pairs)),
        matches=matches,
        left=(
            [_entry(plan, one, ground) for one in plan.left_over],
            certificate.block_entries(_blocks(plan, ground), mothers["mother_id"].to_list()),
        ),
        values=(
            dict(zip(plan.children.ids, _values(plan).tolist(), strict=True)),
            dict(mothers.select("mother_id", "price").iter_rows()),
        ),
    )


def _group_names(plan: Plan) -> pl.Series:
    """Name each group by its number; a lone child has none."""
    return pl.Series([str(g) if g >= 0 else None for g in plan.groups.tolist()], dtype=pl.String)


def _values(plan: Plan) -> Ints:
    """Return the children's values; those of a group stand with its first child by identifier."""
    if plan.together is None:
        return plan.child_value
    value = plan.together.value.copy()
    heads: dict[int, int] = {}
    for i in sorted(np.flatnonzero(plan.groups >= 0).tolist(), key=lambda i: plan.children.ids[i]):
        head = heads.setdefault(int(plan.groups[i]), i)
        if head != i:
            value[head] += value[i]
            value[i] = 0
    return value


def figures(plan: Plan, *, matches: pl.DataFrame, mothers: int, pairs: int) -> dict[str, Any]:
    """Return the figures of a plan as its certificate states them."""
    total = exact_sum(matches["score"].to_numpy().astype(np.int64))
    proof = plan.together
    scale = 1 if proof is None else proof.scale
    dual_sum = plan.bound if proof is None else proof.dual_sum
    return {
        "format": certificate.FORMAT,
        "children": len(plan.children.ids),
        "mothers": mothers,
        "pairs": pairs,
        "matched": int((plan.mate >= 0).sum()),
        "left_over": int((plan.mate < 0).sum()),
        "tiers": plan.tiers,
        "total_score": total,
        "total_score_scaled": total,
        "lowest_score": plan.penalties.lowest,
        "top_score": plan.penalties.top,
        "decimals": 0,
        "scores_exact": True,
        "resolution": 1,
        "objective": plan.objective,
        "bound": dual_sum // scale,
        "proven_bound": plan.bound,
        "gap": plan.gap,
        "price_scale": scale,
        "dual_sum": dual_sum,
        "outweighs": plan.penalties.outweighs,
        "strict_tiers": plan.penalties.strict,
        "groups": int(plan.groups.max(initial=-1)) + 1,
        "search_nodes": 0 if proof is None else proof.nodes,
        "policy_hash": plan.policy_hash,
        "input_hash": plan.input_hash,
    }


def _mothers(plan: Plan, ground: Field) -> pl.DataFrame:
    """Return the rows of the mothers' table with their prices; places one by one with levels."""
    ids, levels = plan.mothers.ids, ground.levels
    if levels is None:
        columns: dict[str, Any] = {"mother_id": ids, "capacity": plan.places}
        columns["price"] = plan.mother_price if plan.together is None else plan.together.price
    else:
        number = np.arange(len(levels.owner)) - levels.first[levels.owner] + 1
        owners = ground.mum_rows[levels.owner].tolist()
        columns = {
            "mother_id": [f"{ids[j]}/{k}" for j, k in zip(owners, number.tolist(), strict=True)],
            "capacity": np.ones(len(owners), np.int64),
            "price": plan.place_price,
        }
    return pl.DataFrame(columns, schema_overrides={"mother_id": pl.String})


def _pairs(plan: Plan, ground: Field, mother_ids: list[str]) -> pl.DataFrame:
    listing = plan.listing
    if listing is None:
        pairs, _ = priced_pairs(ground)
    else:
        pairs = favoured(ground, listing.pairs, keep=True)
    first, mother, cost = pairs.first, pairs.mother, pairs.cost.astype(np.int64)
    if ground.levels is None:
        mother = ground.mum_rows[mother].astype(np.int32)
    else:
        graph = expanded(
            graph_from_rows(first, mother, cost, mothers=len(ground.places)), ground.levels
        )
        first, mother, cost = graph.first, graph.mother, graph.cost.astype(np.int64)
    child = np.repeat(ground.kid_rows, np.diff(first))
    return pl.DataFrame(
        {
            "child_id": _named(child, plan.children.ids),
            "mother_id": _named(mother, mother_ids),
            "score": plan.penalties.top - cost,
        }
    )


def _matches(plan: Plan, ground: Field, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of the plan as ``child_id, mother_id, score``, in the order of the ids."""
    mate = _places(plan, ground)
    paired = np.flatnonzero(mate >= 0)
    chosen = pl.DataFrame(
        {
            "child_id": _named(paired, plan.children.ids),
            "mother_id": _named(mate[paired], _mothers(plan, ground)["mother_id"].to_list()),
        }
    )
    found = pairs.join(chosen, on=["child_id", "mother_id"])
    return found.with_columns(pl.col("child_id", "mother_id").cast(pl.String)).sort("child_id")


def _places(plan: Plan, ground: Field) -> Index:
    """Return each child's row of the mothers' table, or -1."""
    if ground.levels is None:
        return plan.mate
    local = np.full(len(plan.mothers.ids) + 1, -1, np.int32)
    local[ground.mum_rows] = np.arange(len(ground.mum_rows), dtype=np.int32)
    return placed(local[plan.mate], ground.levels)


def _blocks(plan: Plan, ground: Field) -> Any:
    """Return the blocking sets with their members as rows of the mothers' table."""
    if ground.levels is None:
        return plan.blocks
    of_place = plan.blocks.of_mother[ground.mum_rows][ground.levels.owner]
    return plan.blocks._replace(of_mother=of_place, mothers=plan.blocks.places)


def _entry(plan: Plan, one: LeftOver, ground: Field) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "child_id": plan.children.ids[one.child],
        "tier": int(plan.children.tier[one.child]),
        "reason": one.reason if one.block >= 0 or one.reason == "no_consent" else "no_candidate",
    }
    if one.block >= 0:
        entry |= {
            "block": one.block,
            "block_children": one.children,
            "block_mothers": one.mothers if ground.levels is None else one.places,
            "block_places": one.places,
        }
    return entry


def _named(rows: Any, ids: list[str]) -> pl.Series:
    """Return identifiers by row as codes of a dictionary, which keeps millions of them small."""
    codes = pa.DictionaryArray.from_arrays(
        pa.array(np.asarray(rows).astype(np.int32)), pa.array(ids, pa.string())
    )
    named: Any = pl.from_arrow(codes)
    return pl.Series(named)
