"""What brokers send: delivered at least once, in the files exactly once (T40, T51).

The same tests run against a NATS server with JetStream and a RabbitMQ node, both from Debian, and
a Kafka cluster of two brokers; what is Kafka's own stands in test_stream_kafka.py.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from qianshou.common import rowsecurity
from qianshou.exchange.actions import egress as ways
from qianshou.exchange.actions import fetching, listening, processing, streaming
from qianshou.exchange.connectors import egress
from qianshou.exchange.connectors.streams import jetstream
from qianshou.exchange.models import Feed, ImportRun, Record, Source, StreamMessage
from tests import make
from tests import make_exchange as making
from tests.exchange import brokers
from tests.exchange.test_egress import a_certificate

pytestmark = pytest.mark.usefixtures("committed")
_queues = count(1)


class OnNats:
    """A department that sends through NATS JetStream."""

    def __init__(self, server: brokers.Nats) -> None:
        self.server, self.stream = server, f"S{next(_queues)}"
        server.prepare(self.stream)
        self.url = f"nats://hub@broker.example:{server.port}"
        self.fetch = {"stream": self.stream, "consumer": "hub"}

    def send(self, body: Any, key: str = "") -> None:
        """Send one message."""
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        self.server.send(data, stream=self.stream, **({"Nats_Msg_Id": key} if key else {}))

    def left(self) -> int:
        """How many messages the broker still holds for us."""
        return sum(self.server.waiting(self.stream))


class OnRabbit:
    """A department that sends through RabbitMQ."""

    def __init__(self, server: brokers.Rabbit) -> None:
        self.server, self.queue = server, f"q{next(_queues)}"
        server.prepare(self.queue)
        self.url = f"amqp://hub@broker.example:{server.port}"
        self.fetch = {"queue": self.queue}

    def send(self, body: Any, key: str = "") -> None:
        """Send one message."""
        self.server.send(self.queue, body, key or f"m{next(_queues)}")

    def left(self) -> int:
        """How many messages the broker still holds for us."""
        return self.server.waiting(self.queue)


class OnKafka:
    """A department that sends through Kafka: rows to one broker, and all else to the other."""

    def __init__(self, server: brokers.Kafka) -> None:
        self.server, self.topic = server, f"t{next(_queues)}"
        server.ask("topic", self.topic)
        self.url, self.second = (f"kafka://broker.example:{port}" for port in server.ports)
        self.fetch = {"topic": self.topic, "group": "hub"}

    def send(self, body: Any) -> None:
        """Send one message."""
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        self.server.send(self.topic, data, part=0 if isinstance(body, dict) else 1)

    def left(self) -> int:
        """How many messages the broker still holds for us."""
        return int(self.server.ask("left", self.topic))


@pytest.fixture(scope="module")
def nats(tmp_path_factory: Any) -> Iterator[brokers.Nats]:
    server = brokers.Nats(tmp_path_factory.mktemp("nats"))
    yield server
    server.kill()


@pytest.fixture(scope="module")
def rabbit(tmp_path_factory: Any) -> Iterator[brokers.Rabbit]:
    server = brokers.Rabbit(tmp_path_factory.mktemp("rabbit"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def cluster() -> Iterator[brokers.Kafka]:
    server = brokers.Kafka()
    yield server
    server.kill()


KINDS = {"nats": OnNats, "rabbit": OnRabbit, "cluster": OnKafka}
WITH_PASSWORD = [
    pytest.param("nats", marks=pytest.mark.needs("nats-server")),
    pytest.param("rabbit", marks=pytest.mark.needs("rabbitmq-server")),
]


# What is decided before and behind the line is not asked of a third broker.
two_suffice = pytest.mark.parametrize("sender", WITH_PASSWORD, indirect=True)


@pytest.fixture(params=[*WITH_PASSWORD, "cluster"])
def sender(request: Any, settings: Any) -> Any:
    settings.EGRESS_LOOPBACK = True
    return KINDS[request.param](request.getfixturevalue(request.param))


def left_before_long(sender: Any) -> int:
    """What is left; a test that waits for it to end gives up after many looks."""
    looks = sender.__dict__
    looks["looks"] = looks.get("looks", 0) + 1
    assert looks["looks"] < 200, "messages stay at the broker"
    return int(sender.left())


def a_stream_source(sender: Any, *, secret: str = brokers.PASSWORD, **fetch: Any) -> Source:
    given = {"kind": "stream", "url": sender.url, **sender.fetch, **fetch}
    with rowsecurity.acting(rowsecurity.SYSTEM):
        source = making.a_source(make.COUNTY, fetch=given, delivery="changes")
        for url in filter(None, (sender.url, getattr(sender, "second", ""))):
            making.an_open_way(source, url)
        ways.set_secret(source, by=make.a_user("fed_city", area=make.CITY), secret=secret)
    return source


def fetched(source: Source) -> list[ImportRun]:
    """One attempt, and the runs it brought taken through the hub."""
    return [processing.process_run(run.pk) for run in fetching.fetch(source.pk)]


def feed_of(source: Source) -> Feed:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return Feed.objects.select_related("source").get(source=source)


def problem_of(source: Source) -> str:
    return str(feed_of(source).problem.get("code", ""))


def figures() -> tuple[int, int, int]:
    """Rows on file, deliveries, and versions of rows."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return Record.objects.current().count(), ImportRun.objects.count(), Record.objects.count()


def kept_out(source: Source) -> list[str]:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        found = StreamMessage.objects.filter(source=source, state="KEPT_OUT")
        return sorted(found.values_list("problem", flat=True))


def test_messages_become_rows_once_and_are_settled(sender):
    for _message in range(7):
        sender.send(making.a_row())
    sender.send([making.a_row(), making.a_row()])
    source = a_stream_source(sender)

    runs = fetched(source)

    assert [run.counts["new"] for run in runs] == [9]
    assert (problem_of(source), kept_out(source), sender.left()) == ("", [], 0)
    assert fetched(source) == []


@two_suffice
def test_a_message_may_hold_several_rows_under_a_name(sender):
    sender.send({"data": {"rows": [making.a_row(), making.a_row()]}})
    source = a_stream_source(sender, rows="data.rows")

    assert [run.counts["new"] for run in fetched(source)] == [2]


def test_what_comes_again_after_a_lost_word_changes_nothing(sender, monkeypatch):
    """The session breaks after our commit and before the broker hears of it."""
    for _message in range(3):
        sender.send(making.a_row())
    source = a_stream_source(sender)

    def broken(_broker: Any, _done: Any, _refused: Any) -> None:
        raise egress.PullFailed("BROKEN", value="test")

    kinds = set(streaming.BROKERS.values())
    with monkeypatch.context() as patched:
        for kind in kinds:
            patched.setattr(kind, "settle", broken)
        assert fetching.fetch(source.pk) == []
    assert problem_of(source) == "BROKEN"
    runs = []
    while left_before_long(sender):
        runs += fetched(source)

    with rowsecurity.acting(rowsecurity.SYSTEM):
        all_runs = [processing.process_run(run.pk) for run in ImportRun.objects.all()]
    assert runs == []
    assert [run.counts["new"] for run in all_runs] == [3]
    assert figures() == (3, 1, 3)


@two_suffice
def test_without_the_keys_the_same_messages_are_taken_in_twice(sender, monkeypatch):
    """Negative control: the marks are what makes the effect single."""
    sender.send(making.a_row())
    source = a_stream_source(sender)
    kinds, takes = set(streaming.BROKERS.values()), []

    def broken(_broker: Any, _done: Any, _refused: Any) -> None:
        takes.append(1)
        raise egress.PullFailed("BROKEN", value="test")

    with monkeypatch.context() as patched:
        for kind in kinds:
            patched.setattr(kind, "settle", broken)
        fetching.fetch(source.pk)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        StreamMessage.objects.all().delete()
    while left_before_long(sender):
        fetching.fetch(source.pk)

    assert figures()[1] == 2


KILLED = """
import os, signal, sys, django
django.setup()
from django.db import connections
for alias in ("default", "owner"):
    connections[alias].settings_dict["NAME"] = sys.argv[2]
from pathlib import Path
from uuid import UUID
from django.conf import settings
settings.MEDIA_ROOT = Path(sys.argv[4])
from qianshou.exchange.actions import fetching, streaming
def die(*_given):
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[3] == "after":
    for kind in set(streaming.BROKERS.values()):
        kind.settle = die
else:
    streaming._deliver = die
fetching.fetch(UUID(sys.argv[1]))
"""


@pytest.mark.parametrize("when", ["after", "before"])
def test_a_process_killed_around_the_commit_loses_and_doubles_nothing(sender, settings, when):
    for _message in range(4):
        sender.send(making.a_row())
    source = a_stream_source(sender)
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "qianshou.config.settings", "EGRESS_LOOPBACK": "1",
            }  # fmt: skip
    name = connection.settings_dict["NAME"]

    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(source.pk), name, when, str(settings.MEDIA_ROOT)],
        env=environment, check=False, timeout=60, capture_output=True, text=True,
    )  # fmt: skip

    assert ended.returncode == -signal.SIGKILL, ended.stderr
    # Taken in and unsettled, or neither: the commit decides, and the rest comes again.
    assert figures()[1] == (1 if when == "after" else 0)
    brought = []
    while left_before_long(sender):
        brought += fetched(source)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        for run in ImportRun.objects.filter(state="RECEIVED"):
            processing.process_run(run.pk)
        assert StreamMessage.objects.filter(state="TAKEN").count() == 4
    assert (sum(run.counts["new"] for run in brought), figures()[0]) == (
        0 if when == "after" else 4, 4,
    )  # fmt: skip


@two_suffice
def test_what_cannot_be_read_is_kept_and_returned_and_blocks_nothing(sender):
    poison = [b"<html>", b'{"rows": 1', b"[]", b"\x00\xff", b"[" * 50_000, b'"text"', b"[NaN]"]
    for body in poison:
        sender.send(making.a_row())
        sender.send(body)
    sender.send(making.a_row())
    source = a_stream_source(sender)

    runs = fetched(source)

    assert sum(run.counts["new"] for run in runs) == len(poison) + 1
    assert kept_out(source) == sorted(["NOT_JSON"] * 6 + ["NO_ROWS"])
    assert sender.left() == 0
    if isinstance(sender, OnRabbit):
        assert sender.server.waiting(f"{sender.queue}-returned") == len(poison)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        opened = {each.content.open() for each in StreamMessage.objects.filter(run=None)}
    assert "<html>" in opened


@two_suffice
def test_one_mark_for_two_contents_is_a_mistake_that_is_told(sender):
    first, second = making.a_row(), making.a_row()
    source = a_stream_source(sender, id_at="事件号")
    sender.send({**first, "事件号": "E-1"})
    sender.send({**second, "事件号": "E-1"})
    sender.send({**first, "事件号": "E-1"})
    sender.send({**second, "事件号": ""})

    runs = fetched(source)

    assert [run.counts["new"] for run in runs] == [1]
    assert kept_out(source) == ["NO_ID", "OTHER_CONTENT"]


@two_suffice
def test_a_row_that_changes_twice_ends_as_the_later_message_says(sender):
    row = making.a_row()
    sender.send(row)
    sender.send(row | {"住址": "新址"})
    sender.send(row | {"住址": "再新址"})
    sender.send(making.a_row())
    source = a_stream_source(sender)

    runs = fetched(source)

    assert len(runs) == 3
    with rowsecurity.acting(rowsecurity.SYSTEM):
        texts = [each.payload.open() for each in Record.objects.current()]
    assert len(texts) == 2
    assert any("再新址" in text for text in texts)


def test_messages_stay_with_the_broker_while_there_is_no_room(sender):
    for _message in range(6):
        sender.send(making.a_row())
    source = a_stream_source(sender, size=2, open_runs=2)

    first = fetching.fetch(source.pk)
    assert len(first) == 2
    assert fetching.fetch(source.pk) == []
    assert sender.left() == 2
    assert problem_of(source) == ""
    for run in first:
        processing.process_run(run.pk)
    assert len(fetching.fetch(source.pk)) == 1
    assert sender.left() == 0


@two_suffice
def test_a_wrong_password_is_told_and_never_shown(sender, caplog):
    source = a_stream_source(sender, secret="not-the-right-one")

    assert fetching.fetch(source.pk) == []
    assert problem_of(source) == "KEY"
    assert "not-the-right-one" not in caplog.text + str(feed_of(source).problem)


def test_a_queue_that_is_not_there_is_told(sender):
    source = a_stream_source(sender, **dict.fromkeys(sender.fetch, "missing"))

    assert fetching.fetch(source.pk) == []
    assert problem_of(source) == "QUEUE"


def test_a_broker_that_is_not_approved_is_not_asked(sender, monkeypatch):
    source = a_stream_source(sender)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        for way in source.egress.all():
            ways.end(way, by=way.asked_by)
    asked = []
    monkeypatch.setattr("socket.socket.connect", lambda *given: asked.append(given))

    assert fetching.fetch(source.pk) == []
    assert problem_of(source) == "NOT_APPROVED"
    assert [each for each in asked if str(sender.server.port) in str(each)] == []


@pytest.mark.needs("nats-server")
def test_who_listens_has_rows_at_once_and_goes_on_when_the_broker_comes_back(tmp_path, settings):
    """A listener in a thread, a NATS server that is killed and started again on its store."""
    settings.EGRESS_LOOPBACK = True
    server = brokers.Nats(tmp_path)
    try:
        department = OnNats(server)
        source = a_stream_source(department)
        ended, seen = threading.Event(), threading.Event()
        listener = threading.Thread(target=listening.follow, args=(source.pk, ended), daemon=True)
        listener.start()
        department.send(making.a_row())
        assert until(lambda: figures()[1] == 1, seen)
        assert fetching.fetch(source.pk) == []
        server.kill()
        assert until(lambda: bool(problem_of(source)), seen)
        server.start()
        department.send(making.a_row())
        assert until(lambda: figures()[1] == 2, seen)
        assert until(lambda: department.left() == 0, seen)
        assert problem_of(source) == ""
        with rowsecurity.acting(rowsecurity.SYSTEM):
            way = source.egress.get()
            ways.end(way, by=way.asked_by)
        assert until(lambda: problem_of(source) == "NOT_APPROVED", seen)
        ended.set()
        listener.join(20)
        assert not listener.is_alive()
    finally:
        server.kill()


def until(come: Callable[[], bool], nothing: threading.Event) -> bool:
    """Wait until something has come about, at most for a minute."""
    return any(come() or nothing.wait(0.1) for _look in range(600))


@two_suffice
def test_who_listens_follows_the_sources_that_there_are(sender, monkeypatch):
    source = a_stream_source(sender)
    begun: list[Any] = []

    def noted(source_id: Any, ended: threading.Event) -> None:
        begun.append((source_id, ended))
        ended.wait(30)

    monkeypatch.setattr(listening, "follow", noted)
    listener = listening.Listener()
    listener.look()
    listener.look()
    assert until(lambda: [each[0] for each in begun] == [source.pk], threading.Event())
    with rowsecurity.acting(rowsecurity.SYSTEM):
        Source.objects.update(is_active=False)
    listener.look()
    assert begun[0][1].is_set()
    listener.stop()


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Key and certificate of broker.example, trusted by this machine for the time of the test."""
    trusted, both = a_certificate(tmp_path, "broker.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    return both


@pytest.mark.needs("nats-server")
@pytest.mark.parametrize(("scheme", "trusted", "code"), [
    ("natss", True, ""), ("natss", False, "CERTIFICATE"), ("nats", True, "TLS"),
])  # fmt: skip
def test_a_line_under_tls_is_checked_and_never_given_up(
    tmp_path, settings, certificate, monkeypatch, scheme, trusted, code
):
    settings.EGRESS_LOOPBACK = True
    server = brokers.Nats(tmp_path, certificate=certificate)
    try:
        department = OnNats(server)
        department.url = f"{scheme}://hub@broker.example:{server.port}"
        department.send(making.a_row())
        if not trusted:
            monkeypatch.delenv("SSL_CERT_FILE")
        source = a_stream_source(department)
        assert len(fetching.fetch(source.pk)) == (0 if code else 1)
        assert problem_of(source) == code
    finally:
        server.kill()


@pytest.mark.needs("nats-server")
def test_a_broker_without_tls_gets_no_password_where_tls_is_wanted(nats, settings, monkeypatch):
    settings.EGRESS_LOOPBACK = True
    department = OnNats(nats)
    department.url = department.url.replace("nats:", "natss:")
    source = a_stream_source(department)
    sent: list[bytes] = []
    monkeypatch.setattr(jetstream.JetStream, "_send", lambda _self, data: sent.append(data))

    assert fetching.fetch(source.pk) == []
    assert problem_of(source) in ("BROKEN", "UNREACHABLE", "STALLED", "CERTIFICATE")
    assert sent == []
