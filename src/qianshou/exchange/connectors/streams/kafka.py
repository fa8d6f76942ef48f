"""Reading a topic of Kafka as a member of a group; the place is committed after our own commit.

Kafka's client goes where the cluster says its brokers are. Here every broker that it announces has
to be a destination of the source of its own, approved like the first one, or no line is opened.
"""

import logging
import threading
import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final
from uuid import UUID

from django.db import connections

from qianshou.exchange.connectors.egress import addresses_of
from qianshou.exchange.connectors.failures import PullFailed
from qianshou.exchange.connectors.streams import sockets
from qianshou.exchange.connectors.streams.messages import Message
from qianshou.exchange.models import Feed, Source
from qianshou.exchange.rules import egress
from qianshou.exchange.rules.fetch import Fetch
from qianshou.exchange.rules.streams import LARGEST

PINNED: Final = "pinned"
# How long the client looks for the first broker that answers, in milliseconds.
JOINING = 15_000
# Sources whose sessions are open, by the word that the client hands through to its sockets.
OPEN: Final[dict[str, tuple[Source, str, int]]] = {}
_made: list[Any] = []


def _library() -> Any:
    """Return the client, which only those who read such a broker need, taught to stay pinned."""
    try:
        with warnings.catch_warnings():
            # The client reads its own schemas in a way that newer Pythons advise against.
            warnings.simplefilter("ignore", DeprecationWarning)
            found, inet = import_module("kafka"), import_module("kafka.net.inet")
    except ModuleNotFoundError as problem:
        raise PullFailed("DRIVER", value="kafka-python") from problem
    if not _made:
        _made.append(_pinned_sockets(inet))
        # The client logs addresses and reasons at length; what matters is noted at the feed.
        logging.getLogger("kafka").setLevel(logging.CRITICAL)
    return found


def _pinned_sockets(inet: Any) -> type:
    class Pinned(inet.KafkaNetSocket):  # type: ignore[misc]
        """A way for the client's connections that knows approved addresses alone."""

        SCHEMES = (PINNED,)

        def __init__(self, proxy_url: str) -> None:
            self._source, self._scheme, self._owner = OPEN[proxy_url.rpartition("/")[2]]

        def dns_lookup(
            self,
            host: str,
            port: int,
            raise_error: bool = False,  # noqa: ARG002, FBT001, FBT002
        ) -> list[tuple[Any, ...]]:
            try:
                return looked_up(self._source, self._scheme, host=host, port=port)
            finally:
                # The client looks up in a thread of its own, which keeps no line to our database.
                if threading.get_ident() != self._owner:
                    connections.close_all()

    return Pinned


def looked_up(source: Source, scheme: str, *, host: str, port: int) -> list[tuple[Any, ...]]:
    """Return the approved addresses of a broker as the client expects them, or none."""
    import socket  # noqa: PLC0415 - constants alone

    name = f"[{host}]" if ":" in host else host
    try:
        _found, addresses = addresses_of(source, f"{scheme}://{name}:{port}")
    except PullFailed:
        return []
    families = {4: socket.AF_INET, 6: socket.AF_INET6}
    return [
        (families[6 if ":" in each else 4], socket.SOCK_STREAM, socket.IPPROTO_TCP, "",
         (each, port))
        for each in addresses
    ]  # fmt: skip


class Kafka:
    """Reads one topic for one group, which the department allows us to join."""

    def __init__(self, feed: Feed, fetch: Fetch) -> None:
        """Join the group; raises `PullFailed`."""
        self._library = _library()
        self._options = fetch.options
        self._word = str(UUID(str(feed.source_id)))
        url = self._options["url"]
        found, _addresses = addresses_of(feed.source, url)
        OPEN[self._word] = (feed.source, found.scheme, threading.get_ident())
        try:
            self._consumer = self._joined(feed, found)
        except self._library.errors.KafkaError as problem:
            OPEN.pop(self._word, None)
            raise _told(problem, found) from problem
        except OSError as problem:
            OPEN.pop(self._word, None)
            raise PullFailed("UNREACHABLE", value=str(found)) from problem

    def _joined(self, feed: Feed, found: egress.Destination) -> Any:
        url = self._options["url"]
        tls, user = sockets.tls_of(url), sockets.user_of(url)
        kind = f"{'SASL_' if user else ''}{'SSL' if tls else 'PLAINTEXT'}"
        return self._library.KafkaConsumer(
            self._options["topic"], bootstrap_servers=[f"{found.host}:{found.port}"],
            group_id=self._options["group"], client_id="qianshou", enable_auto_commit=False,
            bootstrap_timeout_ms=JOINING,
            auto_offset_reset="earliest", max_poll_records=self._options["size"],
            max_partition_fetch_bytes=LARGEST, security_protocol=kind, ssl_context=tls,
            sasl_mechanism=self._options["mechanism"] if user else None,
            sasl_plain_username=user or None,
            sasl_plain_password=feed.secret.open() if user else None,
            proxy_url=f"{PINNED}://here/{self._word}",
        )  # fmt: skip

    def take(self, *, most: int, wait: float) -> list[Message]:
        """Return what the topic has for us, after `wait` seconds at the latest."""
        try:
            found = self._consumer.poll(timeout_ms=int(wait * 1000), max_records=most)
        except self._library.errors.KafkaError as problem:
            raise _told(problem, None) from problem
        return [
            Message(
                each.value or b"",
                f"{part.topic}:{part.partition}:{each.offset}:{each.timestamp}",
                (part, each.offset),
            )
            for part, messages in found.items()
            for each in messages
        ]

    def settle(self, done: Sequence[Message], refused: Sequence[Message]) -> None:
        """Commit the place after the last message of each partition; Kafka returns nothing."""
        places: dict[Any, int] = {}
        for part, offset in (each.handle for each in (*done, *refused)):
            places[part] = max(places.get(part, 0), offset + 1)
        if not places:
            return
        structs = self._library.structs
        try:
            self._consumer.commit(
                {part: structs.OffsetAndMetadata(at, "", -1) for part, at in places.items()}
            )
        except self._library.errors.KafkaError as problem:
            raise _told(problem, None) from problem

    def close(self) -> None:
        """Leave the group."""
        OPEN.pop(self._word, None)
        self._consumer.close(autocommit=False)


def _told(problem: Exception, found: egress.Destination | None) -> PullFailed:
    """Return what has failed, without values."""
    name = type(problem).__name__
    if "Auth" in name:
        return PullFailed("KEY", value=name)
    if found is not None:
        return PullFailed("UNREACHABLE", value=str(found))
    return PullFailed("BROKEN", value=name)
