"""T37 measured: many phones hand in entries at once, shuffled, repeated and overlapping.

    python -m bench.phones --phones 500 --operations 20000
    python -m bench.phones --phones 500 --operations 20000 --kills

Runs in an installation of its own with the web server as processes. The floor is a bare INSERT of
the same number of rows with bodies of the same size, by as many processes as the web server has:
one row a transaction, as a system takes them in that loses none; a call's entries a transaction;
and by the same calls over the same web server (`bench.bare`).
With `--kills`, PostgreSQL, worker and web server are killed (SIGKILL) in the middle and started
again.
The control sends a share of the entries once more under new ids, as a phone without keys would:
each of them doubles. Writes bench/out/phones.json and bench/out/phones.md.
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
    "pass", "phones", "entries", "calls", "entries a second", "answered a second",
    "bare INSERT a second",
    "bare, a call's at once", "bare, over the server", "share of bare INSERT",
    "share of a call's at once", "share of bare over the server",
    "call p50", "call p95", "answers of 500", "lost", "doubled", "not ticked", "control doubled",
)  # fmt: skip


def measure(wanted: argparse.Namespace, *, kills: bool) -> dict[str, Any]:
    """Run one pass in an installation and processes of its own."""
    folder = Path(tempfile.mkdtemp(prefix="phones-"))
    folder.chmod(0o755)
    surroundings = {
        **os.environ, "QIANSHOU_VAR": str(folder / "var"), "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
        "DJANGO_SETTINGS_MODULE": "qianshou.config.settings",
    }  # fmt: skip
    surroundings.pop("DATABASE_URL", None)
    words = [
        "--phones", str(wanted.phones), "--operations", str(wanted.operations),
        "--servers", str(wanted.servers), *(["--kills"] if kills else []),
    ]  # fmt: skip
    try:
        done = subprocess.run(
            [sys.executable, "-m", "bench.phones_run", *words],
            env=surroundings, cwd=ROOT, stdout=subprocess.PIPE, check=True,
        )  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def report(results: Sequence[dict[str, Any]]) -> str:
    """Return the table in Markdown."""
    lines = [
        f"{os.cpu_count()} processors ({platform.machine()}), Python {platform.python_version()}.",
        f"Web processes: {results[0]['servers']}.",
        "",
        f"|{'|'.join(HEADS)}|",
        f"|{'-|' * len(HEADS)}",
    ]
    lines += [
        f"|{'killed in between' if one['kills'] else 'steady'}|{one['phones']}"
        f"|{one['operations']:,}|{one['calls']:,}|{one['rate']:,.0f}|{one['answered']:,.0f}"
        f"|{one['floor']:,.0f}"
        f"|{one['batched']:,.0f}|{one['served']:,.0f}|{one['rate'] / one['floor']:.0%}"
        f"|{one['rate'] / one['batched']:.0%}"
        f"|{one['rate'] / one['served']:.0%}|{one['p50']:.2f} s|{one['p95']:.2f} s|{one['errors']}"
        f"|{one['lost']}|{one['doubled']}|{one['unticked']}"
        f"|{one['control']} of {one['control_sent']}|"
        for one in results
    ]
    first = results[0]["first_load"]
    lines += [
        "",
        "To reach, steady: a share of at least 50 % of a bare INSERT through as many processes of",
        "the same server, and no answer of 500. Entries a second: until the house has heard of the",
        "last contact (clock, checklist, follow-up, search for danger words); answered a second:",
        "until the last call was answered, with its contacts on file. Both count each entry once,",
        "the bare inserts each row once; the phones send about two thirds again as much. The first",
        "bare column commits each row, the second as many as a call holds, both without a server.",
        "Over the server, the same calls reach a view that only inserts.",
        "",
        f"First load of the app: {first['files']} files, {first['bytes'] / 1000:.1f} kB over the",
        f"wire compressed ({first['encoding']}); to reach: 200 kB.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure a steady pass, and one with kills if it is wanted."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--phones", type=int, default=500)
    parser.add_argument("--operations", type=int, default=20_000)
    parser.add_argument("--servers", type=int, default=2)
    parser.add_argument("--kills", action="store_true", help="also a pass with kills")
    wanted = parser.parse_args()
    results = [measure(wanted, kills=False)]
    if wanted.kills:
        results.append(measure(wanted, kills=True))
    OUT.mkdir(exist_ok=True)
    (OUT / "phones.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    text = report(results)
    (OUT / "phones.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
