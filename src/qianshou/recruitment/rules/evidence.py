"""What a certificate may be: a document or a picture, told by its first bytes and not its name."""

from collections.abc import Iterable
from typing import Final

MOST_BYTES: Final = 10 << 20
KINDS: Final = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
}
HEAD: Final = 16
# Containers whose first bytes say only half of it, or that run: never taken, whatever the name.
RUNNING: Final = (b"MZ", b"\x7fELF", b"#!", b"PK\x03\x04", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")


def kind_of(head: bytes) -> str | None:
    """Return the type that the first bytes of a file show, None if it is none of the taken ones."""
    if head.startswith(RUNNING):
        return None
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    return None


def is_whole(kind: str, blocks: Iterable[bytes]) -> bool:
    """Tell whether a file ends as its type must, so that nothing else hides under a true head."""
    tail = b""
    for block in blocks:
        tail = (tail + block)[-1024:]
    ends = {
        "application/pdf": b"%%EOF" in tail,
        "image/jpeg": tail.rstrip(b"\0").endswith(b"\xff\xd9"),
        "image/png": tail.endswith(b"IEND\xaeB`\x82"),
    }
    return ends.get(kind, True)
