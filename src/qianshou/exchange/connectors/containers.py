"""What a file really is, and whether it is safe to open: by content, counted while inflating."""

import stat
import zipfile
import zlib
from pathlib import Path
from typing import IO, Final, NamedTuple

from qianshou.exchange.rules.problems import FileRefused


class Limits(NamedTuple):
    """What one file may cost. Bytes, except where the name says otherwise (trust.md 2.7)."""

    size: int = 200 << 20
    inflated: int = 200 << 20
    entries: int = 2_000
    ratio: int = 100
    # below this a high ratio is only a small, repetitive file
    ratio_floor: int = 10 << 20
    rows: int = 1_100_000
    columns: int = 1_000
    line: int = 1_000_000
    memory: int = 1 << 30
    # seconds of processor time: a floor, and a further second for each of so many bytes
    seconds: int = 30
    bytes_per_second: int = 2 << 20


HEAD: Final = 4096
STARTS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"%PDF", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"BM", "image"),
    (b"RIFF", "image"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"BZh", "archive"),
    (b"\xfd7zXZ", "archive"),
    (b"{\\rtf", "document"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
)
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
BOM_16: Final = (b"\xff\xfe", b"\xfe\xff")
CHUNK: Final = 1 << 16


def kind_of(path: Path) -> str:
    """Return `xlsx` or `csv` by content; refuses everything else with a word on what it is."""
    with path.open("rb") as handle:
        head = handle.read(HEAD)
    if not head.strip(b"\0 \r\n\t") and path.stat().st_size <= HEAD:
        raise FileRefused("EMPTY")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "xlsx"
    if head.startswith(OLE):
        raise FileRefused("PASSWORD" if _is_encrypted(path) else "OLD_EXCEL")
    for start, kind in STARTS:
        if head.startswith(start) and not (kind == "image" and head.isascii() and len(start) == 2):
            raise FileRefused("KIND", kind=kind)
    _refuse_markup(head)
    return "csv"


def _refuse_markup(head: bytes) -> None:
    text = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if text.startswith((b"<!doctype", b"<html", b"<table", b"<?xml", b"<head", b"<meta", b"<svg")):
        raise FileRefused("KIND", kind="html")
    if text.startswith((b"{", b"[{")):
        raise FileRefused("KIND", kind="json")
    if b"\0" in head and not head.startswith(BOM_16):
        raise FileRefused("KIND", kind="binary")


def _is_encrypted(path: Path) -> bool:
    """Tell whether an OLE container holds an encrypted workbook rather than an old one."""
    with path.open("rb") as handle:
        tail = b""
        while block := handle.read(1 << 20):
            if ENCRYPTED in tail + block:
                return True
            tail = block[-len(ENCRYPTED) :]
    return False


def check_name(name: str, kind: str) -> None:
    """Refuse a file whose name promises another format than its content has."""
    suffix = Path(name).suffix.lower()
    promised = {".xlsx": "xlsx", ".xlsm": "xlsx", ".csv": "csv", ".txt": "csv", ".tsv": "csv"}
    if suffix in promised and promised[suffix] != kind:
        raise FileRefused("WRONG_NAME", name=Path(name).name[-80:], kind=kind)
    if suffix == ".xls":
        raise FileRefused("WRONG_NAME", name=Path(name).name[-80:], kind=kind)


def check_workbook(path: Path, limits: Limits) -> None:
    """Inflate every part of a workbook with an own count; refuse what is not a plain list."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check_entries(entries, limits)
            _check_format({entry.filename for entry in entries})
            total = 0
            for entry in entries:
                total += _inflated(archive, entry, limits, before=total)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as problem:
        if isinstance(problem, RuntimeError) and "encrypted" in str(problem):
            raise FileRefused("PASSWORD") from problem
        raise FileRefused("BROKEN", detail=str(problem)[:120]) from problem
    except (OSError, ValueError, OverflowError, MemoryError, UnicodeError) as problem:
        raise FileRefused("BROKEN", detail=type(problem).__name__) from problem


def _check_entries(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(entries) > limits.entries:
        raise FileRefused("ENTRIES", limit=limits.entries)
    for entry in entries:
        name = entry.filename
        parts = name.replace("\\", "/").split("/")
        linked = stat.S_ISLNK(entry.external_attr >> 16)
        if name.startswith(("/", "\\")) or ".." in parts or ":" in name or linked or "\0" in name:
            raise FileRefused("PATHS", name=name[:80])


def _check_format(names: set[str]) -> None:
    lowered = {name.lower() for name in names}
    if any("vbaproject" in name or "macrosheets/" in name for name in lowered):
        raise FileRefused("MACROS")
    if "xl/workbook.xml" in lowered:
        return
    if "xl/workbook.bin" in lowered:
        raise FileRefused("KIND", kind="xlsb")
    if any(name.startswith("word/") for name in lowered):
        raise FileRefused("KIND", kind="document")
    if "mimetype" in lowered and "content.xml" in lowered:
        raise FileRefused("KIND", kind="ods")
    raise FileRefused("KIND", kind="archive")


def _inflated(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: Limits, *, before: int
) -> int:
    """Return the true size of one part; declared sizes may lie, so they are not read."""
    count, tail = 0, b""
    is_markup = entry.filename.lower().endswith((".xml", ".rels", ".vml"))
    with archive.open(entry) as part:
        while block := _next(part):
            count += len(block)
            packed = max(entry.compress_size, 1)
            if before + count > limits.inflated or (
                count > limits.ratio_floor and count > limits.ratio * packed
            ):
                raise FileRefused(
                    "BOMB", packed=_megabytes(packed), limit=_megabytes(limits.inflated)
                )
            if is_markup and b"<!DOCTYPE" in tail + block:
                raise FileRefused("ENTITIES")
            tail = block[-16:]
    return count


def _next(part: IO[bytes]) -> bytes:
    return part.read(CHUNK)


def _megabytes(size: int) -> str:
    return f"{size / (1 << 20):.1f}"
