"""Sealed reports as files, for the time in which the database does not answer.

A file is written beside its name, flushed to the disk, and then given its name: what has its name
is whole. Its content is a box that only the server's key opens (common/boxes.py).
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings

MOST: Final = 10_000
BOX, BAD = ".box", ".bad"


def folder() -> Path:
    """Return the folder, made on first use and closed to other accounts of the machine."""
    place: Path = settings.VAR / "spool"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    return place


def bound_to(client_id: UUID) -> str:
    """Name what a box belongs to, so that it opens under no other name."""
    return f"protection/spool/{client_id}"


def write(client_id: UUID, box: bytes) -> None:
    """Keep a box so that it survives the loss of power; raises `OSError` if it cannot be kept."""
    place = folder()
    if len(list(waiting())) >= MOST:
        raise OSError("the spool is full")
    name = place / f"{client_id}{BOX}"
    draft = place / f"{client_id}.{os.getpid()}.draft"
    with draft.open("wb") as file:
        file.write(box)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(name)
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def waiting() -> Iterator[tuple[UUID, Path]]:
    """Yield what waits, the oldest first."""
    found = [(each.stat().st_mtime_ns, each) for each in folder().glob(f"*{BOX}")]
    for _, path in sorted(found):
        with suppress(ValueError):
            yield UUID(path.stem), path


def done(path: Path) -> None:
    """Remove what has been taken in; another worker may have done so already."""
    path.unlink(missing_ok=True)


def set_aside(path: Path) -> None:
    """Keep what cannot be opened under another name, for the operator."""
    with suppress(FileNotFoundError):
        path.rename(path.with_suffix(BAD))


def unreadable() -> int:
    """Count what could not be opened."""
    return sum(1 for _ in folder().glob(f"*{BAD}"))
