"""How the phone app feels on a weak phone with a slow network, measured in a headless Chromium.

    python -m bench.phone_app

Runs in an installation of its own with one mother and one child. Through the DevTools protocol the
processor is slowed down six times and the network made slow (1.6 Mbit/s, 150 ms, as Lighthouse
does). Measured are the first visit, the second start with the network cut, and the usual contact:
its three taps with their slowest response (INP as the largest event duration), and the seconds
from the first tap to "Today" with fingers that need a second between two taps. Writes
bench/out/phone_app.json and bench/out/phone_app.md.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

OUT = Path(__file__).parent / "out"
ROOT = Path(__file__).parents[1]
# What a good page reaches for three quarters of its visits (web.dev, Core Web Vitals).
GOOD = {"fcp": 1.8, "lcp": 2.5, "tbt": 0.2, "cls": 0.1, "inp": 0.2}
ROWS = (
    ("fcp", "First Contentful Paint", "s"),
    ("lcp", "Largest Contentful Paint", "s"),
    ("tbt", "Total Blocking Time", "s"),
    ("cls", "Cumulative Layout Shift", ""),
    ("inp", "Slowest response to a tap (INP)", "s"),
)


def measure() -> dict[str, Any]:
    """Run the browser against an installation of its own."""
    folder = Path(tempfile.mkdtemp(prefix="phone-app-"))
    folder.chmod(0o755)
    surroundings = {
        **os.environ, "QIANSHOU_VAR": str(folder / "var"), "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
        "DJANGO_SETTINGS_MODULE": "qianshou.config.settings",
    }  # fmt: skip
    surroundings.pop("DATABASE_URL", None)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "bench.phone_app_run", str(folder / "browser")],
            env=surroundings, cwd=ROOT, stdout=subprocess.PIPE, check=True,
        )  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def report(found: dict[str, Any]) -> str:
    """Return the table in Markdown."""
    first, second = found["first"], found["second"]
    lines = [
        f"{os.cpu_count()} processors ({platform.machine()}), Chromium {found['chromium']};",
        "processor slowed down six times, 1.6 Mbit/s with 150 ms.",
        "",
        "|figure|good is at most|first visit|second start, network cut|",
        "|-|-|-|-|",
        *(
            f"|{words}|{GOOD[name]} {unit}|{_cell(first.get(name), unit)}"
            f"|{_cell(second.get(name), unit)}|"
            for name, words, unit in ROWS
        ),
        "",
        f"Over the wire at the first visit: {found['bytes'] / 1000:.1f} kB in {found['requests']}",
        "answers; to reach: 200 kB.",
        f"A usual contact: {found['taps']} taps, {found['working']:.2f} s of the app's own,",
        f"{found['seconds']:.1f} s with a second between two taps; to reach: under 20 s.",
    ]
    return "\n".join(lines) + "\n"


def _cell(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:.2f} {unit}".strip()


def main() -> None:
    """Measure and write the page."""
    found = measure()
    OUT.mkdir(exist_ok=True)
    (OUT / "phone_app.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    text = report(found)
    (OUT / "phone_app.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
