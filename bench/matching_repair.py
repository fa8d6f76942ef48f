"""The repair of a city's plan measured: everything cold, all pairs listed anew, and only changes.

    python -m bench.matching_repair --children 10000
    python -m bench.matching_repair --children 130000

A city of towns as in `bench.matching_country`. One child and one mother in a hundred change: some
are new, some are gone, some are otherwise. The plan is made anew, repaired from its pairs and
prices with all pairs listed anew, and repaired with the older run's pairs kept. Both repairs
must be the same plan, and as good as the new one. Writes bench/out/matching_repair.json and .md.
"""

import argparse
import json
import os
import pathlib
import platform
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from bench.matching_country import County, people_of
from qianshou.engines.matching.people import Children, Mothers, taken
from qianshou.engines.matching.plan import Earlier, Plan, earlier_of, make_plan
from qianshou.engines.matching.policy import load_policy
from qianshou.engines.matching.relisting import load_listing

OUT = pathlib.Path(__file__).parent / "out"
SHARE = 100


def changed(people: tuple[Children, Mothers], share: int) -> tuple[Children, Mothers]:
    """Let one in ``share`` change: a third gone, a third under a new name, a third otherwise."""
    rng = np.random.default_rng(5)
    children, mothers = (_renamed(one, rng, share) for one in people)
    needs, skills = children.needs.copy(), mothers.skills.copy()
    rows = rng.permutation(len(needs))[: len(needs) // share // 3]
    needs[rows] = rng.integers(0, 101, (len(rows), 8))
    rows = rng.permutation(len(skills))[: len(skills) // share // 3]
    skills[rows] = rng.integers(0, 101, (len(rows), 8))
    return replace(children, needs=needs), replace(mothers, skills=skills)


def _renamed(one: Any, rng: Any, share: int) -> Any:
    count = len(one.ids) // share // 3
    rows = rng.permutation(len(one.ids))
    ids = list(one.ids)
    for row in rows[:count].tolist():
        ids[row] = f"new-{row}"
    return taken(replace(one, ids=ids), np.sort(rows[count * 2 :] if count else rows))


def measured(act: Callable[[], Plan]) -> dict[str, Any]:
    """Return processor seconds, in all and by stage, and what the plan is worth."""
    started = time.process_time()
    plan = act()
    seconds = time.process_time() - started
    return {"seconds": seconds, "stages": plan.seconds, "plan": plan}


def run(children: int, share: int) -> dict[str, Any]:
    """Make the base plan, change the people, and repair in three ways."""
    policy = load_policy()
    small = people_of(County(0, 400))
    kept = make_plan(*small, policy, keep=True)
    make_plan(*changed(small, 10), policy, previous=kept, keep=True)  # compiles
    people = people_of(County(0, children))
    base = make_plan(*people, policy, keep=True)
    now = changed(people, share)
    with tempfile.TemporaryDirectory() as folder:
        listing = base.listing
        assert listing is not None
        listing.save(pathlib.Path(folder))
        size = sum(path.stat().st_size for path in pathlib.Path(folder).iterdir())
        started = time.process_time()
        loaded = load_listing(pathlib.Path(folder))
        loading = time.process_time() - started
    bare = replace(earlier_of(base), listing=None)
    at = {name: row for row, name in enumerate(now[1].ids)}
    rows = [(row, at[bare.mates[name]], policy.bonus_for_standing(0, 0))
            for row, name in enumerate(now[0].ids) if bare.mates.get(name) in at]  # fmt: skip
    stands = np.array(rows, np.int32)
    kept_too = Earlier(bare.mates, bare.prices, loaded)
    found = {
        "cold": measured(lambda: make_plan(*now, policy)),
        "repair, all listed anew": measured(lambda: make_plan(*now, policy, previous=bare)),
        "repair, changes listed": measured(lambda: make_plan(*now, policy, previous=kept_too)),
        "the same, standing pairs favoured": measured(
            lambda: make_plan(*now, policy, previous=kept_too, standing=stands)
        ),
        "cold, standing pairs favoured": measured(lambda: make_plan(*now, policy, standing=stands)),
    }
    plans = [one.pop("plan") for one in found.values()]
    same = all(np.array_equal(getattr(plans[1], name), getattr(plans[2], name))
               for name in ("mate", "score", "refusals", "feasible", "mother_price"))  # fmt: skip
    return {
        "children": len(now[0].ids), "pairs": plans[0].feasible_pairs, "runs": found,
        "same": same, "equal": plans[0].objective == plans[2].objective
        and plans[3].objective == plans[4].objective,
        "moved": int((plans[1].mate != plans[0].mate).sum()),
        "listing_mb": size / 1e6, "loading": loading,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip


def report(result: dict[str, Any]) -> str:
    """Return the table in Markdown."""
    runs = result["runs"]
    stages = list(dict.fromkeys(name for one in runs.values() for name in one["stages"]))
    lines = [
        (
            f"{os.cpu_count()} processors ({platform.machine()}), "
            f"Python {platform.python_version()}; {result['children']:,} children, "
            f"{result['pairs']:,} pairs, 1 in {SHARE} changed."
        ),
        "",
        f"|way|processor seconds|against cold|{'|'.join(f'{name} (wall)' for name in stages)}|",
        "|-" * (3 + len(stages)) + "|",
    ]
    for name, one in runs.items():
        times = "|".join(f"{one['stages'].get(stage, 0):.2f}" for stage in stages)
        ratio = runs["cold"]["seconds"] / one["seconds"]
        lines.append(f"|{name}|{one['seconds']:.2f}|{ratio:.1f}|{times}|")
    lines += [
        "",
        (
            f"Both repairs the same plan: {'yes' if result['same'] else 'NO'}; as good as cold: "
            f"{'yes' if result['equal'] else 'NO'}. The kept listing: "
            f"{result['listing_mb']:.0f} MB, read in {result['loading']:.2f} s. "
            f"Peak memory {result['peak_mb']} MB."
        ),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--children", type=int, default=10_000)
    result = run(parser.parse_args().children, SHARE)
    text = report(result)
    print(text)
    OUT.mkdir(exist_ok=True)
    (OUT / "matching_repair.json").write_text(json.dumps(result, indent=1), encoding="utf-8")
    (OUT / "matching_repair.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
