"""Seconds and peak memory of each stage of a long command, with a line of progress for each.

Memory is that of this process and of those it has started, together.
"""

import resource
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

SAMPLED_EVERY = 0.05


@dataclass(frozen=True)
class Stage:
    """What one stage cost."""

    name: str
    seconds: float
    peak_mib: int


class Stages:
    """Runs stages one after another and keeps what each cost."""

    def __init__(self) -> None:
        self.done: list[Stage] = []

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure one stage; says its name when it starts and its cost when it ends."""
        on_screen = sys.stdout.isatty()
        sys.stdout.write(f"… {name}" + ("" if on_screen else "\n"))
        sys.stdout.flush()
        forget_peak()
        begun = time.monotonic()
        with Memory() as memory:
            yield
        peak = max(memory.peak_mib, peak_mib())
        stage = Stage(name, time.monotonic() - begun, peak)
        self.done.append(stage)
        sys.stdout.write("\r" if on_screen else "")
        sys.stdout.write(f"✓ {name}: {stage.seconds:.1f} s, {stage.peak_mib} MiB\n")
        sys.stdout.flush()


def forget_peak() -> None:
    """Let Linux count the peak of resident memory afresh."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


class Memory:
    """Looks every twentieth of a second at the memory of this process and its children."""

    def __init__(self) -> None:
        self.peak_mib = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(SAMPLED_EVERY):
            self.peak_mib = max(self.peak_mib, sum(map(resident_mib, ["self", *children()])))


def children() -> list[str]:
    """Return the processes that this one has started and that still run."""
    found: list[str] = []
    for task in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):
            found += task.read_text(encoding="ascii").split()
    return found


def resident_mib(process: str) -> int:
    """Return the resident memory of a process in MiB; 0 when it is gone."""
    with suppress(OSError, StopIteration, ValueError):
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("VmRSS"))) >> 10
    return 0


def peak_mib() -> int:
    """Return the peak of resident memory since it was last forgotten, in MiB."""
    with suppress(OSError, StopIteration, ValueError):
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) >> 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
