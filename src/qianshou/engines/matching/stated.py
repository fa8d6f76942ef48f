"""Re-checks what a certificate says beside its proof: figures, reasons and blocking sets.

Like the verifier it shares no line with the solver.
"""

from typing import Any

import numpy as np
from polars import DataFrame, Int64, Series, col

FORMAT = "qianshou-matching-certificate/1"
NO_PAIR = {False: {"no_feasible_mother"}, True: {"no_candidate", "no_consent"}}
"""Reasons of a child without a pair, by whether the pairs were made by a policy."""


def untruths(
    cert: Any, *, kids: DataFrame, mums: DataFrame, pairs: DataFrame, plan: DataFrame
) -> list[str]:
    """Return, as sentences, which figures and reasons of a certificate are not so."""
    figures = _figures(cert, kids, mums, pairs, plan)
    kids = kids.join(plan.select("child_id", "mother_id"), on="child_id", how="left")
    found = {
        "the figures are wrong": any(cert[name] != value for name, value in figures.items()),
        "a price is higher than anybody would pay": _has_idle_price(cert, kids, mums, pairs),
        "what is said of the children left over is wrong": _has_wrong_reason(
            cert, kids, mums, pairs
        ),
    }
    return [sentence for sentence, wrong in found.items() if wrong]


def _figures(cert: Any, *tables: DataFrame) -> dict[str, Any]:
    kids, mums, pairs, plan = tables
    decimals, total = cert["decimals"], cert["total_score_scaled"]
    score, power = pairs["score"].to_numpy(), 10.0**decimals
    whole = np.rint(score * power) if decimals else score
    known = [cert["lowest_score"], cert["top_score"]] if "policy_hash" in cert else []
    spread = [*known, *([int(whole.min()), int(whole.max())] if len(whole) else [])] or [0]
    shared = kids.filter(col("size") > 1)
    lower = kids.group_by("tier").len().sort("tier")["len"][1:].to_list()
    needed = min(4 * len(shared), max(lower, default=0))
    return {
        "format": FORMAT,
        "children": len(kids),
        "mothers": len(mums),
        "pairs": len(pairs),
        "matched": len(plan),
        "left_over": len(kids) - len(plan),
        "total_score": total / 10**decimals if decimals else total,
        "scores_exact": not decimals or bool((whole / power == score).all()),
        "lowest_score": min(spread),
        "top_score": max(spread),
        "resolution": 10.0**-decimals if decimals else 1,
        "groups": shared["unit"].n_unique(),
        "strict_tiers": cert["outweighs"] == needed,
    }


def _has_idle_price(cert: Any, *tables: DataFrame) -> bool:
    """Tell whether a mother without a place has more than the least price that is feasible."""
    kids, mums, pairs = tables
    idle = mums.filter(col("capacity") == 0).select("mother_id")
    bonus = {row["tier"]: row["bonus"] for row in cert["tiers"]}
    alone = kids.filter(col("size") == 1).select("child_id", "tier")
    offers = pairs.join(idle, on="mother_id").join(alone, on="child_id")
    score = offers["score"]
    score = (score * 10 ** cert["decimals"]).round() if cert["decimals"] else score
    worth = score.cast(Int64) + _of(offers["tier"], bonus, default=0)
    mine = _of(offers["child_id"], cert["child_value"], default=0)
    offers = offers.with_columns(bid=worth * cert["price_scale"] - mine)
    least = dict(offers.group_by("mother_id").agg(col("bid").max()).iter_rows())
    prices = cert["mother_price"]
    return any(prices[j] != max(0, least.get(j, 0)) for j in idle["mother_id"].to_list())


def _has_wrong_reason(cert: Any, *tables: DataFrame) -> bool:
    """Tell whether a child left over is misreported, or a blocking set does not block."""
    kids, mums, pairs = tables
    said = {row["child_id"]: row for row in cert["unmatched"]}
    blocks = {row["block"]: row for row in cert["blocks"]}
    kids, mums, pairs = _labelled(said, blocks, kids, mums, pairs)
    held = dict(kids.filter(col("mother_id").is_not_null()).group_by("block").len().iter_rows())
    counts = dict(kids.group_by("block").len().iter_rows())
    places = dict(mums.group_by("block").agg(col("capacity").sum()).iter_rows())
    left = kids.filter(col("mother_id").is_null())
    tiers = dict(left.select("child_id", "tier").iter_rows())
    helped = {*pairs.join(left.select("child_id"), on="child_id")["child_id"]}
    leaks = pairs.filter((col("block") >= 0) & (col("block") != col("block_right")))
    return (
        len(leaks) > 0
        or not len(said) == len(cert["unmatched"]) == len(left)
        or any(tiers.get(i) != row["tier"] for i, row in said.items())
        or any(
            [row["children"], len({*row["mother_ids"]}), row["mothers"], row["places"]]
            != [counts.get(k, 0), row["mothers"], len(row["mother_ids"]), places.get(k, 0)]
            for k, row in blocks.items()
        )
        or any(
            _misreports(row, blocks, is_full=_is_full(row, held, places))
            if i in helped
            else row["reason"] not in NO_PAIR["policy_hash" in cert] or "block" in row
            for i, row in said.items()
        )
    )


def _is_full(row: Any, held: dict[int, int], places: dict[int, int]) -> bool:
    block = row.get("block", -1)
    return held.get(block, 0) == places.get(block, 0)


def _misreports(row: Any, blocks: dict[int, Any], *, is_full: bool) -> bool:
    block = blocks[row["block"]]
    sizes = [row[f"block_{name}"] for name in ("children", "mothers", "places")]
    reason = "places_taken" if is_full else "group_does_not_fit"
    return row["reason"] != reason or sizes != [
        block[name] for name in ("children", "mothers", "places")
    ]


def _labelled(said: dict[str, Any], blocks: dict[int, Any], *tables: DataFrame) -> Any:
    """Give mothers, the children they hold, children left over and their pairs their block."""
    kids, mums, pairs = tables
    of_mother = {j: k for k, row in blocks.items() for j in row["mother_ids"]}
    of_child = {i: row["block"] for i, row in said.items() if "block" in row}
    mums = mums.with_columns(block=_of(mums["mother_id"], of_mother, default=-1))
    own = _of(kids["child_id"], of_child, default=-1)
    hers = _of(kids["mother_id"], of_mother, default=-1)
    kids = kids.with_columns(block=own.zip_with(kids["mother_id"].is_null(), hers))
    if (kids["size"] > 1).any():  # only offers to the whole of a group count
        pairs = pairs.join(kids.select("child_id", "unit", "size"), on="child_id")
        pairs = pairs.join(mums.select("mother_id", "capacity"), on="mother_id")
        whole = col("child_id").len().over("unit", "mother_id") == col("size")
        fits = (col("size") == 1) | (whole & (col("size") <= col("capacity")))
        pairs = pairs.filter(fits).select("child_id", "mother_id")
    pairs = pairs.join(kids.select("child_id", "block"), on="child_id")
    return kids, mums, pairs.join(mums.select("mother_id", "block"), on="mother_id")


def _of(ids: Series, values: dict[Any, int], *, default: int) -> Series:
    """Return the value of each identifier."""
    return ids.replace_strict(values, default=default, return_dtype=Int64)
