"""A Kafka cluster of two brokers in memory, spoken to over TCP: librdkafka's own, in a process.

It takes commands as lines of JSON and answers each with one. Kafka's clients reach a broker through
a relay, so that a broker can go away and come back at the same port. The relay
changes one thing: librdkafka's brokers answer a version of ApiVersions that they do not know in a
form that no Kafka sends (the count of the list in one byte instead of four), so it answers this
itself, as Kafka does: error 35 and the versions that are known. It adds two things which those
brokers lack: TLS, if a certificate is given, and a sign-in by SASL PLAIN, if a password is given.
"""

import asyncio
import ctypes
import json
import ssl
import struct
import sys
from base64 import b64decode
from collections.abc import Callable
from typing import Any

from confluent_kafka import cimpl

API_VERSIONS, KNOWN = 18, 2
HANDSHAKE, AUTHENTICATE = 17, 36
PRODUCER, CONSUMER, COPY = 0, 1, 2
Pointer, Int, Text, Size = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t
_library = ctypes.CDLL(cimpl.__file__)
_c = ctypes.CDLL(None)
Resolve = ctypes.CFUNCTYPE(Int, Text, Text, Pointer, ctypes.POINTER(Pointer), Pointer)


def call(name: str, result: Any, *kinds: Any) -> Callable[..., Any]:
    """Return a function of librdkafka."""
    found: Callable[..., Any] = getattr(_library, f"rd_kafka_{name}")
    found.restype, found.argtypes = result, kinds  # type: ignore[attr-defined]
    return found


class Place(ctypes.Structure):
    """The first fields of librdkafka's rd_kafka_topic_partition_t."""

    _fields_ = (("topic", Text), ("partition", ctypes.c_int32), ("offset", ctypes.c_int64))


def _resolve(node: Any, service: Any, hints: Any, found: Any, _given: Any) -> int:
    """Every name that the brokers announce leads to this machine."""
    if node is None:
        _c.freeaddrinfo(Pointer(found[0]))
        return 0
    return int(_c.getaddrinfo(b"127.0.0.1", service, Pointer(hints), found))


_resolving = Resolve(_resolve)


def client(kind: int, settings: dict[str, str]) -> Any:
    """Return a client of librdkafka."""
    conf, said = call("conf_new", Pointer)(), ctypes.create_string_buffer(512)
    setting = call("conf_set", Int, Pointer, Text, Text, Text, Size)
    for name, value in settings.items():
        done = setting(conf, name.encode(), value.encode(), said, len(said))
        assert done == 0, said.value
    call("conf_set_resolve_cb", None, Pointer, Resolve)(conf, _resolving)
    made = call("new", Pointer, Int, Pointer, Text, Size)(kind, conf, said, len(said))
    assert made, said.value
    return made


def frame(said: bytes) -> bytes:
    """Return what is said with its length before it."""
    return len(said).to_bytes(4) + said


class Relay:
    """Stands before one broker, at a port of its own."""

    def __init__(self, behind: int, password: str, tls: ssl.SSLContext | None) -> None:
        self.behind, self.port = behind, 0
        self.password, self.tls = password.encode(), tls
        self._server: asyncio.Server | None = None
        self._lines: set[asyncio.StreamWriter] = set()

    async def up(self) -> None:
        """Listen, at the same port as before."""
        if self._server is not None and self._server.is_serving():
            return
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Close the port and every line."""
        assert self._server is not None
        self._server.close()
        for line in list(self._lines):
            line.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, broker = await asyncio.open_connection("127.0.0.1", self.behind)
        self._lines |= {writer, broker}
        try:
            await asyncio.gather(self._ask(reader, writer, broker), self._answer(behind, writer))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._lines -= {writer, broker}
            writer.close()
            broker.close()

    async def _ask(self, reader: Any, writer: Any, broker: Any) -> None:
        is_known = not self.password
        while True:
            size = await reader.readexactly(4)
            request = await reader.readexactly(int.from_bytes(size))
            kind, version, number = struct.unpack(">hhi", request[:8])
            if kind == API_VERSIONS and version > KNOWN:
                said = struct.pack(">ihihhh", number, 35, 1, API_VERSIONS, 0, KNOWN)
                writer.write(frame(said))
            elif kind == HANDSHAKE:
                writer.write(frame(struct.pack(">ihih5s", number, 0, 1, 5, b"PLAIN")))
            elif kind == AUTHENTICATE:
                is_known = request.endswith(b"\0hub\0" + self.password)
                said = struct.pack(">ihhiq", number, 0 if is_known else 58, -1, 0, 0)
                writer.write(frame(said))
            elif kind == API_VERSIONS or is_known:
                broker.write(size + request)
            else:
                raise OSError

    async def _answer(self, behind: Any, writer: Any) -> None:
        if self.password:
            # The first answer lists what the broker can do.
            said = await behind.readexactly(int.from_bytes(await behind.readexactly(4)))
            count = int.from_bytes(said[6:10]) + 2
            more = struct.pack(">hhhhhh", HANDSHAKE, 0, 1, AUTHENTICATE, 0, 1)
            writer.write(frame(said[:6] + count.to_bytes(4) + more + said[10:]))
        while said := await behind.read(1 << 16):
            writer.write(said)
        raise OSError


class Cluster:
    """What the commands do."""

    def __init__(self, password: str, certificate: str) -> None:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if certificate else None
        if tls is not None:
            tls.load_cert_chain(certificate)
        owner = client(PRODUCER, {"bootstrap.servers": "127.0.0.1:1", "log_level": "0"})
        self.mock = call("mock_cluster_new", Pointer, Pointer, Int)(owner, 2)
        places = call("mock_cluster_bootstraps", Text, Pointer)(self.mock).decode()
        ports = [int(each.rpartition(":")[2]) for each in places.split(",")]
        self.relays = [Relay(port, password, tls) for port in ports]
        self.members: list[Any] = []
        self.settings = {
            "log_level": "0", "sasl.mechanism": "PLAIN", "sasl.username": "hub",
            "sasl.password": password, "enable.ssl.certificate.verification": "false",
            "security.protocol": f"{'sasl_' * bool(password)}{'ssl' if tls else 'plaintext'}",
        }  # fmt: skip

    def begin(self) -> None:
        """Make those who send and look."""
        self.settings["bootstrap.servers"] = f"127.0.0.1:{self.relays[0].port}"
        self.sender = client(PRODUCER, self.settings)
        self.watcher = client(CONSUMER, self.settings | {"group.id": "hub"})

    def announce(self, broker: int, host: str) -> None:
        """Let the cluster name a broker so."""
        name = call("mock_broker_set_host_port", None, Pointer, ctypes.c_int32, Text, Int)
        name(self.mock, broker, host.encode(), self.relays[broker - 1].port)

    def topic(self, name: str) -> None:
        """Make a topic of two partitions, one led by each broker."""
        made = call("mock_topic_create", Int, Pointer, Text, Int, Int)
        lead = call("mock_partition_set_leader", Int, Pointer, Text, ctypes.c_int32, ctypes.c_int32)
        assert made(self.mock, name.encode(), 2, 1) == 0
        assert [lead(self.mock, name.encode(), part, part + 1) for part in (0, 1)] == [0, 0]

    def send(self, topic: str, part: int, body: str) -> None:
        """Produce one message and wait until it is stored."""
        data = b64decode(body)
        handle = call("topic_new", Pointer, Pointer, Text, Pointer)(
            self.sender, topic.encode(), None
        )
        produce = call(
            "produce", Int, Pointer, ctypes.c_int32, Int, Text, Size, Text, Size, Pointer
        )
        assert produce(handle, part, COPY, data, len(data), None, 0, None) == 0
        assert call("flush", Int, Pointer, Int)(self.sender, 10_000) == 0
        call("topic_destroy", None, Pointer)(handle)

    def left(self, topic: str) -> int:
        """How many messages lie behind the places that the group has committed."""
        wanted = call("topic_partition_list_new", Pointer, Int)(2)
        add = call("topic_partition_list_add", ctypes.POINTER(Place), Pointer, Text, ctypes.c_int32)
        places = [add(wanted, topic.encode(), part) for part in (0, 1)]
        assert call("committed", Int, Pointer, Pointer, Int)(self.watcher, wanted, 10_000) == 0
        marks = call(
            "query_watermark_offsets", Int, Pointer, Text, ctypes.c_int32,
            ctypes.POINTER(ctypes.c_int64), ctypes.POINTER(ctypes.c_int64), Int,
        )  # fmt: skip
        count = 0
        for part, place in enumerate(places):
            low, high = ctypes.c_int64(), ctypes.c_int64()
            found = marks(self.watcher, topic.encode(), part, low, high, 10_000)
            assert found == 0, found
            count += high.value - max(place.contents.offset, low.value)
        call("topic_partition_list_destroy", None, Pointer)(wanted)
        return count

    def join(self, topic: str, group: str) -> int:
        """Let another program join the group for the topic; how many parts it was given."""
        member = client(
            CONSUMER, self.settings | {"group.id": group, "enable.auto.commit": "false"}
        )
        wanted = call("topic_partition_list_new", Pointer, Int)(1)
        call("topic_partition_list_add", Pointer, Pointer, Text, ctypes.c_int32)(
            wanted, topic.encode(), -1
        )
        assert call("subscribe", Int, Pointer, Pointer)(member, wanted) == 0
        self.members.append(member)
        found = Pointer()
        for _look in range(100):
            call("consumer_poll", Pointer, Pointer, Int)(member, 100)
            call("assignment", Int, Pointer, ctypes.POINTER(Pointer))(member, found)
            # The list begins with its count.
            if count := ctypes.cast(found, ctypes.POINTER(Int)).contents.value:
                return count
        return 0

    def leave(self) -> None:
        """Let the other programs leave."""
        while self.members:
            call("consumer_close", Int, Pointer)(self.members.pop())


async def main() -> None:
    """Serve commands until the input ends."""
    cluster = Cluster(*sys.argv[1:3])
    for number, relay in enumerate(cluster.relays, start=1):
        await relay.up()
        cluster.announce(number, "broker.example")
    call("mock_group_initial_rebalance_delay_ms", None, Pointer, ctypes.c_int32)(cluster.mock, 0)
    cluster.begin()
    answer: Any = [relay.port for relay in cluster.relays]
    while True:
        print(json.dumps(answer), flush=True)
        line = await asyncio.to_thread(sys.stdin.readline)
        if not line:
            return
        name, *given = json.loads(line)
        if name in ("up", "down"):
            answer = await getattr(cluster.relays[given[0] - 1], name)()
        else:
            answer = await asyncio.to_thread(getattr(cluster, name), *given)


if __name__ == "__main__":
    asyncio.run(main())
