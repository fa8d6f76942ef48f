"""Reading a consumer of NATS JetStream: pulled in batches, acknowledged after the commit.

The protocol is lines of text, spoken here over our own connection, so that neither the servers
that a cluster announces nor a server without TLS can lead the password elsewhere.
"""

import json
import secrets
import socket
import time
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from qianshou.exchange.connectors.failures import PullFailed
from qianshou.exchange.connectors.streams import sockets
from qianshou.exchange.connectors.streams.messages import Message
from qianshou.exchange.models import Feed
from qianshou.exchange.rules import egress
from qianshou.exchange.rules.fetch import Fetch
from qianshou.exchange.rules.streams import LARGEST

MOST_HEADERS: Final = 64 << 10
LONGEST_LINE: Final = 64 << 10
ACK, TERM = b"+ACK", b"+TERM"
# Grace for an answer beyond the time that the request itself runs out.
GRACE: Final = 5.0
ID_HEADER: Final = "nats-msg-id"
EMPTY: Final = ("404", "408")
ACKNOWLEDGED: Final = "$JS.ACK."


class Piece(NamedTuple):
    """One message of the protocol as it lies on the wire."""

    subject: str
    reply: str
    headers: bytes
    body: bytes

    @property
    def status(self) -> str:
        """Return the status that JetStream gives in the place of a message, if any."""
        first = self.headers.partition(b"\r\n")[0].decode("ascii", "replace").split()
        return first[1] if len(first) > 1 else ""

    def header(self, name: str) -> str:
        """Return one header, or nothing."""
        for line in self.headers.decode("utf-8", "replace").splitlines()[1:]:
            key, _, value = line.partition(":")
            if key.strip().lower() == name:
                return value.strip()
        return ""


class JetStream:
    """Reads one durable consumer, which the department has made for us."""

    def __init__(self, feed: Feed, fetch: Fetch) -> None:
        """Sign in; raises `PullFailed`."""
        self._options = fetch.options
        self._secret, self._user = feed.secret.open(), sockets.user_of(fetch.options["url"])
        self._buffer = bytearray()
        self._inbox = f"_INBOX.{secrets.token_hex(11)}"
        self._asked = 0
        self._line: socket.socket = sockets.first_of(
            feed.source, self._options["url"], self._opened
        )

        try:
            self._check_consumer()
        except PullFailed:
            self.close()
            raise

    def close(self) -> None:
        """End the session."""
        self._line.close()

    def _check_consumer(self) -> None:
        """Ask about the consumer first: a question to one that is missing gets no answer."""
        place = f"{self._options['stream']}.{self._options['consumer']}"
        inbox = f"{self._inbox}.0"
        self._publish(f"$JS.API.CONSUMER.INFO.{place}", b"", reply=inbox)
        piece = self._piece(time.monotonic() + GRACE)
        try:
            said = json.loads(piece.body or b"{}")
        except ValueError as problem:
            raise PullFailed("BROKEN", value="INFO") from problem
        if piece.status or "error" in said:
            raise PullFailed("QUEUE", value=place)

    def _opened(self, found: egress.Destination, address: str) -> socket.socket:
        self._buffer.clear()
        self._line = line = sockets.connected(found, address)
        try:
            self._signed_in(found)
        except BaseException:
            self._line.close()
            line.close()
            raise
        return self._line

    def _signed_in(self, found: egress.Destination) -> None:
        """Greet the server; with TLS in the profile nothing is said before the line is safe."""
        word, _, said = self._next_line(time.monotonic() + sockets.CONNECT_SECONDS).partition(" ")
        if word != "INFO":
            raise PullFailed("BROKEN", value="INFO")
        tls = sockets.tls_of(self._options["url"])
        if tls is not None:
            if self._buffer:
                raise PullFailed("BROKEN", value="TLS")
            self._line = tls.wrap_socket(self._line, server_hostname=found.host)
        elif _asks_for_tls(said):
            raise PullFailed("TLS", value=str(found))
        greeting: dict[str, Any] = {
            "verbose": False, "pedantic": False, "lang": "python", "version": "1", "protocol": 0,
            "name": "qianshou", "headers": True, "no_responders": True,
        }  # fmt: skip
        if self._user:
            greeting |= {"user": self._user, "pass": self._secret}
        elif self._secret:
            greeting["auth_token"] = self._secret
        self._send(f"CONNECT {json.dumps(greeting)}\r\nPING\r\n".encode())
        ends = time.monotonic() + sockets.CONNECT_SECONDS
        while self._word(ends) != "PONG":
            continue
        self._send(f"SUB {self._inbox}.* 1\r\n".encode())

    def take(self, *, most: int, wait: float) -> list[Message]:
        """Return what the consumer has, after `wait` seconds at the latest."""
        self._asked += 1
        inbox = f"{self._inbox}.{self._asked}"
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._options['stream']}.{self._options['consumer']}"
        # What is there now comes at once; only where nothing is there do we wait for the first.
        found = self._pulled(subject, inbox, {"batch": most, "no_wait": True}, wait=0)
        if found or wait <= 0:
            return found
        asked = {"batch": 1, "expires": int(wait * 1_000_000_000)}
        return self._pulled(subject, inbox, asked, wait=wait)

    def _pulled(
        self, subject: str, inbox: str, asked: dict[str, Any], *, wait: float
    ) -> list[Message]:
        body = json.dumps(asked).encode()
        self._publish(subject, body, reply=inbox)
        found: list[Message] = []
        ends = time.monotonic() + wait + GRACE
        while len(found) < asked["batch"]:
            piece = self._piece(ends)
            # A message keeps its own subject; what is said to an earlier request comes too late.
            if piece.reply.startswith(ACKNOWLEDGED):
                found.append(_message(piece))
            elif piece.subject != inbox:
                continue
            elif piece.status == "503":
                raise PullFailed("QUEUE", value=self._options["consumer"])
            elif piece.status not in EMPTY:
                raise PullFailed("STATUS", value=piece.status)
            else:
                break
        return found

    def settle(self, done: Sequence[Message], refused: Sequence[Message]) -> None:
        """Acknowledge what is kept; what is refused is ended, which its sender sees as advice."""
        for word, messages in ((ACK, done), (TERM, refused)):
            for each in messages:
                self._publish(each.handle, word)
        # The answer to a ping tells that the server has read all of them.
        self._send(b"PING\r\n")
        ends = time.monotonic() + GRACE
        while self._word(ends) != "PONG":
            continue

    def _publish(self, subject: str, body: bytes, *, reply: str = "") -> None:
        lead = f"PUB {subject} {reply} {len(body)}" if reply else f"PUB {subject} {len(body)}"
        self._send(lead.encode() + b"\r\n" + body + b"\r\n")

    def _send(self, data: bytes) -> None:
        try:
            self._line.settimeout(sockets.CONNECT_SECONDS)
            self._line.sendall(data)
        except OSError as problem:
            raise PullFailed("BROKEN", value=type(problem).__name__) from problem

    def _piece(self, ends: float) -> Piece:
        while True:
            line = self._next_line(ends)
            word = line.split(" ", 1)[0].upper()
            if word in ("MSG", "HMSG"):
                return self._read_piece(line.split(), ends)
            self._answered(line)

    def _word(self, ends: float) -> str:
        """Return the next word that is no message; a message meanwhile comes again later."""
        line = self._next_line(ends)
        word = line.split(" ", 1)[0].upper()
        if word in ("MSG", "HMSG"):
            self._read_piece(line.split(), ends)
        else:
            self._answered(line)
        return word

    def _answered(self, line: str) -> None:
        """Do what a line that is no message asks for."""
        if line.upper() == "PING":
            self._send(b"PONG\r\n")
        elif line.startswith("-ERR"):
            said = line[4:].strip(" '")
            refused = "authorization" in said.lower() or "permissions" in said.lower()
            raise PullFailed("KEY" if refused else "BROKEN", value="NATS")

    def _read_piece(self, words: list[str], ends: float) -> Piece:
        """Read the message that its first line announces: `MSG subject sid [reply] [head] size`."""
        has_headers = words[0].upper() == "HMSG"
        sizes = words[-2:] if has_headers else ["0", words[-1]]
        if not all(each.isdecimal() and len(each) < 9 for each in sizes) or len(words) < 4:
            raise PullFailed("BROKEN", value="MSG")
        head, size = int(sizes[0]), int(sizes[1])
        if head > size or head > MOST_HEADERS or size > (LARGEST << 3):
            raise PullFailed("TOO_BIG", value=f"{LARGEST >> 20} MB")
        data = self._read(size + 2, ends)
        reply = words[3] if len(words) == 5 + has_headers else ""
        return Piece(words[1], reply, data[:head], data[head:size])

    def _next_line(self, ends: float) -> str:
        while (at := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > LONGEST_LINE:
                raise PullFailed("BROKEN", value="NATS")
            self._more(ends)
        line = bytes(self._buffer[:at])
        del self._buffer[: at + 2]
        return line.decode("utf-8", "replace")

    def _read(self, size: int, ends: float) -> bytes:
        while len(self._buffer) < size:
            self._more(ends)
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def _more(self, ends: float) -> None:
        left = ends - time.monotonic()
        if left <= 0:
            raise PullFailed("STALLED", value="NATS")
        try:
            self._line.settimeout(left)
            data = self._line.recv(1 << 16)
        except TimeoutError as problem:
            raise PullFailed("STALLED", value="NATS") from problem
        except OSError as problem:
            raise PullFailed("BROKEN", value=type(problem).__name__) from problem
        if not data:
            raise PullFailed("BROKEN", value="NATS")
        self._buffer += data


def _asks_for_tls(info: str) -> bool:
    try:
        said = json.loads(info)
    except ValueError as problem:
        raise PullFailed("BROKEN", value="INFO") from problem
    return isinstance(said, dict) and bool(said.get("tls_required"))


def _message(piece: Piece) -> Message:
    """Return a message with its mark: the sender's, or its place in the stream and its time.

    The subject to acknowledge at ends in `….stream.consumer.delivered.sequence.consumer-sequence.
    time.pending`; newer servers put a domain and an account before, and a token behind.
    """
    words = piece.reply.split(".")
    if len(words) > 9:
        words = ["", "", *words[4:]]
    place = f"{words[2]}:{words[5]}:{words[7]}" if len(words) >= 9 else ""
    return Message(piece.body, piece.header(ID_HEADER) or place, piece.reply)
