"""The part of a certificate that concerns some children, with sums that tie it to the whole.

Whoever may see only a part of a plan can still check that its pairs are worth their prices, that
its values and prices and the rest add up to the bound, and, by the hash, which whole it is of.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

FORMAT: Final = "qianshou-matching-certificate-part/1"
LISTS: Final = frozenset({"unmatched", "blocks", "child_value", "mother_price"})


def figures_of(cert: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a certificate says of the plan as a whole, naming nobody."""
    return {key: value for key, value in cert.items() if key not in LISTS}


def part_of(
    cert: Mapping[str, Any],
    *,
    children: Collection[str],
    mothers: Collection[str],
    capacity: Mapping[str, int],
    pairs: Iterable[tuple[str, str, int, int]],
) -> dict[str, Any]:
    """Return the part of some children, and of the mothers who may be named.

    `capacity` names every place of the plan, "id/1", "id/2" where places are listed one by one;
    `pairs` are (child, mother, score, tier) of the whole plan.
    """
    chosen = [each for each in pairs if each[0] in children]
    named = set(mothers) | {mother.partition("/")[0] for _, mother, _, _ in chosen}
    values = {name: n for name, n in cert["child_value"].items() if name in children}
    prices = {
        name: n for name, n in cert["mother_price"].items() if name.partition("/")[0] in named
    }
    every = sum(cert["child_value"].values()) + _worth(cert["mother_price"], capacity)
    keys = ("child_id", "mother_id", "score", "tier")
    return {
        "format": FORMAT,
        "figures": figures_of(cert),
        "pairs": [dict(zip(keys, each, strict=True)) for each in chosen],
        "unmatched": [each for each in cert["unmatched"] if each["child_id"] in children],
        "child_value": values,
        "mother_price": prices,
        "capacity": {name: capacity.get(name, 0) for name in prices},
        "rest": every - sum(values.values()) - _worth(prices, capacity),
    }


def _worth(prices: Mapping[str, int], capacity: Mapping[str, int]) -> int:
    return sum(price * capacity.get(name, 0) for name, price in prices.items())


def flaws(part: Mapping[str, Any]) -> list[str]:
    """Return, as sentences, what is wrong with a part by itself."""
    whole, values, prices = part["figures"], part["child_value"], part["mother_price"]
    bonus = {each["tier"]: each["bonus"] for each in whole["tiers"]}
    sums = sum(values.values()) + _worth(prices, part["capacity"]) + part["rest"]
    paired = [each["child_id"] for each in part["pairs"]]
    alone = [each["child_id"] for each in part["unmatched"]]
    loads: dict[str, int] = {}
    for each in part["pairs"]:
        loads[each["mother_id"]] = loads.get(each["mother_id"], 0) + 1
    found = {
        "the values, the prices and the rest do not add up to the bound": sums != whole["dual_sum"],
        "the bound is not reached: the whole plan is not optimal": whole["gap"] != 0,
        "a child is named twice": len({*paired, *alone}) != len(paired) + len(alone),
        "a child has no value": {*paired, *alone} != {*values},
        "a price or value is negative": min([0, *values.values(), *prices.values()]) < 0,
        "a mother has more children than places": any(
            count > part["capacity"].get(name, 0) for name, count in loads.items()
        ),
        "a pair is not worth its prices": any(
            values.get(each["child_id"], 0) + prices.get(each["mother_id"], 0)
            != each["score"] + bonus.get(each["tier"], 0)
            for each in part["pairs"]
        ),
        "a child left over has a value": any(values.get(name, 0) for name in alone),
    }
    return [sentence for sentence, wrong in found.items() if wrong]
