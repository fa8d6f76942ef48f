"""Reading a queue of RabbitMQ: with a bound on what is under way, acknowledged after the commit."""

import ssl
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, Final, TypeVar
from urllib.parse import unquote, urlsplit

from qianshou.exchange.connectors.failures import PullFailed
from qianshou.exchange.connectors.streams import sockets
from qianshou.exchange.connectors.streams.messages import Message
from qianshou.exchange.models import Feed
from qianshou.exchange.rules import egress
from qianshou.exchange.rules.fetch import Fetch

HEARTBEAT: Final = 30
# Once something is there, what follows it closely comes along.
CLOSELY: Final = 0.05
NO_SUCH_QUEUE: Final = 404
Answer = TypeVar("Answer")


def _library() -> ModuleType:
    """Return the client, which only those who read such a broker need."""
    try:
        import pika  # noqa: PLC0415 - not every installation has it
    except ModuleNotFoundError as problem:
        raise PullFailed("DRIVER", value="pika") from problem
    found: ModuleType = pika
    return found


class Rabbit:
    """Reads one queue, which the department has made for us."""

    def __init__(self, feed: Feed, fetch: Fetch) -> None:
        """Sign in; raises `PullFailed`."""
        self._pika = _library()
        self._options, self._secret = fetch.options, feed.secret.open()
        self._connection: Any = sockets.first_of(feed.source, self._options["url"], self._opened)
        self._coming: Any = None
        self._channel: Any = None
        try:
            self._guarded(self._listen)
        except PullFailed:
            self.close()
            raise

    def close(self) -> None:
        """End the session; what was not settled comes again."""
        try:
            self._connection.close()
        except (self._pika.exceptions.AMQPError, OSError):
            return

    def _opened(self, found: egress.Destination, address: str) -> Any:
        url = self._options["url"]
        tls = sockets.tls_of(url)
        names = self._pika.PlainCredentials(sockets.user_of(url) or "guest", self._secret)
        given = self._pika.ConnectionParameters(
            host=address, port=found.port, virtual_host=_host_in(url), credentials=names,
            ssl_options=self._pika.SSLOptions(tls, found.host) if tls else None,
            heartbeat=HEARTBEAT, connection_attempts=1, socket_timeout=sockets.CONNECT_SECONDS,
            stack_timeout=2 * sockets.CONNECT_SECONDS, blocked_connection_timeout=60,
        )  # fmt: skip
        errors = self._pika.exceptions
        try:
            return self._pika.BlockingConnection(given)
        except (errors.ProbableAuthenticationError, errors.ProbableAccessDeniedError) as problem:
            raise PullFailed("KEY", value=found.scheme) from problem
        except errors.AMQPConnectionError as problem:
            raise _cause_of(problem) or PullFailed("UNREACHABLE", value=str(found)) from problem

    def _listen(self) -> None:
        self._channel = self._connection.channel()
        # The broker hands out no more than this before we settle: back-pressure.
        self._channel.basic_qos(prefetch_count=self._options["size"])

    def take(self, *, most: int, wait: float) -> list[Message]:
        """Return what the queue has, after `wait` seconds at the latest."""
        return self._guarded(lambda: self._taken(most, wait))

    def _taken(self, most: int, wait: float) -> list[Message]:
        found: list[Message] = []
        while len(found) < most:
            self._coming = self._channel.consume(
                self._options["queue"], inactivity_timeout=CLOSELY if found else wait or CLOSELY
            )
            frame, properties, body = next(self._coming)
            if frame is None:
                break
            found.append(Message(body, properties.message_id or "", frame.delivery_tag))
        return found

    def settle(self, done: Sequence[Message], refused: Sequence[Message]) -> None:
        """Acknowledge what is kept; what is refused goes to the dead letters of the queue."""
        self._guarded(lambda: self._settled(done, refused))

    def _settled(self, done: Sequence[Message], refused: Sequence[Message]) -> None:
        for each in done:
            self._channel.basic_ack(each.handle)
        for each in refused:
            self._channel.basic_reject(each.handle, requeue=False)
        self._connection.process_data_events(0)

    def _guarded(self, act: Callable[[], Answer]) -> Answer:
        """Do something with the broker; what goes wrong is told without values."""
        errors = self._pika.exceptions
        try:
            return act()
        except errors.ChannelClosedByBroker as problem:
            code = "QUEUE" if problem.reply_code == NO_SUCH_QUEUE else "KEY"
            raise PullFailed(code, value=self._options["queue"]) from problem
        except (errors.AMQPError, OSError, StopIteration) as problem:
            raise PullFailed("BROKEN", value=type(problem).__name__) from problem


def _host_in(url: str) -> str:
    """Return the virtual host that an address names after its slash."""
    return unquote(urlsplit(url).path.removeprefix("/")) or "/"


def _cause_of(problem: BaseException) -> BaseException | None:
    """Return the refusal of a certificate that lies behind a failed connection, if one does."""
    seen = [problem, *problem.args]
    for each in seen:
        inner = getattr(each, "exception", None) or each
        if isinstance(inner, ssl.SSLCertVerificationError):
            return inner
    return None
