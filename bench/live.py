"""Live rows measured: from the push of a row to the page that shows it, and killed in between.

    python -m bench.live --rate 100 --seconds 60
    python -m bench.live --rate 100 --seconds 60 --kills

A department pushes signed batches at a steady rate into an installation of its own, with web
server, worker and database as processes. A row is visible when its delivery is committed: every
page reads the database. A page is asked besides, by a signed-in coordinator. The floor is a bare
INSERT of the same rows in the same database. With `--kills`, worker, web server and PostgreSQL are
killed (SIGKILL) in turn and started again, the sender repeats what was not answered, and at the
end every row is there exactly once. Writes bench/out/live.json and bench/out/live.md.
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
MOST_SECONDS = 1.0
HEADS = (
    "pass", "rows a second", "rows", "on file before", "visible p50", "visible p95",
    "on a page p50", "on a page p95", "bare insert p50", "linkage", "processor time a row",
    "of all processors", "lost", "doubled",
)  # fmt: skip
WORDS = """A first batch has woken the worker before.
`linkage` is the share of the time from a row's arrival to its being visible in which its
delivery was linked; the bare insert is of one batch. Nothing may be lost or doubled. Processor
time is that of worker, web server and database together, with the pages asked meanwhile."""


def measure(wanted: argparse.Namespace, *, kills: bool) -> dict[str, Any]:
    """Run one pass in an installation and a process of its own."""
    folder = Path(tempfile.mkdtemp(prefix="live-"))
    folder.chmod(0o755)
    surroundings = {
        **os.environ, "QIANSHOU_VAR": str(folder / "var"), "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
        "DJANGO_SETTINGS_MODULE": "qianshou.config.settings",
    }  # fmt: skip
    surroundings.pop("DATABASE_URL", None)
    words = [
        "--rate", str(wanted.rate), "--seconds", str(wanted.seconds), "--every", str(wanted.every),
        "--base", wanted.base, *(["--kills"] if kills else []),
    ]  # fmt: skip
    try:
        done = subprocess.run(
            [sys.executable, "-m", "bench.live_run", *words],
            env=surroundings, cwd=ROOT, stdout=subprocess.PIPE, check=True,
        )  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def cost(one: dict[str, Any]) -> str:
    """Return two cells: milliseconds a row by program, and what share of the machine they take."""
    if one["kills"]:
        return "|"
    parts, whole = one["spent_ms"], sum(one["spent_ms"].values())
    named = ", ".join(f"{name} {ms:.1f}" for name, ms in parts.items())
    return f"{whole:.1f} ms ({named})|{whole * one['rate'] / 1000 / (os.cpu_count() or 1):.0%}"


def report(results: Sequence[dict[str, Any]]) -> str:
    """Return the table in Markdown."""
    lines = [
        f"{os.cpu_count()} processors ({platform.machine()}), Python {platform.python_version()}.",
        "",
        f"|{'|'.join(HEADS)}|",
        f"|{'-|' * len(HEADS)}",
    ]
    lines += [
        f"|{'killed in between' if one['kills'] else 'steady'}|{one['rate']}|{one['rows']:,}"
        f"|{one['before']:,}|{one['p50']:.2f} s|{one['p95']:.2f} s|{one['page_p50']:.2f} s"
        f"|{one['page_p95']:.2f} s|{one['floor_p50'] * 1000:.1f} ms|{one['linkage']:.0%}"
        f"|{cost(one)}|{one['lost']}|{one['doubled']}|"
        for one in results
    ]
    lines += [
        "",
        f"To reach, steady: p95 at most {MOST_SECONDS:.0f} s. {WORDS}",
    ]
    return "\n".join(lines) + "\n"


def main(argv: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Measure what the arguments ask for, print the table and return its rows."""
    parser = argparse.ArgumentParser(prog="bench.live", description=__doc__)
    parser.add_argument("--rate", type=int, default=100, help="rows a second")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--every", type=float, default=0.5, help="seconds between two batches")
    parser.add_argument(
        "--base", default="county", help="what is on file before: none, town or county"
    )
    parser.add_argument("--kills", action="store_true", help="only the pass with kills")
    parser.add_argument("--steady", action="store_true", help="only the pass without kills")
    wanted = parser.parse_args(argv)
    passes = [kills for kills in (False, True) if not (kills if wanted.steady else False)]
    results = [measure(wanted, kills=kills) for kills in passes if kills or not wanted.kills]
    text = report(results)
    print(text)
    OUT.mkdir(exist_ok=True)
    (OUT / "live.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    (OUT / "live.md").write_text(text, encoding="utf-8")
    return results


if __name__ == "__main__":
    main()
