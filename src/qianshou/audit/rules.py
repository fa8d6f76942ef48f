"""The arithmetic of the chain: the same text and hash as the database trigger computes."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

SEPARATOR: Final = "\x1f"
FIRST: Final = bytes(32)


@dataclass(frozen=True)
class Link:
    """One entry as the chain sees it."""

    chain: str
    seq: int
    at: datetime
    fields: tuple[str, ...]
    prev_hash: bytes
    hash: bytes


@dataclass(frozen=True)
class Flaw:
    """One place where the trail does not hold."""

    chain: str
    seq: int
    problem: str


def canonical(details: dict[str, object]) -> str:
    """Return details as JSON text with sorted keys, the form that is hashed."""
    return json.dumps(
        details, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str
    )


def digest(link: Link) -> bytes:
    """Return SHA-256 over the previous hash and the entry's own text."""
    at = link.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    text = SEPARATOR.join((link.chain, str(link.seq), at, *link.fields))
    return sha256(link.prev_hash + text.encode()).digest()


def flaws(links: Iterable[Link], anchors: dict[tuple[str, int], bytes]) -> Iterator[Flaw]:
    """Walk entries in order of chain and place, and yield every break.

    `anchors` are hashes kept elsewhere: a database administrator who rewrites a whole chain
    makes it consistent again, but not with what another organisation has written down.
    """
    ends: dict[str, tuple[int, bytes]] = {}
    for link in links:
        seq, prev = ends.get(link.chain, (0, FIRST))
        yield from _flaws_of(link, seq + 1, prev)
        if anchors.get((link.chain, link.seq), link.hash) != link.hash:
            yield Flaw(link.chain, link.seq, "differs from the anchor kept outside")
        ends[link.chain] = (link.seq, link.hash)
    for place, seq in anchors:
        if ends.get(place, (0, FIRST))[0] < seq:
            yield Flaw(place, seq, "anchored outside but no longer here")


def _flaws_of(link: Link, expected_seq: int, expected_prev: bytes) -> Iterator[Flaw]:
    if link.seq != expected_seq:
        yield Flaw(link.chain, expected_seq, "missing")
    if link.prev_hash != expected_prev:
        yield Flaw(link.chain, link.seq, "does not follow the entry before it")
    if digest(link) != link.hash:
        yield Flaw(link.chain, link.seq, "changed after it was written")
