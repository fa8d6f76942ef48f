"""Builders of small matching problems: bare arrays, files on disk, and invented people."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from ortools.graph.python import min_cost_flow

from qianshou.engines.matching import command
from qianshou.engines.matching.people import Children, Mothers


@dataclass(frozen=True)
class Instance:
    """Pairs with costs, what leaving each child out costs, and the mothers' places."""

    child: np.ndarray
    mother: np.ndarray
    cost: np.ndarray
    limit: np.ndarray
    capacity: np.ndarray


def an_instance(rng: np.random.Generator, *, largest: int = 12) -> Instance:
    """Return a small random instance of any shape: ties, lonely nodes, no places, huge costs."""
    n, m = rng.integers(1, largest), rng.integers(1, largest - 2)
    child, mother = np.nonzero(rng.random((n, m)) < rng.random())
    scale = int(rng.choice([1, 3, 1000, 10**9, 10**14]))
    return Instance(
        child=child.astype(np.int32),
        mother=mother.astype(np.int32),
        cost=rng.integers(0, scale, len(child)),
        limit=rng.choice([scale // 2 + 1, 5 * scale, 12 * scale, 36 * scale], n),
        capacity=rng.integers(0, 4, m),
    )


def cost_by_or_tools(it: Instance) -> int:
    """Return the optimal cost of an instance by OR-Tools' cost scaling."""
    n, m = len(it.limit), len(it.capacity)
    kids, mums, sink = np.arange(n), n + np.arange(m), n + m
    flow = min_cost_flow.SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(
        np.concatenate([it.child, mums, kids]).astype(np.int32),
        np.concatenate([n + it.mother, np.full(m + n, sink)]).astype(np.int32),
        np.concatenate([np.ones(len(it.child)), it.capacity, np.ones(n)]).astype(np.int64),
        np.concatenate([it.cost, np.zeros(m, np.int64), it.limit]).astype(np.int64),
    )
    supply = np.concatenate([np.ones(n), np.zeros(m), [-n]]).astype(np.int64)
    flow.set_nodes_supplies(np.arange(n + m + 1, dtype=np.int32), supply)
    assert flow.solve() == flow.OPTIMAL
    return int(flow.optimal_cost())


def tables(
    folder: Path,
    *,
    children: str = "child_id,tier\n001,0\n002,1\n",
    mothers: str = "mother_id,capacity\nm1,1\nm2,1\n",
    pairs: str = "child_id,mother_id,score\n001,m1,5\n001,m2,3\n002,m1,4\n",
) -> list[str]:
    """Write three CSV files and return the options that name them."""
    named = {"children": children, "mothers": mothers, "pairs": pairs}
    options = []
    for name, text in named.items():
        path = folder / f"{name}.csv"
        path.write_bytes(text.encode("utf-8"))
        options += [f"--{name}", str(path)]
    return options


def frames(folder: Path, children: Any, mothers: Any, pairs: Any) -> list[str]:
    """Write three frames as Parquet and return the options that name them."""
    options = []
    for name, frame in (("children", children), ("mothers", mothers), ("pairs", pairs)):
        path = folder / f"{name}.parquet"
        pl.DataFrame(frame).write_parquet(path)
        options += [f"--{name}", str(path)]
    return options


def a_match(options: list[str], out: Path) -> int:
    """Run ``qianshou match``."""
    return command.match([*options, "--out", str(out)])


def a_verdict(options: list[str], out: Path) -> int:
    """Run ``qianshou verify``."""
    return command.verify([str(out), *options])


def some_children(n: int, *, seed: int = 1, **columns: Any) -> Children:
    """Return invented children in four towns; ``columns`` replace what is invented."""
    rng = np.random.default_rng(seed)
    town = rng.integers(0, 4, n)
    invented: dict[str, Any] = {
        "ids": [f"c{k:05d}" for k in range(n)],
        "tier": rng.integers(0, 3, n),
        "town": town,
        "x": town * 6000 + rng.integers(0, 4000, n),
        "y": rng.integers(0, 4000, n),
        "sex": rng.integers(1, 3, n),
        "age": rng.integers(3, 17, n),
        "ethnicity": np.ones(n),
        "needs": rng.integers(0, 101, (n, 8)),
        "dialects": np.ones(n),
        "interests": rng.integers(0, 256, n),
        "dislikes": rng.integers(0, 16, n),
        "free_times": rng.integers(1, 64, n),
        "special_needs": np.zeros(n),
        "wish": np.full(n, -1),
        "waiting_days": rng.integers(0, 300, n),
        "consented": np.ones(n, bool),
    }
    return Children(**(invented | columns))


def some_mothers(m: int, *, seed: int = 2, **columns: Any) -> Mothers:
    """Return invented mothers in four towns; ``columns`` replace what is invented."""
    rng = np.random.default_rng(seed)
    town = rng.integers(0, 4, m)
    invented: dict[str, Any] = {
        "ids": [f"m{k:05d}" for k in range(m)],
        "ready": np.ones(m, bool),
        "town": town,
        "x": town * 6000 + rng.integers(0, 4000, m),
        "y": rng.integers(0, 4000, m),
        "sex": np.full(m, 2),
        "age": rng.integers(25, 70, m),
        "ethnicity": np.ones(m),
        "capacity": rng.integers(1, 4, m),
        "load": rng.integers(0, 3, m),
        "travel_limit": np.full(m, 9000),
        "skills": rng.integers(0, 101, (m, 8)),
        "dialects": np.ones(m),
        "interests": rng.integers(0, 256, m),
        "dislikes": rng.integers(0, 16, m),
        "free_times": rng.integers(1, 64, m),
        "qualifications": np.zeros(m),
        "residence_years": rng.integers(0, 30, m),
        "kept_matches": rng.integers(0, 4, m),
        "strain": np.zeros(m),
    }
    return Mothers(**(invented | columns))
