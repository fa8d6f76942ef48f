"""An import that is killed again and again and resumed, beside the same import left in peace (T41).

    python -m bench.resume --rows 20000 --kills 7

A list of synthetic children is imported by a process that is killed (SIGKILL) at moments spread
over the time that the undisturbed import takes, and started again until it ends. Rows on file,
their contents and the files they make must be the same; the time is the ratio that counts. Writes
bench/out/resume.json and bench/out/resume.md.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

OUT = Path(__file__).parent / "out"
ROOT = Path(__file__).parents[1]
MOST = 1.3


class Installation:
    """An installation of its own that imports one list."""

    def __init__(self, rows: int) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="resume-"))
        self.folder.chmod(0o755)
        self.surroundings = {
            **os.environ, "QIANSHOU_VAR": str(self.folder / "var"),
            "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
        }  # fmt: skip
        self.surroundings.pop("DATABASE_URL", None)
        self.run = str(self._ask("prepare", str(rows))["run"])

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "bench.resume_run", *words]

    def _ask(self, *words: str) -> dict[str, Any]:
        done = subprocess.run(
            self._command(*words), env=self.surroundings, cwd=ROOT, stdout=subprocess.PIPE,
            check=True,
        )  # fmt: skip
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    def work(self, *, killed_after: float | None = None) -> float:
        """Let a process work on the import, perhaps kill it; returns the seconds it took."""
        begun = time.perf_counter()
        worker = subprocess.Popen(
            self._command("work", self.run), env=self.surroundings, cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            worker.wait(killed_after)
        except subprocess.TimeoutExpired:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        return time.perf_counter() - begun

    def result(self) -> dict[str, Any]:
        """Return what is on file."""
        return self._ask("result", self.run)

    def close(self) -> None:
        """Stop the database and delete everything."""
        subprocess.run(
            [sys.executable, "-m", "qianshou.config.console", "stop"], env=self.surroundings,
            cwd=ROOT, check=False, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        shutil.rmtree(self.folder, ignore_errors=True)


def measure(rows: int, kills: int) -> dict[str, Any]:
    """Import once in peace and once with kills."""
    calm, disturbed = Installation(rows), Installation(rows)
    try:
        whole = calm.work()
        spent = sum(
            disturbed.work(killed_after=whole * (number + 1) / (kills + 1))
            for number in range(kills)
        )
        spent += disturbed.work()
        one, other = calm.result(), disturbed.result()
    finally:
        calm.close()
        disturbed.close()
    return {
        "rows": rows, "kills": kills, "seconds": whole, "disturbed": spent,
        "ratio": spent / whole, "identical": one == other, "on_file": one["rows"],
        "state": other["state"],
    }  # fmt: skip


def report(results: Sequence[dict[str, Any]]) -> str:
    """Return the table in Markdown."""
    lines = [
        f"{os.cpu_count()} processors ({platform.machine()}), Python {platform.python_version()}.",
        "", "|rows|kills|in peace|with kills|ratio|the same on file|", "|-|-|-|-|-|-|",
    ]  # fmt: skip
    lines += [
        f"|{one['on_file']:,}|{one['kills']}|{one['seconds']:.1f} s|{one['disturbed']:.1f} s"
        f"|{one['ratio']:.2f}|{'yes' if one['identical'] else 'NO'}|"
        for one in results
    ]
    lines += ["", f"To reach: the same on file, at most {MOST} times the time."]
    return "\n".join(lines) + "\n"


def main(argv: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Measure what the arguments ask for, print the table and return its rows."""
    parser = argparse.ArgumentParser(prog="bench.resume", description=__doc__)
    parser.add_argument("--rows", default="20000", help="sizes, separated by commas")
    parser.add_argument("--kills", type=int, default=7)
    wanted = parser.parse_args(argv)
    results = [measure(int(size), wanted.kills) for size in wanted.rows.split(",")]
    text = report(results)
    print(text)
    OUT.mkdir(exist_ok=True)
    (OUT / "resume.json").write_text(json.dumps(results, indent=1), encoding="utf-8")
    (OUT / "resume.md").write_text(text, encoding="utf-8")
    return results


if __name__ == "__main__":
    main()
