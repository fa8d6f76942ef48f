"""The order of a day of visits, beside nearest neighbour and the routing solver of OR-Tools.

    python -m bench.touring --days 20

Invented days: homes in villages of one town, some doors open for a while only. All three get the
same days, and what they cost is travel and the length of the day. OR-Tools searches for a second,
for longer than ours needs. Writes bench/out/touring.json and bench/out/touring.md.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from qianshou.engines.touring import search, tour
from qianshou.engines.touring.day import Day, follow

OUT = Path(__file__).parent / "out"
SIZES = (8, 13, 20, 30)
PEER_SECONDS = 1.0


def a_day(seed: int, stops: int) -> Day:
    """Return a day with homes in a few villages around the town's office."""
    rng = np.random.default_rng(seed)
    villages = rng.normal(0, 6, (max(stops // 3, 2), 2))
    homes = villages[rng.integers(0, len(villages), stops)]
    places = np.vstack([[0.0, 0.0], homes])
    gaps = np.hypot(*(places[:, None] - places[None, :]).transpose(2, 0, 1))
    travel = np.rint(12 + gaps * 1.45 / 28 * 60).astype(np.int64)
    np.fill_diagonal(travel, 0)
    narrow = rng.random(stops) < 0.3
    opens = np.r_[510, np.where(narrow, rng.integers(540, 900, stops), 510)]
    closes = np.r_[3000, np.where(narrow, opens[1:] + 180, 3000)]
    return Day(travel, np.r_[0, rng.integers(10, 40, stops)], opens, closes)


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """Return what a call gives and how long it took."""
    begun = time.perf_counter()
    found = call()
    return found, time.perf_counter() - begun


def measure(stops: int, days: int) -> dict[str, Any]:
    """Return the figures of one size of day."""
    from tests.engines.touring import peer  # noqa: PLC0415 - the peer is no part of the program

    rows = []
    for seed in range(days):
        day = a_day(seed, stops)
        ours, seconds = timed(lambda day=day: tour.plan(day))
        theirs, peer_seconds = timed(
            lambda day=day: follow(day, peer.order_of(day, seconds=PEER_SECONDS))
        )
        nearest = follow(day, search.nearest_order(day))
        rows.append(
            {
                "ours": ours.timed.cost, "peer": theirs.cost, "nearest": nearest.cost,
                "nearest_late": sum(nearest.late), "late": sum(ours.timed.late),
                "travel": ours.timed.travel, "nearest_travel": nearest.travel,
                "proven": ours.proven, "gap": ours.gap, "seconds": seconds,
                "peer_seconds": peer_seconds,
            }
        )  # fmt: skip
    return {"stops": stops, "rows": rows}


def table(sizes: list[dict[str, Any]]) -> str:
    """Return the figures as a table."""
    lines = [
        (
            "|visits|days|ours s (median, worst)|OR-Tools s|ours better, equal, worse|proven best"
            "|bound below ours, worst|nearest neighbour: days later|its travel against ours|"
        ),
        "|-|-|-|-|-|-|-|-|-|",
    ]
    for size in sizes:
        rows = size["rows"]
        signs = [np.sign(row["peer"] - row["ours"]) for row in rows]
        more = sum(row["nearest_travel"] for row in rows) / sum(row["travel"] for row in rows)
        lines.append(
            f"|{size['stops']}|{len(rows)}|{statistics.median(r['seconds'] for r in rows):.3f},"
            f" {max(r['seconds'] for r in rows):.3f}|"
            f"{statistics.median(r['peer_seconds'] for r in rows):.2f}|"
            f"{signs.count(1)}, {signs.count(0)}, {signs.count(-1)}|"
            f"{sum(r['proven'] for r in rows)}|{100 * max(r['gap'] for r in rows):.0f} %|"
            f"{sum(r['nearest_late'] > r['late'] for r in rows)}|{100 * more:.0f} %|"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure every size and write what was found."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--days", type=int, default=20)
    days = asked.parse_args().days
    tour.plan(a_day(0, 4))
    tour.plan(a_day(0, 14))
    sizes = [measure(stops, days) for stops in SIZES]
    OUT.mkdir(exist_ok=True)
    (OUT / "touring.json").write_text(json.dumps(sizes), encoding="utf-8")
    (OUT / "touring.md").write_text(table(sizes), encoding="utf-8")
    print(table(sizes))


if __name__ == "__main__":
    main()
