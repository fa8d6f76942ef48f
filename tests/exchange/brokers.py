"""Brokers that really run: child processes on free ports of this machine, ended with the test."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.conftest import SYSTEM_PATH

PASSWORD = "only-the-broker-and-we-know-this"


def program(name: str) -> str:
    """Where a program of Debian lies."""
    found = shutil.which(name, path=SYSTEM_PATH)
    assert found, name
    return found


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_for(port: int, process: "subprocess.Popen[Any]", seconds: float = 60) -> None:
    """Return when something listens at a port; a process that ends before it is an error."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        assert process.poll() is None, "the program has ended"
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        select_nothing()
    raise AssertionError(f"nothing listens at {port}")


def select_nothing() -> None:
    """Let a moment pass for another process."""
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(["sleep", "0.05"], timeout=1, check=False)


class Nats:
    """A NATS server with JetStream, a user and one durable consumer."""

    def __init__(self, folder: Path, *, certificate: Path | None = None) -> None:
        self.folder, self.port, self.is_encrypted = folder, free_port(), certificate is not None
        tls = f'tls {{ cert_file: "{certificate}", key_file: "{certificate}" }}\n'
        (folder / "nats.conf").write_text(
            f'listen: "127.0.0.1:{self.port}"\n'
            f'jetstream {{ store_dir: "{folder / "store"}" }}\n'
            f'authorization {{ user: "hub", password: "{PASSWORD}" }}\n'
            + (tls if certificate else ""),
            encoding="utf-8",
        )
        self.start()

    def start(self) -> None:
        """Start it, or start it again on the same store."""
        self.process = subprocess.Popen(
            [program("nats-server"), "-c", str(self.folder / "nats.conf")],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_for(self.port, self.process)

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait()

    @contextmanager
    def line(self) -> Iterator[Any]:
        """A line to it for a sender, by other means than our connector."""
        line = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        assert line.recv(1 << 16).startswith(b"INFO ")
        if self.is_encrypted:
            plain = ssl.create_default_context()
            plain.check_hostname, plain.verify_mode = False, ssl.CERT_NONE
            line = plain.wrap_socket(line)
        greeting = {"user": "hub", "pass": PASSWORD, "headers": True, "verbose": False}
        with line, line.makefile("rb") as file:
            line.sendall(f"CONNECT {json.dumps(greeting)}\r\nPING\r\n".encode())
            assert file.readline() == b"PONG\r\n"
            line.sendall(b"SUB answers 1\r\n")
            yield line, file

    def ask(self, subject: str, body: Any = b"", **headers: str) -> dict[str, Any]:
        """Send something and return what JetStream answers."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = "".join(f"{name.replace('_', '-')}: {text}\r\n" for name, text in headers.items())
        lead = f"NATS/1.0\r\n{head}\r\n".encode() if headers else b""
        with self.line() as (line, file):
            word = f"HPUB {subject} answers {len(lead)}" if headers else f"PUB {subject} answers"
            line.sendall(f"{word} {len(lead) + len(data)}\r\n".encode() + lead + data + b"\r\n")
            size = int(file.readline().split()[-1])
            return dict(json.loads(file.read(size)))

    def prepare(self, stream: str = "CHILDREN", *, ack_wait: float = 0.5) -> None:
        """Make a stream and the consumer that the department gives us."""
        made = self.ask(f"$JS.API.STREAM.CREATE.{stream}", {
            "name": stream, "subjects": [f"{stream.lower()}.>"], "storage": "file",
        })  # fmt: skip
        assert "error" not in made, made
        config = {
            "durable_name": "hub", "ack_policy": "explicit", "ack_wait": int(ack_wait * 1e9),
            "deliver_policy": "all", "max_deliver": -1,
        }  # fmt: skip
        made = self.ask(f"$JS.API.CONSUMER.DURABLE.CREATE.{stream}.hub",
                        {"stream_name": stream, "config": config})  # fmt: skip
        assert "error" not in made, made

    def send(self, body: Any, *, stream: str = "CHILDREN", **headers: str) -> None:
        """Publish one message and wait until it is stored."""
        answer = self.ask(f"{stream.lower()}.rows", body, **headers)
        assert "error" not in answer, answer

    def waiting(self, stream: str = "CHILDREN") -> tuple[int, int]:
        """How many messages were not delivered yet, and how many were delivered and not settled."""
        said = self.ask(f"$JS.API.CONSUMER.INFO.{stream}.hub")
        return int(said["num_pending"]), int(said["num_ack_pending"])


class Rabbit:
    """A RabbitMQ node with its own port mapper, both ended with the test."""

    def __init__(self, folder: Path) -> None:
        self.port, self.mapper_port, between = free_port(), free_port(), free_port()
        self.folder = folder
        # As root the packaged script would become its own user, so the inner one is started.
        inner = "/usr/lib/rabbitmq/bin/rabbitmq-server"
        folder.chmod(0o755)
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            "default_user = hub\n"
            f"default_pass = {PASSWORD}\n"
            "log.console = false\n",
            encoding="utf-8",
        )
        (folder / "plugins").write_text("[].\n", encoding="utf-8")
        self.environment = {
            "PATH": SYSTEM_PATH, "HOME": str(folder), "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(self.mapper_port), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"test{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(between),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"), "RABBITMQ_LOG_BASE": str(folder),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }  # fmt: skip
        self.mapper = subprocess.Popen(
            [program("epmd"), "-port", str(self.mapper_port), "-address", "127.0.0.1"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        wait_for(self.mapper_port, self.mapper)
        self.process = subprocess.Popen(
            ["/bin/sh", inner], env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        wait_for(self.port, self.process, 90)

    def channel(self) -> Any:
        """A line to it for a sender."""
        import pika

        given = pika.ConnectionParameters(
            "127.0.0.1", self.port, credentials=pika.PlainCredentials("hub", PASSWORD)
        )
        self.line = pika.BlockingConnection(given)
        channel = self.line.channel()
        channel.confirm_delivery()
        return channel

    def prepare(self, queue: str) -> None:
        """Make a durable queue with a place for what is returned."""
        channel = self.channel()
        channel.queue_declare(f"{queue}-returned", durable=True)
        channel.queue_declare(queue, durable=True, arguments={
            "x-dead-letter-exchange": "", "x-dead-letter-routing-key": f"{queue}-returned",
        })  # fmt: skip
        self.line.close()

    def send(self, queue: str, body: Any, key: str | None = None) -> None:
        """Publish one message and wait until it is stored."""
        import pika

        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        channel = self.channel()
        channel.basic_publish(
            "", queue, data, pika.BasicProperties(message_id=key, delivery_mode=2)
        )
        self.line.close()

    def waiting(self, queue: str) -> int:
        """How many messages lie in a queue and are with nobody."""
        count = int(self.channel().queue_declare(queue, passive=True).method.message_count)
        self.line.close()
        return count

    def stop(self) -> None:
        """End the node, everything it started, and the port mapper."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, 9)
        self.process.wait()
        self.mapper.kill()
        self.mapper.wait()


class Kafka:
    """A Kafka cluster of two brokers: librdkafka's own, in a process that takes commands."""

    def __init__(self, password: str = "", certificate: Path | str = "") -> None:
        program = Path(__file__).with_name("kafka_cluster.py")
        self.process = subprocess.Popen(
            [sys.executable, str(program), password, str(certificate)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.ports: list[int] = self._answer()
        self.port = self.ports[0]

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def ask(self, command: str, *given: Any) -> Any:
        """Let the cluster do something."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([command, *given]) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def send(self, topic: str, body: bytes, *, part: int) -> None:
        """Produce one message and wait until it is stored."""
        self.ask("send", topic, part, b64encode(body).decode())

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.communicate()
