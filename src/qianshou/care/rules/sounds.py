"""Is it a voice note? Read by its bytes, to the last one, and never played.

Known are WebM (RFC 9559), Ogg (RFC 3533) and the MP4 family (ISO/IEC 14496-12): what browsers and
telephones record. A file is one of them if its parts follow each other up to its end, all its
tracks are sound, and there is sound in it. What says nothing of its length is bound by its size.
"""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

WEBM, OGG, MP4 = "audio/webm", "audio/ogg", "audio/mp4"


class NoSound(Exception):  # noqa: N818 - named after the fact
    """These bytes are no voice note."""


@dataclass
class Sound:
    """What was found: the type, and how long it is, nought if the file does not say."""

    type: str
    seconds: float = 0.0


def read(raw: bytes) -> Sound:
    """Tell what kind of voice note this is; raises `NoSound`."""
    try:
        if raw[:4] == b"OggS":
            found = _ogg(raw)
        elif raw[:4] == b"\x1a\x45\xdf\xa3":
            found = _webm(raw)
        elif raw[4:8] == b"ftyp":
            found = _mp4(raw)
        else:
            raise NoSound
    except (struct.error, IndexError, UnicodeDecodeError, OverflowError) as problem:
        raise NoSound from problem
    if not math.isfinite(found.seconds) or found.seconds < 0:
        raise NoSound
    return found


# Ogg: pages, each with a table of the lengths of its segments


def _ogg(raw: bytes) -> Sound:
    at, last, pages, rate = 0, 0, 0, 0
    while at < len(raw):
        if raw[at : at + 5] != b"OggS\0":
            raise NoSound
        (granule,) = struct.unpack_from("<q", raw, at + 6)
        body = at + 27 + raw[at + 26]
        if not pages:
            rate = _ogg_rate(raw[body : body + 30])
        at = body + sum(raw[at + 27 : body])
        last, pages = max(last, granule), pages + 1
    if at != len(raw) or pages < 3 or not rate:
        raise NoSound
    return Sound(OGG, last / rate)


def _ogg_rate(head: bytes) -> int:
    """Return how many samples a second the first packet promises; Opus counts 48,000 always."""
    if head[:8] == b"OpusHead":
        return 48_000
    if head[:7] == b"\x01vorbis":
        return int.from_bytes(head[12:16], "little")
    raise NoSound


# WebM: elements of an id, a length and a body; those in `MASTERS` hold further elements

MASTERS: Final = {
    0x1A45DFA3: "head", 0x18538067: "segment", 0x1549A966: "info", 0x1654AE6B: "tracks",
    0xAE: "track", 0x1F43B675: "cluster", 0xA0: "group",
}  # fmt: skip
SOUND_TRACK: Final = 2


@dataclass
class _Film:
    """What the elements of a WebM file say."""

    doctype: bytes = b""
    scale: int = 1_000_000
    cluster: int = 0
    end: int = 0
    blocks: int = 0
    tracks: list[int] = field(default_factory=list)


def _webm(raw: bytes) -> Sound:
    film, at = _Film(), 0
    while at < len(raw):
        code, at = _vint(raw, at, keep=True)
        size, at = _vint(raw, at, keep=False)
        if code in MASTERS:
            continue
        if size < 0 or at + size > len(raw):
            raise NoSound
        _note(film, code, raw[at : at + size])
        at += size
    if film.doctype != b"webm" or set(film.tracks) != {SOUND_TRACK} or not film.blocks:
        raise NoSound
    return Sound(WEBM, film.end * film.scale / 1e9)


def _note(film: _Film, code: int, body: bytes) -> None:
    if code == 0x4282:
        film.doctype = body
    elif code == 0x83:
        film.tracks.append(int.from_bytes(body, "big"))
    elif code == 0x2AD7B1:
        film.scale = int.from_bytes(body, "big")
    elif code == 0xE7:
        film.cluster = int.from_bytes(body, "big")
    elif code in (0xA3, 0xA1):
        _track, at = _vint(body, 0, keep=False)
        film.end = max(film.end, film.cluster + struct.unpack_from(">h", body, at)[0])
        film.blocks += 1


def _vint(raw: bytes, at: int, *, keep: bool) -> tuple[int, int]:
    """Read a number whose first byte says its length; an unknown length is -1."""
    first = raw[at]
    length = 9 - first.bit_length()
    if length > 8 or at + length > len(raw):
        raise NoSound
    value = int.from_bytes(raw[at : at + length], "big")
    if keep:
        return value, at + length
    value &= (1 << 7 * length) - 1
    return (-1 if value == (1 << 7 * length) - 1 else value), at + length


# MP4: boxes of a length, a name and a body; those in `HOLDERS` hold further boxes

HOLDERS: Final = frozenset({b"moov", b"trak", b"mdia", b"moof", b"traf"})


@dataclass
class _Tape:
    """What the boxes of an MP4 file say."""

    names: set[bytes] = field(default_factory=set)
    handlers: list[bytes] = field(default_factory=list)
    scale: int = 0
    length: int = 0
    begun: int = 0


def _mp4(raw: bytes) -> Sound:
    tape = _Tape()
    for name, body in _boxes(raw, depth=0):
        tape.names.add(name)
        _listen(tape, name, body)
    if set(tape.handlers) != {b"soun"} or not {b"moov", b"mdat"} <= tape.names:
        raise NoSound
    return Sound(MP4, max(tape.length, tape.begun) / tape.scale if tape.scale else 0.0)


def _boxes(raw: bytes, *, depth: int) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(raw):
        size, name = struct.unpack_from(">I4s", raw, at)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", raw, at + 8)
            head = 16
        size = size or len(raw) - at
        if size < head or at + size > len(raw):
            raise NoSound
        body = raw[at + head : at + size]
        yield name, body
        if name in HOLDERS and depth < 4:
            yield from _boxes(body, depth=depth + 1)
        at += size


def _listen(tape: _Tape, name: bytes, body: bytes) -> None:
    wide = body[:1] == b"\x01"
    if name == b"hdlr":
        tape.handlers.append(body[8:12])
    elif name == b"mdhd":
        tape.scale, tape.length = struct.unpack_from(
            ">IQ" if wide else ">II", body, 20 if wide else 12
        )
    elif name == b"tfdt":
        (begun,) = struct.unpack_from(">Q" if wide else ">I", body, 4)
        tape.begun = max(tape.begun, begun)
