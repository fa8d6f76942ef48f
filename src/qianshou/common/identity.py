"""Identifiers: UUID version 7 (RFC 9562), so that rows written together lie together on disk."""

import os
import time
import uuid


def new_id() -> uuid.UUID:
    """Return one time-ordered identifier."""
    return new_ids(1)[0]


def new_ids(count: int) -> list[uuid.UUID]:
    """Return `count` identifiers of this millisecond, strictly ascending within the call.

    The 12 bits `rand_a` and the first 20 of `rand_b` count upwards from a random start, so a
    batch of up to two million keeps its order; 42 random bits remain against guessing.
    """
    stamp = time.time_ns() // 1_000_000
    randomness = os.urandom(8 * count + 4)
    start = int.from_bytes(randomness[:4], "big") >> 2
    made = []
    for position in range(count):
        counter = (start + position) & 0xFFFFFFFF
        tail = int.from_bytes(randomness[4 + 8 * position : 12 + 8 * position], "big") >> 22
        value = stamp << 80 | 0x7 << 76 | (counter >> 20) << 64
        value |= 0b10 << 62 | (counter & 0xFFFFF) << 42 | tail
        made.append(uuid.UUID(int=value))
    return made
