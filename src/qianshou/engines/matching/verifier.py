"""Re-checks a plan from its prices alone, in whole numbers; it shares no line with the solver."""

from typing import Any

from polars import DataFrame, Int64, col

PAIR, SUMS = ["child_id", "mother_id"], ("objective", "dual_sum", "bound")


def flaws(cert: Any, *, kids: DataFrame, mums: DataFrame, pairs: DataFrame, plan: DataFrame) -> Any:
    """Return, as sentences, what is wrong with a certificate and a plan for the tables."""
    kids, pairs = _valued(cert, kids, pairs)
    done = plan.join(pairs.join(plan, on=PAIR, how="semi"), on=PAIR, how="left")
    load = plan.group_by("mother_id").agg(n=col("child_id").len()).join(mums, on="mother_id")
    units = done.group_by("unit", "size").agg(col("mother_id").n_unique(), n=col("s").len())
    value, price, scale = cert["child_value"], cert["mother_price"], cert["price_scale"]
    grouped = (kids["size"] > 1).any()
    if grouped:  # a group goes to one mother or to none, so only offers to all of it count
        pairs = pairs.join(mums, on="mother_id").filter(col("size") <= col("capacity"))
        offer = (col("value").sum(), col("s").len().alias("n"))
        pairs = pairs.group_by("unit", "size", "mother_id").agg(offer)
        pairs = pairs.filter(n=col("size"))
    paid = pairs["mother_id"].replace_strict(price, default=0, return_dtype=Int64) * pairs["size"]
    paid += pairs["unit"].replace_strict(value, default=-(2**62), return_dtype=Int64)
    dual = sum(value.values()) + sum(price.get(j, 0) * n for j, n in mums.iter_rows())
    bound, best, proven = dual // scale, sum(done["value"].drop_nulls()), cert["proven_bound"]
    fates = kids.join(plan, on="child_id", how="left").group_by("tier", "bonus")
    tiers = fates.agg(children=col("unit").len(), matched=col("mother_id").count()).sort("tier")
    found = {
        "a child is paired twice": plan["child_id"].is_duplicated().any(),
        "a pair of the plan is not allowed": done["value"].null_count() > 0,
        "a score is not the one of the pairs": (done["score"] != done["score_right"]).any(),
        "a mother has more children than places": (load["n"] > load["capacity"]).any(),
        "a group is split": (units["size"] != units["n"]).any() or (units["mother_id"] > 1).any(),
        "a price is missing": {*value} != {*kids["child_id"]} or {*price} != {*mums["mother_id"]},
        "a price or value is negative": min([0, *value.values(), *price.values()]) < 0,
        "a pair is worth more than its prices": (paid < pairs["value"] * scale).any(),
        "a sum is wrong": [best, dual, bound] != [cert[k] for k in SUMS],
        "the total score is wrong": done["s"].sum() != cert["total_score_scaled"],
        "the counts by tier are wrong": tiers.to_dicts() != cert["tiers"],
        "the gap is wrong": not best <= proven <= bound or cert["gap"] != proven - best,
        "the plan is not optimal": best != bound and not grouped,
    }
    return [sentence for sentence, wrong in found.items() if wrong]


def _valued(cert: Any, kids: DataFrame, pairs: DataFrame) -> tuple[DataFrame, DataFrame]:
    scaled = (col("score") * 10 ** cert["decimals"]).round() if cert["decimals"] else col("score")
    pairs = pairs.with_columns(s=scaled.cast(Int64))
    top = max([cert["top_score"], *pairs["s"].top_k(1)])
    low = min([cert["lowest_score"], *pairs["s"].bottom_k(1)])
    worth, unit = dict[int, int](), 1 << (len(kids) * (top - low)).bit_length()
    counts = kids.group_by("tier").len().sort("tier", descending=True).rows()
    for tier, _ in counts:
        at_stake = sum(min(n, cert["outweighs"]) * worth[t] for t, n in counts if t > tier)
        worth[tier] = max([0, *worth.values()]) + unit + at_stake
    kids = kids.with_columns(bonus=col("tier").replace_strict(worth, return_dtype=Int64) - top)
    pairs = pairs.join(kids.drop("tier"), on="child_id")
    return kids, pairs.with_columns(value=col("s") + col("bonus")).drop("bonus")
