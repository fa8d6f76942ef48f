"""Silence at city size: queries per page, page time beside its bare SQL, and the jobs.

    python -m bench.overdue                       # 50,000 pairings, 2.6 million contacts a year
    python -m bench.overdue --pairings 2500

An installation of its own is filled to a quarter, to half and to the full size: 52 contacts for
every pairing, grades, one pairing in ten silent. The night's work of the city runs on a first day,
when all that is silent is told at once, and on the ordinary day after it; the digest of the week
once, and again when nobody needs it. Beside each job stand a bare scan of the rows that it reads,
and the bare writing of the rows that it has just written; its growth is shown by its processor time
for each pairing. Each page is asked by a town, a county and whoever sees the whole city.
Writes bench/out/overdue.json and bench/out/overdue.md; fails if a page asks the database more often
when there is more, or if a job's cost for each pairing grows.
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

OUT = Path(__file__).parent / "out"
ROOT = Path(__file__).parents[1]
# A job may cost so many times as much for each pairing at the full size as at a quarter.
GROWS = 1.3
NOTE = (
    "Jobs: once, for the whole city. Scan: the bare scan of what the job reads. Write: the same"
    " rows written by plain statements. CPU: of the worker and its database backend, for each"
    f" pairing; the last column is that beside a quarter of the size, at most {GROWS}."
)
PAGES_NOTE = (
    "Pages: the median of several requests; the number of queries has to be the same at all sizes."
)
JOB_HEADS = (
    "job", "pairings", "rows written", "queries", "time", "scan", "time / scan", "write",
    "time / (scan + write)", "CPU", "CPU a pairing", "grows",
)  # fmt: skip
HEADS = ("page", "asker", "pairings", "contacts", "rows", "queries", "time", "bare SQL", "ratio")


def measure(wanted: argparse.Namespace) -> list[dict[str, Any]]:
    """Run the measurement in an installation and a process of its own."""
    folder = Path(tempfile.mkdtemp(prefix="overdue-"))
    folder.chmod(0o755)
    surroundings = {
        **os.environ, "QIANSHOU_VAR": str(folder / "var"), "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
        "DJANGO_SETTINGS_MODULE": "qianshou.config.settings",
    }  # fmt: skip
    surroundings.pop("DATABASE_URL", None)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "bench.overdue_run", "--pairings", str(wanted.pairings)],
            env=surroundings, cwd=ROOT, stdout=subprocess.PIPE, check=True,
        )  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def report(results: Sequence[dict[str, Any]]) -> str:
    """Return the tables in Markdown."""
    base = {one["what"]: _each(one) for one in reversed(jobs_of(results))}
    lines = [
        f"{os.cpu_count()} processors ({platform.machine()}), Python {platform.python_version()}.",
        *_head(JOB_HEADS),
    ]
    lines += [
        f"|{one['what']}|{one['pairings']:,}|{one['rows']:,}|{one['queries']}|{one['ms']:.0f} ms"
        f"|{one['sql_ms']:.0f} ms|{one['ratio']:.1f}|{one['write_ms']:.0f} ms|{one['floor']:.1f}"
        f"|{one['cpu_ms']:.0f} ms|{_each(one):.1f} µs|{_each(one) / base[one['what']]:.2f}|"
        for one in jobs_of(results)
    ]
    lines += ["", NOTE, *_head(HEADS)]
    lines += [
        f"|{one['what']}|{one['asker']}|{one['pairings']:,}|{one['contacts']:,}|{one['rows']:,}"
        f"|{one['queries']}|{one['ms']:.0f} ms|{one['sql_ms']:.0f} ms|{one['ratio']:.1f}|"
        for one in results
        if "cpu_ms" not in one
    ]
    return "\n".join([*lines, "", PAGES_NOTE]) + "\n"


def _head(names: Sequence[str]) -> tuple[str, str, str]:
    return "", f"|{'|'.join(names)}|", "|-" * len(names) + "|"


def jobs_of(results: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows about jobs, the smallest size first."""
    return [one for one in results if "cpu_ms" in one]


def _each(one: dict[str, Any]) -> float:
    """Return the microseconds of processor time for each pairing."""
    cpu_ms: float = one["cpu_ms"]
    return cpu_ms * 1000 / int(one["pairings"])


def growing(results: Sequence[dict[str, Any]]) -> list[str]:
    """Return the jobs that cost clearly more for each pairing at the full size than at a quarter.

    What takes less than a tenth of a second is below what the clock of the processor can tell.
    """
    base = {one["what"]: _each(one) for one in reversed(jobs_of(results))}
    return [
        one["what"]
        for one in jobs_of(results)
        if one["cpu_ms"] > 100 and _each(one) > GROWS * base[one["what"]]
    ]


def constant(results: Sequence[dict[str, Any]]) -> bool:
    """Tell whether each page asks as often at every size."""
    asked: dict[tuple[str, str], set[int]] = {}
    # An empty list has nobody's names to look up.
    for one in (each for each in results if each["rows"] and "cpu_ms" not in each):
        asked.setdefault((one["what"], one["asker"]), set()).add(one["queries"])
    return all(len(counts) == 1 for counts in asked.values())


def main(argv: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Measure, print the table, and fail if a page asks more often when there is more."""
    parser = argparse.ArgumentParser(prog="bench.overdue", description=__doc__)
    parser.add_argument("--pairings", type=int, default=50_000)
    results = measure(parser.parse_args(argv))
    text = report(results)
    print(text)
    OUT.mkdir(exist_ok=True)
    (OUT / "overdue.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    (OUT / "overdue.md").write_text(text, encoding="utf-8")
    if not constant(results):
        raise SystemExit("A page asks the database more often when there is more.")
    if found := growing(results):
        raise SystemExit(f"Costs more for each pairing when there are more: {', '.join(found)}.")
    return results


if __name__ == "__main__":
    main()
