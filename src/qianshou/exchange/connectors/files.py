"""Delivered files on disk: written once under a size limit, kept for thirty days."""

import time
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

from django.conf import settings

from qianshou.common.errors import Refused

RAW_DAYS: Final = 30
SAMPLE_MARK: Final = "sample-"
# Tables that this program wrote itself from checked JSON, to be read without a sandbox.
OWN: Final = ".own.csv"


class FileTooBig(Refused):
    """The file is larger than this installation takes."""


def folder() -> Path:
    """Return the folder of delivered files, readable by the application alone."""
    found = Path(settings.MEDIA_ROOT) / "imports"
    found.mkdir(parents=True, exist_ok=True, mode=0o700)
    return found


def write(file: BinaryIO, path: Path) -> tuple[str, int]:
    """Stream a file to disk; returns its SHA-256 and its size in bytes."""
    digest, size = sha256(), 0
    try:
        with path.open("xb") as target:
            path.chmod(0o600)
            while block := file.read(1 << 20):
                size += len(block)
                if size > settings.UPLOAD_MAX_BYTES:
                    raise FileTooBig
                digest.update(block)
                target.write(block)
    except Refused:
        path.unlink(missing_ok=True)
        raise
    return digest.hexdigest(), size


def forget(*, days: int = RAW_DAYS) -> int:
    """Delete files after their time, samples after a day; what was read stays (trust.md 2.10)."""
    samples = forget_in(folder(), days=1, mark=SAMPLE_MARK)
    return samples + forget_in(folder(), days=days)


def forget_in(place: Path, *, days: int = RAW_DAYS, mark: str = "") -> int:
    """Delete the files of a folder whose name begins with `mark` and whose time is over."""
    count = 0
    for file in place.iterdir() if place.is_dir() else ():
        if file.is_file() and file.name.startswith(mark) and is_older(file, days=days):
            file.unlink()
            count += 1
    return count


def is_older(path: Path, *, days: int) -> bool:
    """Tell whether a file or folder was last written more than so many days ago."""
    return path.stat().st_mtime < time.time() - days * 86_400
