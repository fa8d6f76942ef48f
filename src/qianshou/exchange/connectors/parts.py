"""Sealed parts of a delivery on disk, under its run's name, for a killed worker's successor.

What a row says is never readable in them. They are gone when the run ends or is turned away, at the
latest with the delivered files.
"""

import json
import zlib
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from qianshou.common import crypto
from qianshou.exchange.connectors import files
from qianshou.exchange.models import ImportRun
from qianshou.exchange.rules.problems import Problem
from qianshou.exchange.rules.profile import Profile
from qianshou.exchange.rules.rows import BadRow

MARK: Final = "staged-"
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class DamagedError(Exception):
    """A part on disk is missing or is not what was written; the run begins from its file."""


def path_of(run: ImportRun, part: str) -> Path:
    """Return where a part lies."""
    return files.folder() / f"{MARK}{run.pk}.{part}"


def write(run: ImportRun, part: str, content: object) -> None:
    """Write a part whole or not at all."""
    path = path_of(run, part)
    fresh = path.with_name(f"{path.name}.part")
    fresh.touch(mode=0o600)
    plain = zlib.compress(_encode(content).encode(), 1)
    fresh.write_bytes(crypto.seal_bytes(plain, column="exchange.staged", row=path.name))
    fresh.replace(path)


def read(run: ImportRun, part: str) -> Any:
    """Return what a part holds; raises `DamagedError`."""
    path = path_of(run, part)
    try:
        plain = crypto.unseal_bytes(path.read_bytes(), column="exchange.staged", row=path.name)
        return json.loads(zlib.decompress(plain))
    except (OSError, crypto.Unreadable, ValueError, zlib.error) as problem:
        raise DamagedError from problem


def drop(run: ImportRun, *, only: str = "") -> None:
    """Delete the parts of a run, or those whose name begins with `only`."""
    for path in files.folder().glob(f"{MARK}{run.pk}.{only}*"):
        path.unlink(missing_ok=True)


def mark_of(profile: Profile) -> str:
    """Return a fingerprint of what is read and how."""
    read_by = [profile.data, sorted(column.name for column in profile.columns), profile.closed]
    return sha256(json.dumps(read_by, sort_keys=True, default=str).encode()).hexdigest()


def problems_of(kept: Iterable[list[Any]]) -> list[Problem]:
    """Return problems as they were before they were written."""
    return [Problem(*each) for each in kept]


def bad_rows_of(kept: Iterable[list[Any]]) -> list[BadRow]:
    """Return rows that stay out as they were before they were written."""
    return [
        BadRow(sheet, row_no, key, cells, problems_of(problems), refusing)
        for sheet, row_no, key, cells, problems, refusing in kept
    ]
