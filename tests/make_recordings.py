"""Builders of voice notes and photos, byte by byte."""

import io
import struct

from PIL import Image


def an_ogg(seconds: int = 5) -> bytes:
    """An Ogg file with Opus: a head, tags, and a page of sound for each second."""
    head = b"OpusHead" + bytes((1, 1)) + struct.pack("<HIhB", 312, 48_000, 0, 0)
    pages = [_page(head, 0, number=0), _page(b"OpusTags" + bytes(8), 0, number=1)]
    pages += [_page(b"\xfc" * 80, each * 48_000, number=1 + each) for each in range(1, seconds + 1)]
    return b"".join(pages)


def _page(body: bytes, granule: int, *, number: int) -> bytes:
    head = b"OggS" + bytes((0, 0)) + struct.pack("<qIII", granule, 7, number, 0)
    return head + bytes((1, len(body))) + body


def a_webm(seconds: int = 5, *, track: int = 2, doctype: bytes = b"webm") -> bytes:
    """A WebM file as browsers record it: of unknown length, with a cluster for each second."""
    entry = _element(b"\x83", bytes((track,))) + _element(b"\x86", b"A_OPUS")
    body = _element(b"\x15\x49\xa9\x66", _element(b"\x2a\xd7\xb1", (1_000_000).to_bytes(3, "big")))
    body += _element(b"\x16\x54\xae\x6b", _element(b"\xae", entry))
    for each in range(seconds):
        block = _element(b"\xa3", b"\x81" + struct.pack(">h", 1000) + b"\x80" + b"\xfc" * 40)
        time = _element(b"\xe7", (each * 1000).to_bytes(4, "big"))
        body += b"\x1f\x43\xb6\x75" + b"\x01" + b"\xff" * 7 + time + block
    head = _element(b"\x1a\x45\xdf\xa3", _element(b"\x42\x82", doctype))
    return head + b"\x18\x53\x80\x67" + b"\x01" + b"\xff" * 7 + body


def _element(code: bytes, body: bytes) -> bytes:
    return code + (len(body) | 1 << 28).to_bytes(4, "big") + body


def an_m4a(seconds: int = 5, *, handler: bytes = b"soun") -> bytes:
    """An MP4 file with one track."""
    mdhd = _box(b"mdhd", bytes(12) + struct.pack(">II", 1000, seconds * 1000) + bytes(4))
    hdlr = _box(b"hdlr", bytes(8) + handler + bytes(13))
    moov = _box(b"moov", _box(b"trak", _box(b"mdia", mdhd + hdlr)))
    return _box(b"ftyp", b"M4A \0\0\0\0") + moov + _box(b"mdat", b"\xfc" * 100)


def _box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + name + body


def a_photo(kind: str = "JPEG", size: tuple[int, int] = (64, 48), *, turned: bool = False) -> bytes:
    """A photo that says where it was taken, by which telephone, and when."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0132] = "华为", "P40", "2026:11:26 09:00:00"
    exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 57.0, 30.0), 3: "E", 4: (109.0, 27.0, 0.0)})
    if turned:
        exif[0x0112] = 6
    made = io.BytesIO()
    Image.new("RGB", size, "#a8433c").save(made, kind, exif=exif.tobytes())
    return made.getvalue()
