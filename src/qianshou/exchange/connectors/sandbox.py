"""Reading a file from outside in a process of its own, and handing over what it found."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.ipc

from qianshou.exchange.connectors import files, reader
from qianshou.exchange.connectors.containers import Limits
from qianshou.exchange.connectors.reader import LOST, ROW, Found, Sheet
from qianshou.exchange.rules.problems import FileRefused
from qianshou.exchange.rules.rows import Batch

SOURCE_ROOT: Final = Path(__file__).resolve().parents[3]
# The clock runs on when the machine is busy; the limit that counts is the process's own time.
PATIENCE: Final = 20
OWN_AT_MOST: Final = 8 << 20


def read_file(
    path: Path, folder: Path, *, name: str, encoding: str = "auto", limits: Limits | None = None
) -> tuple[Found, int]:
    """Read a file under limits into Arrow files in `folder`; returns it and the peak memory (KB).

    Raises `FileRefused`; a reader that dies of its limits is a refusal too, never an error. A
    small table that this program wrote itself is read here: starting a process costs a pushed row
    more than everything else together (docs/decisions/0066-live-rows.md).
    """
    limits = limits or Limits()
    if is_own(path):
        return reader.read(path, folder, name=name, encoding=encoding, limits=limits), 0
    options = {"name": name, "encoding": encoding, "limits": limits._asdict()}
    command = [sys.executable, "-m", "qianshou.exchange.connectors.reader"]
    command += [str(path), str(folder), json.dumps(options)]
    patience = PATIENCE * (limits.seconds + path.stat().st_size // limits.bytes_per_second)
    try:
        done = subprocess.run(  # noqa: S603 - our own program, arguments passed as a list
            command, env=_environment(), cwd=folder, capture_output=True, timeout=patience,
            check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired as problem:
        raise FileRefused("TIME") from problem
    return _answer(done)


def is_own(path: Path) -> bool:
    """Tell whether a file is a small table of our own making, in the folder that only we write."""
    return path.name.endswith(files.OWN) and path.stat().st_size <= OWN_AT_MOST


def _environment() -> dict[str, str]:
    """Return the reader's environment: where to find programs, and nothing that is secret."""
    kept = {key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH") if key in os.environ}
    # One allocator arena and one thread keep the address space, which is limited, small.
    return {
        **kept,
        "PYTHONPATH": str(SOURCE_ROOT),
        "LANG": "C.UTF-8",
        "MALLOC_ARENA_MAX": "1",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "OMP_NUM_THREADS": "1",
    }


def _answer(done: "subprocess.CompletedProcess[bytes]") -> tuple[Found, int]:
    if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        raise FileRefused("TIME")
    if done.returncode in (-signal.SIGABRT, -signal.SIGSEGV) or b"MemoryError" in done.stderr:
        raise FileRefused("MEMORY")
    if done.returncode != 0:
        raise FileRefused("CRASHED", detail=f"{done.returncode}")
    answer: dict[str, Any] = json.loads(done.stdout)
    if "refused" in answer:
        raise FileRefused(answer["refused"], **answer["params"])
    sheets = [
        Sheet(**{**each, "merges": [tuple(merge) for merge in each["merges"]]})
        for each in answer["sheets"]
    ]
    found = Found(answer["kind"], answer["encoding"], answer["delimiter"], sheets)
    return found, int(answer["memory_kb"])


def batches(sheet: Sheet, folder: Path) -> Iterator[Batch]:
    """Yield a sheet's rows in stretches, as texts by column."""
    with pa.memory_map(str(folder / sheet.file)) as source:
        reader = pa.ipc.open_file(source)
        for number in range(reader.num_record_batches):
            batch = reader.get_batch(number)
            columns = [batch.column(at).to_pylist() for at in range(2, batch.num_columns)]
            yield Batch(sheet.name, batch[ROW].to_pylist(), columns, batch[LOST].to_pylist())


def top_rows(sheet: Sheet, folder: Path, count: int) -> list[list[str]]:
    """Return the first rows of a sheet as lists of texts."""
    for batch in batches(sheet, folder):
        tops = [column[:count] for column in batch.columns]
        return [list(row) for row in zip(*tops, strict=True)]
    return []
