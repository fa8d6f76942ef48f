"""A nation matched county by county: in a loop, in processes and in Apache Spark.

    python -m bench.matching_nation                                  # 28 and 285 counties
    python -m bench.matching_nation --counties 285,2850              # 900,000 and nine million
    python -m bench.matching_nation --counties 28 --engines local,pool,spark --workers 2

Each county is made, scored, solved and proven by one pure function where the engine wants it; only
figures come back, and nothing is ever all in memory. To reach: nine million children at no more
than 1.3 times the cost per child of 900,000; Spark at most twice the pool; the same plans from
every engine. Then a city solved at once, and by county with its borders joined. Writes
bench/out/matching_nation.md.
"""

import argparse
import hashlib
import importlib
import json
import multiprocessing
import os
import pathlib
import platform
import resource
import time
from typing import Any

import numpy as np

from bench import matching_shapes
from bench.matching_country import CHILDREN, County, match_county
from qianshou.engines.matching.backends import local
from qianshou.engines.matching.counties import Whole, solve_whole
from qianshou.engines.matching.penalties import penalties_for
from qianshou.engines.matching.solver import solve_pairs

OUT = pathlib.Path(__file__).parent / "out"
CITY = 130_000
SMALL = 97


def nation(engine: str, counties: int, workers: int) -> dict[str, Any]:
    """Match that many counties and add up what comes back."""
    started = time.perf_counter()
    backend = importlib.import_module(f"qianshou.engines.matching.backends.{engine}")
    with backend.opened(workers) as run:
        # So that loading compiled code is told apart from matching.
        for _ in run(match_county, [County(k, SMALL) for k in range(4 * workers)]):
            pass
        ready = time.perf_counter()
        total: dict[str, Any] = {"gap": 0, "peak_mb": 0, "plans": hashlib.sha256()}
        sums = dict.fromkeys(("children", "matched", "pairs", "making", "matching"), 0)
        for one in run(match_county, (County(k) for k in range(counties))):
            sums = {name: value + one[name] for name, value in sums.items()}
            total["gap"] = max(total["gap"], one["gap"])
            total["peak_mb"] = max(total["peak_mb"], one["peak_mb"])
            total["plans"].update(one["plan"].encode())
        done = time.perf_counter()
    mine = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    total["plans"] = total["plans"].hexdigest()
    return {**total, **sums, "start": ready - started, "seconds": done - ready, "driver_mb": mine}


def city() -> dict[str, Any]:
    """Solve a city at once, by county without the borders, and by county with them joined."""
    it = matching_shapes.towns(CITY)
    assert it.counties is not None
    homes = it.counties
    limit = penalties_for(it.tier, lowest=0, top=matching_shapes.TOP).limit
    names = [f"{k:03d}" for k in range(int(homes[0].max()) + 1)]
    alone = np.full(len(limit), -1, np.int32)
    rows = (it.child, it.mother, it.cost)
    found: dict[str, Any] = {"counties": len(names)}
    for _ in range(2):  # the second time with compiled code
        started = time.process_time()
        at_once = solve_pairs(*rows, limit=limit, capacity=it.places)
        found["at_once"] = time.process_time() - started
        with local.opened(1) as run:
            started = time.process_time()
            whole = Whole(*rows, limit, it.places, alone, names, *homes, 60.0)
            joined, known = solve_whole(whole, run)
            found["by_county"] = time.process_time() - started
    inside = homes[0][it.child] == homes[1][it.mother]
    apart = solve_pairs(*(one[inside] for one in rows), limit=limit, capacity=it.places)
    return found | {
        "border": known.border,
        "joins": len(known.joins),
        "equal": joined.cost == at_once.cost == joined.relaxed.dual,
        "left_over": int((at_once.mate < 0).sum()),
        "left_over_apart": int((apart.mate < 0).sum()),
    }


def _alone(engine: str, counties: int, workers: int) -> dict[str, Any]:
    """Run one engine in a process of its own, so that memory and sessions are its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(engine, counties, workers, theirs))
    process.start()
    theirs.close()
    result = ours.recv()
    process.join()
    return dict(result)


def _work(*given: Any) -> None:
    given[3].send(nation(given[0], given[1], given[2]))


def report(results: dict[str, dict[str, Any]], town: dict[str, Any], workers: int) -> str:
    """Return the tables in Markdown."""
    lines = [
        (
            f"{os.cpu_count()} processors ({platform.machine()}), "
            f"Python {platform.python_version()}; {workers} workers, counties of {CHILDREN:,} "
            "children. Seconds of the clock without the start; microseconds of the workers' "
            "processor time."
        ),
        "",
        (
            "|counties|children|pairs|engine|start|seconds|children a second|µs a child, matching"
            "|making|worker MB|driver MB|gap|same plans|"
        ),
        "|-|-|-|-|-|-|-|-|-|-|-|-|-|",
    ]
    for key, one in results.items():
        counties, engine = key.split("/")
        first = next(r for k, r in results.items() if k.startswith(f"{counties}/"))
        lines.append(
            f"|{counties}|{one['children']:,}|{one['pairs']:,}|{engine}|{one['start']:.1f}"
            f"|{one['seconds']:.1f}|{one['children'] / one['seconds']:,.0f}"
            f"|{1e6 * one['matching'] / one['children']:.0f}"
            f"|{1e6 * one['making'] / one['children']:.0f}|{one['peak_mb']}|{one['driver_mb']}"
            f"|{one['gap']}|{'yes' if one['plans'] == first['plans'] else 'NO'}|"
        )
    lines += ["", *_ratios(results), "", *_city_lines(town)]
    return "\n".join(lines) + "\n"


def _ratios(results: dict[str, dict[str, Any]]) -> list[str]:
    lines = []
    sizes = list(dict.fromkeys(key.split("/")[0] for key in results))
    for engine in dict.fromkeys(key.split("/")[1] for key in results):
        ran = [size for size in sizes if f"{size}/{engine}" in results]
        runs = [results[f"{size}/{engine}"] for size in ran]
        if len(runs) > 1:
            first, last = (one["seconds"] / one["children"] for one in (runs[0], runs[-1]))
            less, more = (one["matching"] / one["children"] for one in (runs[0], runs[-1]))
            lines.append(
                f"{engine}: a child of {ran[-1]} counties costs {last / first:.2f} times one of "
                f"{ran[0]} by the clock, {more / less:.2f} by processor time (to reach: 1.3)."
            )
    for size in sizes:
        pool, spark = results.get(f"{size}/pool"), results.get(f"{size}/spark")
        if pool and spark:
            lines.append(
                f"{size} counties: Spark takes {spark['seconds'] / pool['seconds']:.2f} times as "
                "long as the pool (to reach: 2)."
            )
    return lines


def _city_lines(town: dict[str, Any]) -> list[str]:
    return [
        (
            f"A city of {CITY:,} children in {town['counties']} counties, in this process: at once "
            f"{town['at_once']:.2f} s of processor time, by county and joined over the borders "
            f"{town['by_county']:.2f} s ({town['border']:,} pairs over borders, {town['joins']} "
            f"joins); equal optimum, proven over all pairs: {'yes' if town['equal'] else 'NO'}. "
            f"Left over: {town['left_over']:,}; without the pairs over borders "
            f"{town['left_over_apart']:,}."
        )
    ]


def main() -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counties", default="28,285", help="sizes, separated by commas")
    parser.add_argument("--engines", default="pool,spark", help="local, pool, spark")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    results = {}
    for counties in map(int, given.counties.split(",")):
        for engine in given.engines.split(","):
            results[f"{counties}/{engine}"] = one = _alone(engine, counties, given.workers)
            print(f"{counties}/{engine}: {json.dumps(one)}", flush=True)
    text = report(results, city(), given.workers)
    print(text)
    OUT.mkdir(exist_ok=True)
    (OUT / "matching_nation.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    (OUT / "matching_nation.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
