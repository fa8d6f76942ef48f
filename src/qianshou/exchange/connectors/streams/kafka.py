"""Reading every part of a topic of Kafka; the place of our group is committed after our own commit.

We join no group: the lock of the source keeps a second reader out, a member that died would hold
its parts for a minute, and a stranger in the group would be handed some of them with nobody told.

Kafka's client goes where the cluster says its brokers are. Here every broker that it announces has
to be a destination of the source of its own, approved like the first one, or no line is opened.
"""

import logging
import threading
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
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
# How long an open session waits for an answer, in milliseconds.
ANSWER = 10_000
# How long it waits for more of what has begun to come, in seconds.
GATHER: Final = 0.05
_made: list[Any] = []


@dataclass
class Session:
    """What the client's sockets have to know about the source they are opened for."""

    source: Source
    scheme: str
    owner: int
    # why brokers that the cluster named were not asked
    refused: list[PullFailed] = field(default_factory=list)
    # how a broker refused our sign-in, if one did
    denied: str = ""
    client: Any = None


# Sessions that are open, by the word that the client hands through to its sockets.
OPEN: Final[dict[str, Session]] = {}


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
            self._session = OPEN[proxy_url.rpartition("/")[2]]

        def dns_lookup(
            self,
            host: str,
            port: int,
            raise_error: bool = False,  # noqa: ARG002, FBT001, FBT002
        ) -> list[tuple[Any, ...]]:
            try:
                return looked_up(self._session, host=host, port=port)
            finally:
                # The client looks up in a thread of its own, which keeps no line to our database.
                if threading.get_ident() != self._session.owner:
                    connections.close_all()

        async def sock_connect(self, *given: Any, **more: Any) -> Any:
            try:
                return await super().sock_connect(*given, **more)
            except BaseException:
                # The client forgets a socket that found nobody, and leaves it open.
                given[1].close()
                raise

    return Pinned


def _manager(session: Session, **given: Any) -> Any:
    """Return the client's part that opens lines, taught to end where a sign-in is refused.

    Left alone it would try the same password again and again until time is up, which locks users
    out, and then say that nobody answered.
    """
    manager: Any = import_module("kafka.net.manager").KafkaConnectionManager
    selector = import_module("kafka.net.selector").NetworkSelector

    class Manager(manager):  # type: ignore[misc]
        def get_connection(self, *given: Any, **more: Any) -> Any:
            line = super().get_connection(*given, **more)
            line.init_future.add_errback(self._failed)
            return line

        def _failed(self, problem: BaseException) -> None:
            if "Sasl" in (name := type(problem).__name__):
                session.denied = name
                self.close()

    return Manager(selector(**given), **given)


def looked_up(session: Session, *, host: str, port: int) -> list[tuple[Any, ...]]:
    """Return the approved addresses of a broker as the client expects them, or none."""
    import socket  # noqa: PLC0415 - constants alone

    name = f"[{host}]" if ":" in host else host
    try:
        _found, addresses = addresses_of(session.source, f"{session.scheme}://{name}:{port}")
    except PullFailed as failure:
        session.refused.append(failure)
        return []
    families = {4: socket.AF_INET, 6: socket.AF_INET6}
    return [
        (families[6 if ":" in each else 4], socket.SOCK_STREAM, socket.IPPROTO_TCP, "",
         (each, port))
        for each in addresses
    ]  # fmt: skip


class Kafka:
    """Reads one topic, at the place of a group that the department gives us."""

    def __init__(self, feed: Feed, fetch: Fetch) -> None:
        """Find the cluster and the topic; raises `PullFailed`."""
        self._library = _library()
        self._options, url = fetch.options, fetch.options["url"]
        self._word = str(UUID(str(feed.source_id)))
        self._assigned: set[Any] = set()
        # The client would try for long, and not tell what is wrong with a certificate.
        self._found = sockets.first_of(feed.source, url, self._knocked)
        self._session = Session(feed.source, self._found.scheme, threading.get_ident())
        OPEN[self._word] = self._session
        try:
            self._consumer = self._opened(feed)
            self._assign()
        except (self._library.errors.KafkaError, OSError, PullFailed) as problem:
            told = self._told(problem)
            self.close()
            raise told from problem

    def _knocked(self, found: egress.Destination, address: str) -> egress.Destination:
        tls = sockets.tls_of(self._options["url"])
        with sockets.connected(found, address) as line:
            if tls is not None:
                tls.wrap_socket(line, server_hostname=found.host).close()
        return found

    def _opened(self, feed: Feed) -> Any:
        url = self._options["url"]
        tls, user = sockets.tls_of(url), sockets.user_of(url)
        kind = f"{'SASL_' if user else ''}{'SSL' if tls else 'PLAINTEXT'}"
        return self._library.KafkaConsumer(
            bootstrap_servers=[f"{self._found.host}:{self._found.port}"],
            group_id=self._options["group"], client_id="qianshou", enable_auto_commit=False,
            bootstrap_timeout_ms=JOINING, request_timeout_ms=ANSWER, kafka_client=self._client,
            # What a sender has taken back is not read, and a topic misspelt is not made.
            isolation_level="read_committed", allow_auto_create_topics=False,
            auto_offset_reset="earliest", max_poll_records=self._options["size"],
            max_partition_fetch_bytes=LARGEST, security_protocol=kind, ssl_context=tls,
            sasl_mechanism=self._options["mechanism"] if user else None,
            sasl_plain_username=user or None,
            sasl_plain_password=feed.secret.open() if user else None,
            proxy_url=f"{PINNED}://here/{self._word}",
        )  # fmt: skip

    def _client(self, **given: Any) -> Any:
        manager = _manager(self._session, **given)
        kind = import_module("kafka.net.compat").KafkaNetClient
        self._session.client = kind(net=manager._net, manager=manager, **given)  # noqa: SLF001
        return self._session.client

    def _assign(self) -> None:
        """Read all parts of the topic, also those that were added meanwhile."""
        topic = self._options["topic"]
        numbers = self._consumer.partitions_for_topic(topic)
        parts = {self._library.TopicPartition(topic, each) for each in numbers}
        if not parts:
            raise PullFailed("QUEUE", value=topic)
        if parts - self._assigned:
            self._assigned |= parts
            self._consumer.assign(sorted(self._assigned))

    def take(self, *, most: int, wait: float) -> list[Message]:
        """Return what the topic has for us; after `wait` seconds if it has no more."""
        self._session.refused.clear()
        try:
            self._assign()
            found = self._first(most, wait)
            # A broker hands out what lies together; what it has besides is there at once.
            while found and (left := most - len(found)) and (more := self._polled(left, GATHER)):
                found += more
        except self._library.errors.KafkaError as problem:
            raise self._told(problem) from problem
        return [
            Message(
                each.value or b"",
                f"{part.topic}:{part.partition}:{each.offset}:{each.timestamp}",
                (part, each.offset),
            )
            for part, each in found
        ]

    def _first(self, most: int, wait: float) -> list[tuple[Any, Any]]:
        """Return what comes first, or nothing if nothing is there; raises `PullFailed`."""
        ends = time.monotonic() + ANSWER / 1000
        while not (found := self._polled(most, wait)) and not self._is_at_end():
            if time.monotonic() > ends:
                raise PullFailed("STALLED", value=str(self._found))
        return found

    def _polled(self, most: int, wait: float) -> list[tuple[Any, Any]]:
        found = self._consumer.poll(timeout_ms=int(wait * 1000), max_records=most)
        return [(part, each) for part, messages in found.items() for each in messages]

    def _is_at_end(self) -> bool:
        """Tell whether nothing more is there, by asking every broker that leads a part.

        A poll alone does not tell a topic that is empty from a broker that has gone away.
        """
        ends = self._consumer.end_offsets(list(self._assigned), timeout_ms=ANSWER)
        at = {part: self._consumer.position(part, timeout_ms=ANSWER) for part in self._assigned}
        return all(at[part] is not None and at[part] >= ends[part] for part in self._assigned)

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
                {part: structs.OffsetAndMetadata(at, "", -1) for part, at in places.items()},
                timeout_ms=ANSWER,
            )
        except self._library.errors.KafkaError as problem:
            raise self._told(problem) from problem

    def close(self) -> None:
        """End every line to the brokers, also those of a session that never came about."""
        OPEN.pop(self._word, None)
        if (consumer := getattr(self, "_consumer", None)) is not None:
            consumer.close(autocommit=False, timeout_ms=1_000)
        elif self._session.client is not None:
            self._session.client.close()

    def _told(self, problem: Exception) -> PullFailed:
        """Return what has failed, without values."""
        errors, name = self._library.errors, type(problem).__name__
        if isinstance(problem, PullFailed):
            return problem
        if self._session.denied:
            return PullFailed("KEY", value=self._session.denied)
        if self._session.refused:
            return self._session.refused[-1]
        for kinds, code, value in (
            (errors.CommitFailedError, "SHARED", self._options["group"]),
            (errors.AuthorizationError, "QUEUE", name),
            # What the client itself would try again is a broker that does not answer.
            ((errors.RetriableError, OSError), "UNREACHABLE", str(self._found)),
        ):
            if isinstance(problem, kinds):
                return PullFailed(code, value=value)
        return PullFailed("BROKEN", value=name)
