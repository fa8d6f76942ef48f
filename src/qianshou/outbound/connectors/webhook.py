"""Calling a receiver: one signed message, one verdict. Nothing of the answer's body is kept."""

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from qianshou.exchange.actions.egress import Client, PullFailed
from qianshou.outbound.models import Receiver
from qianshou.outbound.rules import kinds, pauses, signatures
from qianshou.outbound.rules.pauses import Verdict

LARGEST: Final = 1 << 16
LONGEST: Final = 30.0


class Said(NamedTuple):
    """What came of a call: the verdict, the problem as a code, and the rest that was asked for."""

    verdict: Verdict
    problem: dict[str, Any]
    rest: int = 0


class Caller:
    """Sends messages to one receiver over its approved way, on one connection."""

    def __init__(self, receiver: Receiver, secret: str) -> None:
        self._receiver, self._secret = receiver, secret
        self._client = Client(receiver, largest=LARGEST, longest=LONGEST)

    def __enter__(self) -> Self:
        self._client.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.__exit__(kind, problem, trace)

    def call(self, event: Mapping[str, Any]) -> Said:
        """Send one message; never raises for what the other side does."""
        if not self._secret:
            return Said(Verdict.BUSY, {"code": "NO_SECRET"})
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        headers = signatures.headers(
            self._secret, self._receiver.algorithm, ident=str(event["id"]),
            timestamp=int(time.time()), body=body,
        )  # fmt: skip
        headers["Content-Type"] = kinds.CONTENT_TYPE
        try:
            answer = self._client.ask("POST", self._receiver.url, headers=headers, body=body)
        except PullFailed as failure:
            return Said(Verdict.BUSY, failure.problem, failure.after)
        verdict = pauses.verdict_of(answer.status)
        if verdict == Verdict.ARRIVED:
            return Said(verdict, {})
        problem = {"code": "ANSWER", "value": str(answer.status)}
        return Said(verdict, problem, _rest(answer.headers))


def _rest(headers: Mapping[str, str]) -> int:
    """Return the seconds of rest that a receiver asks for (RFC 9110, 10.2.3)."""
    text = headers.get("Retry-After", "")
    if text.isascii() and text.isdecimal() and len(text) < 8:
        return int(text)
    try:
        then = datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return 0
    return max(0, int(then.timestamp() - time.time()))
