"""The parts of bench.resume that run inside an installation: start, work, result."""

# ruff: noqa: E402 - models can be imported only once Django knows its settings

import hashlib
import json
import os
import sys
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qianshou.config.settings")
django.setup()

from qianshou.common import rowsecurity
from qianshou.config import database
from qianshou.config.postgres import launcher
from qianshou.exchange.actions import processing
from qianshou.exchange.models import ImportRun, Record
from qianshou.registry.models import Child, Doubt, Link


def start(run_id: str) -> dict[str, str]:
    """Let the database run."""
    launcher.start(database.data_dir())
    return {"run": run_id}


def work(run_id: str) -> dict[str, str]:
    """Take the run to its end."""
    launcher.start(database.data_dir())
    return {"state": processing.process_run(UUID(run_id)).state}


def result(run_id: str) -> dict[str, object]:
    """Return what is on file, with nothing in it that differs from run to run."""
    launcher.start(database.data_dir())
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = Record.objects.current().order_by("payload_hash")
        digest = hashlib.sha256()
        for content in rows.values_list("payload_hash", flat=True):
            digest.update(bytes(content))
        return {
            "state": ImportRun.objects.get(pk=run_id).state,
            "rows": rows.count(),
            "content": digest.hexdigest(),
            "links": Link.objects.exclude(state="ENDED").count(),
            "files": Child.objects.on_file().count(),
            "grouping": _grouping(),
            "doubts": Doubt.objects.count(),
            "weights": _weights(),
        }


def _grouping() -> str:
    """Return a digest of which rows make which file, however the files are called."""
    files: dict[UUID, list[str]] = {}
    for child, content in _standing("child_id", "record__payload_hash"):
        files.setdefault(child, []).append(bytes(content).hex())
    return _digest(" ".join(sorted(rows)) for rows in files.values())


def _weights() -> str:
    """Return a digest of the weight by which each row hangs on its file."""
    found = _standing("record__payload_hash", "weight_bits")
    return _digest(f"{bytes(content).hex()} {bits}" for content, bits in found)


def _standing(*names: str) -> list[tuple[Any, ...]]:
    return list(Link.objects.exclude(state="ENDED").values_list(*names))


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def main(words: list[str]) -> None:
    """Do one part and print its outcome."""
    parts = {"start": start, "work": work, "result": result}
    print(json.dumps(parts[words[0]](words[1])))


if __name__ == "__main__":
    main(sys.argv[1:])
