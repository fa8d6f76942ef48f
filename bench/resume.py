"""An import that is killed again and again and resumed, beside the same import left in peace (T41).

    python -m bench.resume --rows 20000 --kills 7

A list of synthetic children is imported by a process that is killed (SIGKILL) again and again,
each time after an equal share of what the undisturbed import takes, and then left to end. Only
kills that met it at work count. Rows on file, their contents and the files they make must be the
same; the time is the ratio that counts. Starting the program belongs to it, so a short list says
little: with 7 kills a share has to be longer than a start. `IMPORT_PORTION` is the size of a
portion. Writes bench/out/resume.json and bench/out/resume.md.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import spending

OUT = Path(__file__).parent / "out"
ROOT = Path(__file__).parents[1]
MOST = 1.3


class Installation:
    """An installation of its own that imports one list."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="resume-"))
        self.folder.chmod(0o755)
        self.surroundings = {
            **os.environ, "QIANSHOU_VAR": str(self.folder / "var"),
            "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
            # An installed program has its byte code, so it is made once for each installation.
            "PYTHONPYCACHEPREFIX": str(self.folder / "bytecode"), "PYTHONDONTWRITEBYTECODE": "",
        }  # fmt: skip
        self.surroundings.pop("DATABASE_URL", None)
        self.kills, self.spent, self.run = 0, 0.0, ""

    def prepare(self, rows: int) -> None:
        """Set up the database and receive the list, unread."""
        self.run = str(self._ask("bench.resume_prepare", str(rows))["run"])
        self._stop()

    def start(self) -> None:
        """Start the database, which a killed worker does not take with it."""
        self._ask("bench.resume_run", "start", self.run)

    def twin(self) -> "Installation":
        """Return a second installation with the same list, as unread as this one."""
        other = Installation()
        subprocess.run(["cp", "-a", f"{self.folder}/.", str(other.folder)], check=True)
        other.run = self.run
        return other

    def _ask(self, *words: str) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", *words], env=self.surroundings, cwd=ROOT,
            stdout=subprocess.PIPE, check=True,
        )  # fmt: skip
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    def work(self, *, killed_after: float | None = None) -> float:
        """Let a process work on the import, perhaps kill it; returns the seconds it took."""
        begun, spent = time.perf_counter(), self._spent()
        worker = subprocess.Popen(
            [sys.executable, "-m", "bench.resume_run", "work", self.run],
            env=self.surroundings, cwd=ROOT, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            worker.wait(killed_after)
        except subprocess.TimeoutExpired:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            self.kills += 1
        self.spent += self._spent() - spent
        return time.perf_counter() - begun

    def _spent(self) -> float:
        """Return the processor seconds so far of all workers and of the database."""
        ours = resource.getrusage(resource.RUSAGE_CHILDREN)
        pid_file = self.folder / "var" / "postgres" / "cluster" / "postmaster.pid"
        return ours.ru_utime + ours.ru_stime + spending.of_children(
            int(pid_file.read_text(encoding="utf-8").split()[0])
        )  # fmt: skip

    def result(self) -> dict[str, Any]:
        """Return what is on file."""
        return self._ask("bench.resume_run", "result", self.run)

    def close(self) -> None:
        """Stop the database and delete everything."""
        self._stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _stop(self) -> None:
        subprocess.run(
            [sys.executable, "-m", "qianshou.config.console", "stop"], env=self.surroundings,
            cwd=ROOT, check=False, stdout=subprocess.DEVNULL,
        )  # fmt: skip


def measure(rows: int, kills: int) -> dict[str, Any]:
    """Import once in peace and once with kills."""
    calm = Installation()
    calm.prepare(rows)
    disturbed = calm.twin()
    try:
        for each in (calm, disturbed):
            each.start()
        whole = calm.work()
        shares = [disturbed.work(killed_after=whole / (kills + 1)) for _share in range(kills)]
        spent = sum(shares) + disturbed.work()
        one, other = calm.result(), disturbed.result()
    finally:
        calm.close()
        disturbed.close()
    return {
        "rows": rows, "kills": disturbed.kills, "seconds": whole, "disturbed": spent,
        "processor": calm.spent, "processor_disturbed": disturbed.spent,
        "ratio": spent / whole, "identical": one == other, "on_file": one["rows"],
        "differing": {name: (one[name], other[name]) for name in one if one[name] != other[name]},
        "state": other["state"],
    }  # fmt: skip


def report(results: Sequence[dict[str, Any]]) -> str:
    """Return the table in Markdown."""
    lines = [
        f"{os.cpu_count()} processors ({platform.machine()}), Python {platform.python_version()}.",
        "", "|rows|kills|in peace|with kills|ratio|processor time|the same on file|",
        "|-|-|-|-|-|-|-|",
    ]  # fmt: skip
    lines += [
        f"|{one['on_file']:,}|{one['kills']}|{one['seconds']:.1f} s|{one['disturbed']:.1f} s"
        f"|{one['ratio']:.2f}|{one['processor']:.1f} and {one['processor_disturbed']:.1f} s, "
        f"{one['processor_disturbed'] / one['processor']:.2f}"
        f"|{'yes' if one['identical'] else 'NO'}|"
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
