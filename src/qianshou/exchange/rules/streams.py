"""What a message of a broker is to us: rows, the mark it is known by, or why it is kept out."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from qianshou.exchange.rules import answers

NATS, AMQP, KAFKA = "nats", "amqp", "kafka"
BROKERS: Final = {
    "nats": NATS, "natss": NATS, "amqp": AMQP, "amqps": AMQP, "kafka": KAFKA, "kafkas": KAFKA,
}  # fmt: skip
SCHEMES: Final = tuple(BROKERS)
TEXTS: Final = ("stream", "consumer", "queue", "topic", "group", "rows", "id_at")
MECHANISMS: Final = ("SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN")
KEYS: Final = ("url", *TEXTS, "mechanism", "size", "open_runs")
NEEDS: Final[dict[str, tuple[str, ...]]] = {
    NATS: ("stream", "consumer"), AMQP: ("queue",), KAFKA: ("topic", "group"),
}  # fmt: skip
# A dot or a star in the name of a stream would lead a NATS request to another subject.
NAMES: Final = {
    NATS: re.compile(r"[\w-]{1,120}"),
    AMQP: re.compile(r"[\w.:/-]{1,120}"),
    KAFKA: re.compile(r"[\w.-]{1,120}"),
}
LARGEST: Final = 1 << 20
MOST_ROWS: Final = 2000
LONGEST_KEY: Final = 180


class Unusable(Exception):  # noqa: N818 - named after the fact
    """A message cannot be taken in; `code` says why, and no later attempt will fare better."""

    def __init__(self, code: str) -> None:
        """Keep the reason."""
        super().__init__(code)
        self.code = code


def broker_of(url: str) -> str:
    """Return which kind of broker an address speaks to."""
    return BROKERS[url.partition(":")[0]]


def is_encrypted(url: str) -> bool:
    """Tell whether an address asks for TLS."""
    return url.partition(":")[0] in ("natss", "amqps", "kafkas")


def is_name(broker: str, text: str) -> bool:
    """Tell whether a text may name a queue, a stream, a topic or a consumer of a broker."""
    return NAMES[broker].fullmatch(text) is not None


def rows_of(body: bytes, path: str) -> tuple[Any, list[dict[str, str]]]:
    """Return what a message says and its rows; a message that is an object is one row."""
    if len(body) > LARGEST:
        raise Unusable("TOO_BIG")
    try:
        said = answers.read(body)
        found = answers.at(said, path)
        rows = answers.rows_at([found] if isinstance(found, Mapping) else found, "")
    except answers.BadAnswer as problem:
        raise Unusable("NOT_JSON") from problem
    if not 0 < len(rows) <= MOST_ROWS:
        raise Unusable("NO_ROWS" if not rows else "TOO_BIG")
    return said, rows


def key_of(said: Any, path: str, *, given: str) -> str:
    """Return the mark by which a message is known when it comes again; raises `Unusable`."""
    try:
        found = answers.word_at(said, path) if path else given
    except answers.BadAnswer as problem:
        raise Unusable("NO_ID") from problem
    if not found or not found.isprintable():
        raise Unusable("NO_ID")
    return short(found)


def short(key: str) -> str:
    """Return a key that fits its column."""
    return key if len(key) <= LONGEST_KEY else f"sha256:{sha256(key.encode()).hexdigest()}"
