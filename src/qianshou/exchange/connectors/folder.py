"""A watched folder: what lies in it, whether it has come to rest, and where it goes from there.

`incoming/<source>/` takes files for the source's own area, `incoming/<source>/<12 digits>/` for
another one. A file moves to `taken/` in one rename that nobody can do twice, under a name that
begins with the id of its run; then to `done/` or `refused/`, beside a word on why.
"""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple
from uuid import UUID

from django.conf import settings

from qianshou.common.identity import new_id
from qianshou.exchange.connectors import files

TAKEN, DONE, REFUSED = "taken", "done", "refused"
PLACES: Final = (TAKEN, DONE, REFUSED)
AREA: Final = re.compile(r"[0-9]{12}")
CLAIMED: Final = re.compile(r"([0-9a-f-]{36}) ([0-9]{12}|-) (.+)", re.DOTALL)
# What editors, spreadsheets and copying programs leave while they are at work.
UNFINISHED: Final = re.compile(
    r"^[.~]|\.(part|partial|tmp|temp|crdownload|filepart|writing)$", re.IGNORECASE
)
LONGEST: Final = 120


class StillWritten(Exception):  # noqa: N818 - named after the fact
    """The file changed while it was being copied: its sender has not finished."""


class Waiting(NamedTuple):
    """A file that lies in the folder: whose it is, and by what a later look knows it again."""

    path: Path
    area_code: str
    mark: list[int]

    @property
    def key(self) -> str:
        """Name the file as the feed's position does."""
        return f"{self.area_code}/{self.path.name}"


class Claimed(NamedTuple):
    """A file that has been taken: its run, the area it is for, and its own name."""

    path: Path
    run_id: UUID
    area_code: str
    name: str


def place(code: str) -> Path:
    """Return a source's folder with the places inside it, made on first use."""
    found = Path(settings.MEDIA_ROOT) / "incoming" / code
    for name in PLACES:
        (found / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    return found


def waiting(code: str) -> list[Waiting]:
    """Return the files that lie in a source's folder, the oldest first; links are not followed."""
    found = place(code)
    areas = [
        each
        for each in found.iterdir()
        if AREA.fullmatch(each.name) and stat.S_ISDIR(each.lstat().st_mode)
    ]
    lying = [each for folder in (found, *sorted(areas)) for each in _files(folder, found)]
    return sorted(lying, key=lambda each: (each.mark[1], each.key))


def _files(folder: Path, root: Path) -> Iterator[Waiting]:
    for path in folder.iterdir():
        if UNFINISHED.search(path.name):
            continue
        try:
            seen = path.lstat()
        except FileNotFoundError:
            continue
        if stat.S_ISREG(seen.st_mode) and seen.st_size:
            yield Waiting(path, "" if folder == root else folder.name, _mark(seen))


def _mark(seen: os.stat_result) -> list[int]:
    return [seen.st_size, seen.st_mtime_ns, seen.st_ino]


def claim(code: str, file: Waiting) -> Claimed | None:
    """Take a file out of the folder under the id of a new run; None if it is gone already."""
    run_id = new_id()
    name = file.path.name if len(file.path.name.encode()) <= LONGEST else _shortened(file.path)
    target = place(code) / TAKEN / f"{run_id} {file.area_code or '-'} {name}"
    try:
        file.path.rename(target)
    except FileNotFoundError:
        return None
    return Claimed(target, run_id, file.area_code, name)


def _shortened(path: Path) -> str:
    """Return a name that leaves room for the run's id: file systems end names at 255 bytes."""
    suffix = path.suffix[:8]
    stem = path.stem.encode()[: LONGEST - len(suffix.encode())]
    return stem.decode(errors="ignore") + suffix


def claimed(code: str) -> list[Claimed]:
    """Return the files that were taken and have not been put away yet, in the order of taking."""
    found = []
    for path in sorted((place(code) / TAKEN).iterdir()):
        match = CLAIMED.fullmatch(path.name)
        if match and stat.S_ISREG(path.lstat().st_mode):
            area = "" if match[2] == "-" else match[2]
            found.append(Claimed(path, UUID(match[1]), area, match[3]))
    return found


def opened(file: Claimed) -> BinaryIO:
    """Open a taken file; a link that was put in its place is not followed."""
    return os.fdopen(os.open(file.path, os.O_RDONLY | os.O_NOFOLLOW), "rb")


def check_rest(file: Claimed, handle: BinaryIO, copied: Path) -> None:
    """Raise `StillWritten` if the sender wrote on while the file was copied."""
    now = os.fstat(handle.fileno())
    if now.st_size != copied.stat().st_size or _mark(now) != _mark(file.path.lstat()):
        raise StillWritten


def give_back(code: str, file: Claimed) -> None:
    """Put a file back where it lay, unless a newer one has come to lie there."""
    target = place(code) / file.area_code / file.name
    if not target.exists():
        file.path.rename(target)


def put_away(code: str, file: Claimed, where: str, *, why: str = "") -> None:
    """Move a taken file to `done` or `refused`, with a word on why beside it."""
    target = place(code) / where / file.path.name
    if why:
        target.with_name(f"{target.name}.txt").write_text(f"{why}\n", encoding="utf-8")
    # Its time on this machine begins now, whatever day the sender's file bears.
    os.utime(file.path)
    file.path.rename(target)


def forget() -> int:
    """Delete files that were put away long ago; what was read from them stays."""
    root = Path(settings.MEDIA_ROOT) / "incoming"
    count = 0
    for source in root.iterdir() if root.is_dir() else ():
        for where in (DONE, REFUSED):
            count += files.forget_in(source / where)
    return count
