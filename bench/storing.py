"""Storing measured: a city's department rows through the hub, beside a bare COPY of the same rows.

    python -m bench.storing --counties 4,8

The floor is PostgreSQL's own COPY of exactly the rows that the hub stored, as superuser, into the
same tables with their indexes, constraints and foreign keys, in the same run on the same private
database. "Storing" is everything from checked rows to committed rows: keys are blinded, rows
compared with those on file, contents hashed and sealed, and written under row security. Writes
bench/out/storing.json and bench/out/storing.md.
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
from pathlib import Path
from typing import Any

from qianshou.engines.city.command import demo_data

OUT = Path(__file__).parent / "out"
ROOT = Path(__file__).parents[1]
ROUNDS = 3
MOST = 3.0


def make_city(folder: Path, counties: int, seed: int) -> Path:
    """Write the files of a synthetic city of some counties."""
    city = folder / f"city-{counties}"
    words = ["--size", "city", "--counties", str(counties), "--seed", str(seed), "--out", str(city)]
    if demo_data(words) != 0:
        raise SystemExit("the synthetic city could not be written")
    return city


def rounds_of(city: Path, folder: Path) -> list[dict[str, float]]:
    """Measure in a process and an installation of their own."""
    surroundings = {
        **os.environ, "QIANSHOU_VAR": str(folder / "var"), "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
    }  # fmt: skip
    surroundings.pop("DATABASE_URL", None)
    done = subprocess.run(
        [sys.executable, "-m", "bench.storing_rows", str(city), str(ROUNDS)],
        env=surroundings, cwd=ROOT, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    found: list[dict[str, float]] = json.loads(done.stdout)
    return found


def measure(counties: int, seed: int) -> dict[str, Any]:
    """Return the median round of a city of some counties, with its ratios."""
    folder = Path(tempfile.mkdtemp(prefix="storing-"))
    try:
        rounds = rounds_of(make_city(folder, counties, seed), folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    chosen = sorted(rounds, key=lambda one: one["storing"] / one["copy"])[len(rounds) // 2]
    ratio = chosen["storing"] / chosen["copy"]
    processor = chosen["storing_processor"] / chosen["copy_processor"]
    figures = {name: round(value, 3) for name, value in chosen.items()}
    return {
        "counties": counties,
        **figures,
        "ratio": round(ratio, 2),
        "processor_ratio": round(processor, 2),
        "reached": ratio <= MOST,
    }


def report(results: Sequence[dict[str, Any]]) -> str:
    """Return the table in Markdown."""
    machine = f"{os.cpu_count()} processors ({platform.machine()})"
    lines = [
        f"{machine}, Python {platform.python_version()}; seconds of the clock, median of {ROUNDS}.",
        f"To reach: storing at most {MOST:g} times as long as a bare COPY of the same rows. By",
        "processor: the same ratio in seconds of processor time, of program and session together.",
        "",
        "|counties|read|stored|MB|bare COPY|storing|storing / COPY|by processor|read and check|",
        "|-|-|-|-|-|-|-|-|-|",
    ]
    for one in results:
        missed = "" if one["reached"] else " (missed)"
        lines.append(
            f"|{one['counties']}|{one['rows']:.0f}|{one['stored']:.0f}|{one['megabytes']:.0f}"
            f"|{one['copy']:.2f}|{one['storing']:.2f}|{one['ratio']:.2f}{missed}"
            f"|{one['processor_ratio']:.2f}|{one['take_in']:.2f}|"
        )
    if len(results) > 1:
        rows, cost = (results[-1][each] / results[0][each] for each in ("stored", "storing"))
        lines += ["", f"{rows:.2f} times the rows cost {cost:.2f} times the storing."]
    return "\n".join(lines) + "\n"


def main(argv: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Measure what the arguments ask for, print the table and return its rows."""
    parser = argparse.ArgumentParser(prog="bench.storing", description=__doc__)
    parser.add_argument("--counties", default="4", help="sizes, separated by commas")
    parser.add_argument("--seed", type=int, default=7)
    wanted = parser.parse_args(argv)
    results = [measure(int(size), wanted.seed) for size in wanted.counties.split(",")]
    text = report(results)
    print(text)
    OUT.mkdir(exist_ok=True)
    (OUT / "storing.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    (OUT / "storing.md").write_text(text, encoding="utf-8")
    return results


if __name__ == "__main__":
    main()
