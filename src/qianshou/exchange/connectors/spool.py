"""Pages of a pull on disk: each whole or not there, until the last one makes them a delivery."""

import csv
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

from qianshou.exchange.connectors import files

MARK: Final = "pulling-"
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
Row = Mapping[str, str]


def place(pull: str) -> Path:
    """Return the folder of one pull, made on first use."""
    found = files.folder() / f"{MARK}{pull}"
    found.mkdir(exist_ok=True, mode=0o700)
    return found


def write(pull: str, number: int, rows: Iterable[Row]) -> str:
    """Put a page on disk, in the place of one that a crash left there; returns its fingerprint."""
    folder, digest = place(pull), sha256()
    path = folder / f"{number:06d}"
    fresh = path.with_suffix(".part")
    with fresh.open("w", encoding="utf-8") as target:
        fresh.chmod(0o600)
        for row in rows:
            line = _encode(row) + "\n"
            digest.update(line.encode())
            target.write(line)
        target.flush()
        os.fsync(target.fileno())
    fresh.replace(path)
    return digest.hexdigest()[:16]


def rows(pull: str, pages: int) -> Iterator[dict[str, str]]:
    """Yield the rows of the pages that were committed; a page beyond them does not count."""
    for number in range(1, pages + 1):
        with (place(pull) / f"{number:06d}").open(encoding="utf-8") as page:
            for line in page:
                yield json.loads(line)


def is_whole(pull: str, pages: int) -> bool:
    """Tell whether every committed page still lies on disk."""
    return all((place(pull) / f"{number:06d}").is_file() for number in range(1, pages + 1))


def marks(pull: str, pages: int) -> set[str]:
    """Return the fingerprints of the committed pages, as `write` gave them."""
    paths = (place(pull) / f"{number:06d}" for number in range(1, pages + 1))
    return {sha256(path.read_bytes()).hexdigest()[:16] for path in paths}


def distinct(pull: str, pages: int) -> int:
    """Return how many different rows the pages hold."""
    return len({sha256(_encode(row).encode()).digest()[:16] for row in rows(pull, pages)})


def table(pull: str, pages: int, headers: Iterable[str]) -> Path:
    """Write the pages as one table of the named columns; all others are left out for good."""
    seen: set[str] = set()
    for row in rows(pull, pages):
        seen.update(row)
    return write_table(place(pull) / "table.csv", rows(pull, pages), headers=headers, seen=seen)


def write_table(
    path: Path, found: Iterable[Row], *, headers: Iterable[str], seen: Iterable[str]
) -> Path:
    """Write rows as a table of those named columns that occur in them."""
    known = set(seen)
    columns = [name for name in headers if name in known]
    with path.open("w", encoding="utf-8-sig", newline="") as target:
        path.chmod(0o600)
        writer = csv.writer(target, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
        writer.writerow(columns)
        writer.writerows([row.get(name, "") for name in columns] for row in found)
    return path


def drop(pull: str) -> None:
    """Delete the pages of a pull."""
    shutil.rmtree(files.folder() / f"{MARK}{pull}", ignore_errors=True)


def forget() -> int:
    """Delete the pages of pulls that were given up; their last page is older than two days."""
    old = [
        each
        for each in files.folder().glob(f"{MARK}*")
        if each.is_dir() and files.is_older(each, days=2)
    ]
    for each in old:
        shutil.rmtree(each, ignore_errors=True)
    return len(old)
