"""Matching measured: the floor, ours, OR-Tools and LEMON on the same pairs, with equal optima.

    python -m bench.matching                    # a city, and the hard shapes at a quarter of it
    python -m bench.matching --short            # half a minute, for a look
    python -m bench.matching --children 100000,300000 --peers ortools,lemon
    python -m bench.matching --children 100000 --shapes "ties,popular,chains"
    python -m bench.matching --children 137000 --shapes "all pairs"      # 21 million pairs

Every run happens in its own process, so that seconds (of processor time) and peak memory are its
own. Writes bench/out/matching.json and bench/out/matching.md.
"""

import argparse
import json
import multiprocessing
import os
import pathlib
import platform
import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pylmcf
from ortools.graph.python import min_cost_flow

from bench import matching_shapes
from bench.matching_shapes import TOP, Instance
from qianshou.engines.matching import pricing
from qianshou.engines.matching.network import compiled
from qianshou.engines.matching.penalties import penalties_for
from qianshou.engines.matching.prepare import graph_from_pairs
from qianshou.engines.matching.solver import solve

OUT = pathlib.Path(__file__).parent / "out"
ROUNDS = 3


def limits(it: Instance) -> np.ndarray:
    """Return what leaving each child out costs."""
    return penalties_for(it.tier, lowest=0, top=TOP).limit


@compiled
def _one_pass(rows: Any, best: Any) -> int:
    child, mother, cost = rows
    total = 0
    for e in range(len(child)):
        best[child[e]] = min(best[child[e]], cost[e])
        total += mother[e]
    return total


@compiled
def _holds(rows: Any, u: Any, v: Any) -> Any:
    child, mother, cost = rows
    fits = True
    for e in range(len(child)):
        fits &= u[child[e]] + v[mother[e]] <= cost[e]
    return fits


def floor(it: Instance) -> dict[str, Any]:
    """Pass over all pairs once: no solver can do less."""
    rows, best = (it.child, it.mother, it.cost), limits(it)
    _one_pass(rows, best)
    started = time.process_time()
    _one_pass(rows, best)
    return {"seconds": time.process_time() - started}


def ours(it: Instance) -> dict[str, Any]:
    """Solve, then check the proof, then change one mother in a hundred and mend."""
    limit = limits(it)
    for small in (matching_shapes.towns(400), matching_shapes.towns(400, best=None)):
        _, again_by, found = _ours_once(small, limits(small))
        again_by(limits(small), small.places, (found.mate, found.v))
    rounds = [_ours_once(it, limit) for _ in range(ROUNDS)]
    rounds.sort(key=lambda one: one[0])
    seconds, again_by, found = rounds[len(rounds) // 2]
    _holds((it.child, it.mother, it.cost), found.u, found.v)
    started = time.process_time()
    proven = bool(_holds((it.child, it.mother, it.cost), found.u, found.v))
    checked = time.process_time() - started
    places = it.places.copy()
    places[::100] = 0
    started = time.process_time()
    again = again_by(limit, places, (found.mate, found.v))
    repaired = time.process_time() - started
    started = time.process_time()
    anew = again_by(limit, places, None)
    return {
        "seconds": seconds,
        "cost": found.cost,
        "proven": proven and found.cost == found.dual,
        "left_over": int((found.mate < 0).sum()),
        "check_seconds": checked,
        "repair_seconds": repaired,
        "anew_seconds": time.process_time() - started,
        "repair_equal": again.cost == anew.cost,
    }


def _ours_once(it: Instance, limit: np.ndarray) -> tuple[float, Any, Any]:
    started = time.process_time()
    if pricing.pays(len(it.child), len(limit)):
        pairs = pricing.pairs_by_child(it.child, it.mother, it.cost, children=len(limit))

        def solve_by(limit: Any, places: Any, previous: Any) -> Any:
            return pricing.solve_priced(pairs, limit, places, previous=previous)[0]
    else:
        graph = graph_from_pairs(
            it.child, it.mother, it.cost, children=len(limit), mothers=len(it.places)
        )

        def solve_by(limit: Any, places: Any, previous: Any) -> Any:
            return solve(graph, limit, places, previous=previous)

    found = solve_by(limit, it.places, None)
    return time.process_time() - started, solve_by, found


def _arcs(it: Instance) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    n, m = len(it.tier), len(it.places)
    kids, mums = np.arange(n), n + np.arange(m)
    tail = np.concatenate([it.child, mums, kids])
    head = np.concatenate([n + it.mother.astype(np.int64), np.full(m + n, n + m)])
    room = np.concatenate([np.ones(len(it.child), np.int64), it.places, np.ones(n, np.int64)])
    return tail, head, room, np.concatenate([it.cost, np.zeros(m, np.int64), limits(it)])


def ortools(it: Instance) -> dict[str, Any]:
    """Solve with SimpleMinCostFlow (cost scaling)."""
    n, m = len(it.tier), len(it.places)
    tail, head, room, cost = _arcs(it)
    supply = np.concatenate([np.ones(n), np.zeros(m), [-n]]).astype(np.int64)
    started = time.process_time()
    flow = min_cost_flow.SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(
        tail.astype(np.int32), head.astype(np.int32), room, cost
    )
    flow.set_nodes_supplies(np.arange(n + m + 1, dtype=np.int32), supply)
    assert flow.solve() == flow.OPTIMAL
    return {"seconds": time.process_time() - started, "cost": flow.optimal_cost()}


def lemon(it: Instance) -> dict[str, Any]:
    """Solve with LEMON's network simplex (pylmcf)."""
    n, m = len(it.tier), len(it.places)
    tail, head, room, cost = _arcs(it)
    supply = np.concatenate([np.ones(n), np.zeros(m), [-n]]).astype(np.int64)
    order = np.lexsort((head, tail))
    started = time.process_time()
    graph = pylmcf.Graph(n + m + 1, tail[order], head[order])
    graph.set_node_supply(supply)
    graph.set_edge_capacities(room[order])
    graph.set_edge_costs(cost[order])
    graph.solve()
    return {"seconds": time.process_time() - started, "cost": int(graph.total_cost())}


SOLVERS: dict[str, Callable[[Instance], dict[str, Any]]] = {
    "floor": floor, "ours": ours, "ortools": ortools, "lemon": lemon,
}  # fmt: skip


def _work(solver: str, shape: str, children: int, *, pipe: Any) -> None:
    it = matching_shapes.shaped(shape, children)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = SOLVERS[solver](it)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pipe.send(
        {**result, "pairs": len(it.child), "peak_mb": after // 1024, "data_mb": before // 1024}
    )


def alone(solver: str, shape: str, children: int) -> dict[str, Any]:
    """Run one solver on one instance in a process of its own."""
    context = multiprocessing.get_context("spawn")
    ours_end, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(solver, shape, children), kwargs={"pipe": theirs})
    process.start()
    theirs.close()
    try:
        result = ours_end.recv()
    except EOFError:
        result = {"failed": True}
    process.join()
    return result


def report(results: dict[str, dict[str, Any]]) -> str:
    """Return the table in Markdown."""
    lines = [
        (
            f"{os.cpu_count()} processors ({platform.machine()}), "
            f"Python {platform.python_version()}; "
            f"processor seconds, median of {ROUNDS} runs of ours."
        ),
        "",
        "|children|shape|pairs|solver|seconds|against ours|peak MB|equal optimum|",
        "|-|-|-|-|-|-|-|-|",
    ]
    for key, one in results.items():
        children, shape, solver = key.split("/")
        base = results[f"{children}/{shape}/ours"]
        if one.get("failed"):
            lines.append(f"|{children}|{shape}||{solver}|failed||||")
            continue
        equal = "" if "cost" not in one else ("yes" if one["cost"] == base["cost"] else "NO")
        lines.append(
            f"|{children}|{shape}|{one['pairs']}|{solver}|{one['seconds']:.3f}"
            f"|{one['seconds'] / base['seconds']:.2f}|{one['peak_mb']}|{equal}|"
        )
    lines += ["", "|children|shape|proof checked|share of the solve|repair after 1 %|cold / warm|"]
    lines.append("|-|-|-|-|-|-|")
    for key, one in results.items():
        if key.endswith("/ours") and not one.get("failed"):
            lines.append(
                f"|{key.split('/')[0]}|{key.split('/')[1]}|{'yes' if one['proven'] else 'NO'}"
                f"|{one['check_seconds'] / one['seconds']:.1%}|{one['repair_seconds']:.3f}"
                f"|{one['anew_seconds'] / one['repair_seconds']:.1f}|"
            )
    return "\n".join(lines) + "\n"


CITY = 130_000
"""Children of a city of 50,000 to 65,000 mothers; the hard shapes are run at a quarter of it."""


def _wanted() -> tuple[list[tuple[int, str]], list[str], str]:
    """Return the instances, the solvers and the table's name that the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--children", default="", help="sizes, separated by commas")
    parser.add_argument("--shapes", default="towns", help='"all" or names, separated by commas')
    parser.add_argument("--peers", default="ortools", help="ortools, lemon")
    parser.add_argument("--name", default="matching", help="name of the table in bench/out")
    parser.add_argument("--short", action="store_true", help="10,000 children only")
    given = parser.parse_args()
    solvers = ["floor", "ours", *filter(None, given.peers.split(","))]
    if given.short:
        return [(10_000, "towns")], solvers, given.name
    if not given.children:
        hard = [(CITY // 4, shape) for shape in matching_shapes.SHAPES]
        return [(CITY, "towns"), *hard], solvers, given.name
    shapes = matching_shapes.SHAPES if given.shapes == "all" else given.shapes.split(",")
    instances = [(int(n), shape) for n in given.children.split(",") for shape in shapes]
    return instances, solvers, given.name


def main() -> None:
    """Run what the arguments ask for."""
    instances, solvers, name = _wanted()
    results = {
        f"{children}/{shape}/{solver}": alone(solver, shape, children)
        for children, shape in instances
        for solver in solvers
    }
    text = report(results)
    print(text)
    OUT.mkdir(exist_ok=True)
    (OUT / f"{name}.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    (OUT / f"{name}.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
