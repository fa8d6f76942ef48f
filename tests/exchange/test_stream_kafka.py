"""What is Kafka's own: several brokers, groups that others may read with, sign-in by SASL."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest

from qianshou.common import rowsecurity
from qianshou.exchange.actions import egress as ways
from qianshou.exchange.actions import fetching, listening, processing, streaming
from qianshou.exchange.connectors.failures import PullFailed
from qianshou.exchange.connectors.streams import kafka
from qianshou.exchange.models import ImportRun
from tests import make_exchange as making
from tests.exchange import brokers
from tests.exchange.test_egress import a_certificate
from tests.exchange.test_stream import (
    OnKafka,
    a_stream_source,
    feed_of,
    fetched,
    figures,
    problem_of,
    until,
)

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture(scope="module")
def cluster() -> Iterator[brokers.Kafka]:
    server = brokers.Kafka()
    yield server
    server.kill()


@pytest.fixture
def sender(cluster: brokers.Kafka, settings: Any, monkeypatch: pytest.MonkeyPatch) -> OnKafka:
    """A department with rows at both brokers, and a connector that waits no longer than it must."""
    settings.EGRESS_LOOPBACK = True
    monkeypatch.setattr(kafka, "ANSWER", 700)
    department = OnKafka(cluster)
    department.send(making.a_row())
    department.send([making.a_row()])
    return department


def test_a_broker_that_goes_away_is_told_and_the_next_pull_goes_on(sender):
    source = a_stream_source(sender)
    try:
        sender.server.ask("down", 1)
        fetched(source)
        assert problem_of(source) == "UNREACHABLE"
        assert "broker.example" in feed_of(source).problem["value"]
    finally:
        sender.server.ask("up", 1)
    fetched(source)
    assert (problem_of(source), sender.left(), figures()[0]) == ("", 0, 2)


def test_another_program_in_the_group_is_told_and_nothing_is_lost_or_doubled(sender):
    """It joins between our commit and our word to the broker, which is refused from then on."""
    source = a_stream_source(sender, group="shared")
    feed = feed_of(source)
    broker = streaming.opened(feed)
    batch, _run = streaming.take_in(feed, broker.take(most=10, wait=1.0))
    assert len(batch.done) == 2
    assert sender.server.ask("join", sender.topic, "shared") == 2
    try:
        with pytest.raises(PullFailed) as refused:
            broker.settle(batch.done, batch.refused)
        assert refused.value.problem == {"code": "SHARED", "value": "shared"}
        broker.close()
        assert fetched(source) == []
        assert problem_of(source) == "SHARED"
    finally:
        sender.server.ask("leave")
    with rowsecurity.acting(rowsecurity.SYSTEM):
        [run] = [processing.process_run(run.pk) for run in ImportRun.objects.all()]
    assert run.counts["new"] == 2
    assert figures() == (2, 1, 2)


def test_a_broker_that_the_cluster_names_and_nobody_approved_is_told(sender):
    source = a_stream_source(sender)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        way = source.egress.get(port=sender.server.ports[1])
        ways.end(way, by=way.asked_by)

    fetched(source)

    assert feed_of(source).problem == {"code": "NOT_APPROVED", "value": sender.second}


def test_parts_that_a_topic_gets_later_are_read_from_their_beginning(sender, monkeypatch):
    source = a_stream_source(sender)
    broker = streaming.opened(feed_of(source))
    try:
        parts = broker._consumer.partitions_for_topic
        monkeypatch.setattr(
            broker._consumer, "partitions_for_topic", lambda topic: parts(topic) - {1}
        )
        broker._assigned.clear()
        broker._assign()
        assert [each.body[:1] for each in broker.take(most=10, wait=1.0)] == [b"{"]
        monkeypatch.undo()
        assert b"[" in {each.body[:1] for each in broker.take(most=10, wait=1.0)}
    finally:
        broker.close()


def test_who_listens_to_a_topic_goes_on_when_its_broker_comes_back(sender, monkeypatch):
    """The second broker, which leads one part: the first answers on, and a poll brings no error."""
    monkeypatch.setattr(listening, "FIRST_PAUSE", 0.1)
    monkeypatch.setattr(listening, "WAIT", 0.1)
    source = a_stream_source(sender)
    ended, seen = threading.Event(), threading.Event()
    listener = threading.Thread(target=listening.follow, args=(source.pk, ended), daemon=True)
    listener.start()
    try:
        assert until(lambda: figures()[1] == 1, seen)
        sender.server.ask("down", 2)
        assert until(lambda: problem_of(source) == "UNREACHABLE", seen)
        sender.server.ask("up", 2)
        sender.send([making.a_row()])
        assert until(lambda: figures()[1] == 2, seen)
        assert until(lambda: sender.left() == 0, seen)
        assert problem_of(source) == ""
    finally:
        ended.set()
        listener.join(20)
    assert not listener.is_alive()


@pytest.mark.parametrize(("password", "trusted", "code"), [
    (brokers.PASSWORD, True, ""), ("not-the-right-one", True, "KEY"),
    (brokers.PASSWORD, False, "CERTIFICATE"),
])  # fmt: skip
def test_the_password_goes_to_a_cluster_with_a_trusted_certificate_alone(
    tmp_path, settings, monkeypatch, caplog, password, trusted, code
):
    settings.EGRESS_LOOPBACK = True
    monkeypatch.setattr(kafka, "JOINING", 1_000)
    authority, both = a_certificate(tmp_path, "broker.example")
    server = brokers.Kafka(brokers.PASSWORD, both)
    try:
        department = OnKafka(server)
        department.url, department.second = (
            f"kafkas://hub@broker.example:{port}" for port in server.ports
        )
        department.send(making.a_row())
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        source = a_stream_source(department, secret=password, mechanism="PLAIN")
        assert len(fetching.fetch(source.pk)) == (0 if code else 1)
        assert problem_of(source) == code
        assert password not in caplog.text + str(feed_of(source).problem)
    finally:
        server.kill()
    fetched(source)
    assert problem_of(source) == "UNREACHABLE"


def test_a_broker_that_the_cluster_names_and_nobody_approved_is_not_looked_up(settings):
    settings.EGRESS_LOOPBACK = True
    sender = SimpleNamespace(
        url="kafka://one.example:9092", fetch={"topic": "children", "group": "hub"}
    )
    source = a_stream_source(sender)
    session = kafka.Session(source, "kafka", owner=0)

    approved = kafka.looked_up(session, host="one.example", port=9092)
    assert [each[4] for each in approved] == [("127.0.0.1", 9092)]
    for host, port in (
        ("two.example", 9092), ("one.example", 9093), ("169.254.169.254", 80), ("127.0.0.1", 9092),
        ("0x7f000001", 9092), ("::ffff:127.0.0.1", 9092),
    ):  # fmt: skip
        assert kafka.looked_up(session, host=host, port=port) == []
    assert len(session.refused) == 6


def test_the_real_client_goes_to_the_approved_address_alone(settings, monkeypatch):
    """Kafka's own client, towards a port that closes every line; names are never looked up."""
    settings.EGRESS_LOOPBACK = True
    monkeypatch.setattr(kafka, "JOINING", 700)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        callers: list[Any] = []

        def answer() -> None:
            with suppress(OSError):
                while True:
                    line, _address = server.accept()
                    callers.append(line.recv(4))
                    line.close()

        threading.Thread(target=answer, daemon=True).start()
        sender = SimpleNamespace(
            url=f"kafka://one.example:{port}", fetch={"topic": "children", "group": "hub"}
        )
        source = a_stream_source(sender)
        assert fetching.fetch(source.pk) == []
        assert problem_of(source) in ("UNREACHABLE", "BROKEN")
        assert callers
