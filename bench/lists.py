"""Worklist and list of mothers at city size: queries per page, and page time beside its bare SQL.

    python -m bench.lists                          # 50,000 mothers, 130,000 children
    python -m bench.lists --mothers 5000 --children 13000

An installation of its own is filled at a tenth and then at the full size. Each page is asked by a
county worker (one county of 38) and by one who may see the whole city, the worst case. The bare
SQL is the page's own statements, sent again by themselves; what is above it is the house's part.
Writes bench/out/lists.json and bench/out/lists.md.
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
HEADS = (
    "page",
    "asker",
    "mothers",
    "children",
    "rows seen",
    "queries",
    "page",
    "bare SQL",
    "ratio",
)


def measure(wanted: argparse.Namespace) -> list[dict[str, Any]]:
    """Run the measurement in an installation and a process of its own."""
    folder = Path(tempfile.mkdtemp(prefix="lists-"))
    folder.chmod(0o755)
    surroundings = {
        **os.environ, "QIANSHOU_VAR": str(folder / "var"), "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
        "DJANGO_SETTINGS_MODULE": "qianshou.config.settings",
    }  # fmt: skip
    surroundings.pop("DATABASE_URL", None)
    words = ["--mothers", str(wanted.mothers), "--children", str(wanted.children)]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "bench.lists_run", *words],
            env=surroundings, cwd=ROOT, stdout=subprocess.PIPE, check=True,
        )  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def report(results: Sequence[dict[str, Any]]) -> str:
    """Return the table in Markdown."""
    lines = [
        f"{os.cpu_count()} processors ({platform.machine()}), Python {platform.python_version()}.",
        "",
        f"|{'|'.join(HEADS)}|",
        "|-|-|-|-|-|-|-|-|-|",
    ]
    lines += [
        f"|{one['page']}|{one['asker']}|{one['mothers']:,}|{one['children']:,}|{one['seen']:,}"
        f"|{one['queries']}|{one['page_ms']:.0f} ms|{one['sql_ms']:.0f} ms|{one['ratio']:.1f}|"
        for one in results
    ]
    lines += [
        "",
        "Median of several requests. The number of queries has to be the same at both sizes.",
    ]
    return "\n".join(lines) + "\n"


def constant(results: Sequence[dict[str, Any]]) -> bool:
    """Tell whether each page asks as often at the full size as at a tenth."""
    asked: dict[tuple[str, str], set[int]] = {}
    for one in results:
        asked.setdefault((one["page"], one["asker"]), set()).add(one["queries"])
    return all(len(counts) == 1 for counts in asked.values())


def main(argv: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Measure, print the table, and fail if a page asks more often when there is more."""
    parser = argparse.ArgumentParser(prog="bench.lists", description=__doc__)
    parser.add_argument("--mothers", type=int, default=50_000)
    parser.add_argument("--children", type=int, default=130_000)
    results = measure(parser.parse_args(argv))
    text = report(results)
    print(text)
    OUT.mkdir(exist_ok=True)
    (OUT / "lists.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    (OUT / "lists.md").write_text(text, encoding="utf-8")
    if not constant(results):
        raise SystemExit("A page asks the database more often when there is more.")
    return results


if __name__ == "__main__":
    main()
