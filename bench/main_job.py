"""The whole main job measured: department files in, confirmed pairs out, at growing size.

    python -m bench.main_job --counties 4,8
    python -m bench.main_job --counties 38

Each size runs `qianshou demo` in an installation of its own: the synthetic departments are
written, every file is imported, linked and assessed, the matching runs and is verified. Twice the
rows should cost at most 2.3 times the seconds, and no stage more than 4 GiB of memory. Writes
bench/out/main_job.json and bench/out/main_job.md.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

OUT = Path(__file__).parent / "out"
ROOT = Path(__file__).parents[1]
MOST_FOR_TWICE, MOST_MIB = 2.3, 4096


def measure(counties: int, seed: int) -> dict[str, Any]:
    """Run the main job on so many counties and return its figures."""
    folder = Path(tempfile.mkdtemp(prefix="main-job-"))
    folder.chmod(0o755)
    surroundings = {
        **os.environ, "QIANSHOU_VAR": str(folder / "var"), "PYTHONPATH": str(ROOT / "src"),
    }  # fmt: skip
    surroundings.pop("DATABASE_URL", None)
    words = [
        "demo", "--size", "city", "--counties", str(counties), "--seed", str(seed), "--serve", "0",
    ]  # fmt: skip
    try:
        subprocess.run(
            [sys.executable, "-m", "qianshou.config.console", *words],
            env=surroundings, cwd=ROOT, stdout=sys.stderr, check=True,
        )  # fmt: skip
        report = next((folder / "var" / "demo").glob("*/report.json"))
        figures: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    stages = figures.pop("stages")
    taken = {"write": 0.0, "take_in": 0.0, "match": 0.0}
    for stage in stages:
        for kind, first in (("write", "write"), ("take_in", "take in"), ("match", "match")):
            if stage["name"].startswith(first):
                taken[kind] += stage["seconds"]
    seconds = taken["take_in"] + taken["match"]
    peak = max(stage["peak_mib"] for stage in stages)
    return {"counties": counties, **figures, **taken, "seconds": seconds, "peak_mib": peak}


def growth(smaller: dict[str, Any], larger: dict[str, Any]) -> float:
    """Return what twice the rows would cost, from two sizes: 2 is linear."""
    rows, cost = (larger[each] / smaller[each] for each in ("rows", "seconds"))
    return 2 * cost / rows


def report(results: Sequence[dict[str, Any]]) -> str:
    """Return the table in Markdown."""
    lines = [
        f"{os.cpu_count()} processors ({platform.machine()}), Python {platform.python_version()}.",
        "",
        "|counties|rows|files of children|F1|paired|gap|take in|match|rows a second|peak MiB|",
        "|-|-|-|-|-|-|-|-|-|-|",
    ]
    lines += [
        f"|{one['counties']}|{one['rows']:,}|{one['children']:,}|{one['f1']:.4f}"
        f"|{one['paired']:,}|{one['gap']}|{one['take_in']:.1f}|{one['match']:.1f}"
        f"|{one['rows'] / one['seconds']:,.0f}|{one['peak_mib']:,}|"
        for one in results
    ]
    for smaller, larger in pairwise(results):
        ratio = growth(smaller, larger)
        missed = "" if ratio <= MOST_FOR_TWICE else " (missed)"
        sizes = f"from {smaller['counties']} to {larger['counties']} counties"
        said = f"Twice the rows cost {ratio:.2f} times the seconds ({sizes}){missed}"
        lines += ["", f"{said}; to reach: {MOST_FOR_TWICE}."]
    peak = max(one["peak_mib"] for one in results)
    lines += ["", f"Peak of memory {peak:,} MiB; to reach: {MOST_MIB:,}."]
    return "\n".join(lines) + "\n"


def main(argv: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Measure what the arguments ask for, print the table and return its rows."""
    parser = argparse.ArgumentParser(prog="bench.main_job", description=__doc__)
    parser.add_argument("--counties", default="4,8", help="sizes, separated by commas")
    parser.add_argument("--seed", type=int, default=7)
    wanted = parser.parse_args(argv)
    results = [measure(int(size), wanted.seed) for size in wanted.counties.split(",")]
    text = report(results)
    print(text)
    OUT.mkdir(exist_ok=True)
    (OUT / "main_job.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    (OUT / "main_job.md").write_text(text, encoding="utf-8")
    return results


if __name__ == "__main__":
    main()
