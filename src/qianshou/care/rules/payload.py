"""What a phone sends, read with suspicion: each entry stands or falls by itself.

A new kind of entry is a class that follows `Inside`, a function that reads it, and a line in
`READERS`; what it does stands in `care/actions/doing.py`.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, ClassVar, Final
from uuid import UUID

from qianshou.care.rules import codes, enclosing

MOST_OPERATIONS: Final = 200
HIGHEST_SEQ: Final = 2**31 - 1
CONTACT: Final = "contact"
APPOINTMENT: Final = "appointment"
REPORT: Final = "report"
TICK: Final = "tick"
TRIED: Final = "tried"


class Bad(Exception):  # noqa: N818 - named after the fact
    """An entry cannot be taken; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Envelope:
    """One entry as it lies in a batch: its key, its place in the phone's row, and its box."""

    key: UUID
    seq: int
    box: bytes
    digest: bytes

    def bound_to(self, device_id: UUID) -> str:
        """Name what the box belongs to, so that it opens nowhere else."""
        return f"{device_id}|{self.key}|{self.seq}"


@dataclass(frozen=True)
class Inside:
    """What is in a box: about one of her pairings, or about none.

    Kinds that are taken `always` are done before all others, whatever became of the phone, the
    mother or the pairing. Their reader must find a place for every text: it raises nothing.
    """

    always: ClassVar[bool] = False

    pairing: UUID | None


@dataclass(frozen=True)
class Announced:
    """A voice note or photo that follows its entry: its kind, sealed size, and sealed digest."""

    key: UUID
    kind: str
    total: int
    digest: bytes


@dataclass(frozen=True)
class Said(Inside):
    """What a mother says about one contact."""

    kind: str
    at: datetime
    minutes: int
    topics: tuple[str, ...]
    mood: int | None
    note: str
    follow_up: bool
    enclosed: tuple[Announced, ...] = ()


@dataclass(frozen=True)
class Planned(Inside):
    """When the pair meets next, and from which version of it she started."""

    what: str
    at: datetime
    base: UUID | None


@dataclass(frozen=True)
class Reported(Inside):
    """A mandatory report, as it was typed; protection reads it, and refuses nothing."""

    always: ClassVar[bool] = True

    raw: Mapping[str, Any]


@dataclass(frozen=True)
class Tried(Inside):
    """That she tried to reach the child in vain, and when."""

    at: datetime


@dataclass(frozen=True)
class Ticked(Inside):
    """An item of the checklist that she did, when, in a few words, and perhaps photos of it."""

    item: str
    part: str
    at: datetime
    note: str
    enclosed: tuple[Announced, ...] = ()


def envelope(raw: Any) -> Envelope:
    """Read the outside of one entry; raises `Bad`."""
    if not isinstance(raw, dict) or not isinstance(raw.get("box"), str):
        raise Bad(codes.SHAPE)
    seq = raw.get("seq")
    if isinstance(seq, bool) or not isinstance(seq, int) or not 1 <= seq <= HIGHEST_SEQ:
        raise Bad(codes.SHAPE)
    key = uuid(raw.get("id"))
    try:
        box = base64.b64decode(raw["box"], validate=True)
    except (binascii.Error, ValueError) as problem:
        raise Bad(codes.UNREADABLE) from problem
    return Envelope(key, seq, box, sha256(seq.to_bytes(4, "big") + box).digest())


def inside(plain: bytes) -> Inside:
    """Read what was in the box; raises `Bad`."""
    try:
        raw = json.loads(plain)
    except (UnicodeDecodeError, ValueError, RecursionError) as problem:
        raise Bad(codes.SHAPE) from problem
    if not isinstance(raw, dict):
        raise Bad(codes.SHAPE)
    kind = raw.get("type")
    reader = READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise Bad(codes.KIND)
    return reader(raw)


def _contact(raw: dict[str, Any]) -> Said:
    return Said(
        pairing=uuid(raw.get("pairing")),
        kind=_kind(raw.get("kind")),
        at=moment(raw.get("at")),
        minutes=whole(raw.get("minutes", 0), high=codes.MOST_MINUTES),
        topics=_topics(raw.get("topics") or []),
        mood=None if raw.get("mood") is None else whole(raw["mood"], low=1, high=5),
        note=note(raw.get("note") or ""),
        follow_up=raw.get("follow_up") is True,
        enclosed=_enclosed(raw.get("enclosed") or []),
    )


def _enclosed(raw: Any) -> tuple[Announced, ...]:
    if not isinstance(raw, list) or len(raw) > enclosing.MOST_AT_ONCE:
        raise Bad(codes.SHAPE)
    return tuple(_announced(each) for each in raw)


def _announced(raw: Any) -> Announced:
    if not isinstance(raw, dict) or raw.get("kind") not in (enclosing.VOICE, enclosing.PHOTO):
        raise Bad(codes.SHAPE)
    try:
        digest = bytes.fromhex(str(raw.get("digest")))
    except ValueError as problem:
        raise Bad(codes.SHAPE) from problem
    if len(digest) != sha256().digest_size:
        raise Bad(codes.SHAPE)
    return Announced(
        uuid(raw.get("id")), raw["kind"], whole(raw.get("size"), high=2**31 - 1), digest
    )


def _appointment(raw: dict[str, Any]) -> Planned:
    base = raw.get("base")
    return Planned(
        pairing=uuid(raw.get("pairing")), what=_kind(raw.get("what")),
        at=moment(raw.get("at")), base=uuid(base) if base else None,
    )  # fmt: skip


def _report(raw: dict[str, Any]) -> Reported:
    try:
        pairing = uuid(raw["pairing"]) if raw.get("pairing") else None
    except Bad:
        pairing = None
    return Reported(pairing=pairing, raw=raw)


def _tick(raw: dict[str, Any]) -> Ticked:
    photos = _enclosed(raw.get("enclosed") or [])
    if any(each.kind != enclosing.PHOTO for each in photos):
        raise Bad(codes.SHAPE)
    return Ticked(
        pairing=uuid(raw.get("pairing")), item=_code(raw.get("item")),
        part=_code(raw.get("part") or ""), at=moment(raw.get("at")),
        note=note(raw.get("note") or ""), enclosed=photos,
    )  # fmt: skip


def _tried(raw: dict[str, Any]) -> Tried:
    return Tried(pairing=uuid(raw.get("pairing")), at=moment(raw.get("at")))


def _code(raw: Any) -> str:
    if not isinstance(raw, str) or len(raw) > codes.LONGEST_CODE:
        raise Bad(codes.SHAPE)
    return raw


READERS: Final[Mapping[str, Callable[[dict[str, Any]], Inside]]] = {
    CONTACT: _contact,
    APPOINTMENT: _appointment,
    REPORT: _report,
    TICK: _tick,
    TRIED: _tried,
}


def moment(raw: Any) -> datetime:
    """Read a time with its zone; a year of a broken clock is a time too. Raises `Bad`."""
    if not isinstance(raw, str):
        raise Bad(codes.TIME)
    try:
        found = datetime.fromisoformat(raw)
        if found.tzinfo is None:
            found = found.replace(tzinfo=UTC)
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as problem:
        raise Bad(codes.TIME) from problem


def note(raw: Any) -> str:
    """Read a note of any length that a person could write; halves of characters are shown as �."""
    if not isinstance(raw, str):
        raise Bad(codes.SHAPE)
    if len(raw) > codes.LONGEST_NOTE:
        raise Bad(codes.TOO_LONG)
    kept = raw.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return kept.replace("\0", "�")


def uuid(raw: Any) -> UUID:
    """Read an id; raises `Bad`."""
    try:
        return UUID(raw)
    except (ValueError, TypeError, AttributeError) as problem:
        raise Bad(codes.SHAPE) from problem


def _kind(raw: Any) -> str:
    if raw not in codes.KINDS:
        raise Bad(codes.SHAPE)
    return str(raw)


def whole(raw: Any, *, high: int, low: int = 0) -> int:
    """Read a whole number between two bounds; raises `Bad`."""
    if isinstance(raw, bool) or not isinstance(raw, int) or not low <= raw <= high:
        raise Bad(codes.SHAPE)
    return raw


def _topics(raw: Any) -> tuple[str, ...]:
    if not isinstance(raw, list) or not all(isinstance(each, str) for each in raw):
        raise Bad(codes.SHAPE)
    return tuple(each for each in codes.TOPICS if each in raw)


def as_text(raw: Any) -> str:
    """Return an entry that cannot be read, as text that can be kept."""
    return json.dumps(raw, ensure_ascii=True, default=str)


def digest_of(text: str) -> bytes:
    """Return the digest by which a repeated entry is known."""
    return sha256(text.encode()).digest()
