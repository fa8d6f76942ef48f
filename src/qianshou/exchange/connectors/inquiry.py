"""One signed question to a department's service, and its signed answer, over the pinned way out.

Nothing about the person stands in the address, so that no log of a server on the way holds it.
"""

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from qianshou.exchange.connectors import signing
from qianshou.exchange.connectors.egress import Answer, Client
from qianshou.exchange.connectors.failures import PullFailed
from qianshou.exchange.models import Source
from qianshou.exchange.rules import asking as rules

LARGEST: Final = 64 << 10
LONGEST: Final = 30.0
SKEW: Final = timedelta(minutes=5)


def put(
    source: Source, options: Mapping[str, Any], *, secret: str, said: Mapping[str, Any]
) -> rules.Answer:
    """Send one question and return the answer; raises `PullFailed`, with LIE for an untrue one."""
    body = json.dumps(said, ensure_ascii=False, sort_keys=True).encode()
    stamp, once = _now().strftime("%Y-%m-%dT%H:%M:%SZ"), secrets.token_hex(16)
    algorithm, target = options["algorithm"], urlsplit(options["url"]).path or "/"
    signature = signing.sign(secret, algorithm, parts=["POST", target, stamp, once], body=body)
    headers = {
        "Content-Type": "application/json", "Accept": "application/json",
        "X-Key-Id": options["key_id"], "X-Timestamp": stamp, "X-Nonce": once,
        "X-Signature": f"{algorithm}={signature}", "Idempotency-Key": str(said["id"]),
    }  # fmt: skip
    with Client(source, largest=LARGEST, longest=LONGEST) as client:
        answer = client.ask("POST", options["url"], headers=headers, body=body)
    _check(answer, secret=secret, once=once)
    try:
        return rules.answer_of(answer.body, question_id=str(said["id"]), today=_now().date())
    except rules.Lie as problem:
        raise PullFailed("LIE", value="answer") from problem


def _check(answer: Answer, *, secret: str, once: str) -> None:
    """Refuse what is no answer, or not one that the holder of the secret gave to this question."""
    if answer.status in (401, 403):
        raise PullFailed("KEY", value=str(answer.status))
    if answer.status == 429 or answer.status >= 500:
        raise PullFailed("BUSY", value=str(answer.status))
    if answer.status != 200:
        raise PullFailed("STATUS", value=str(answer.status))
    stamp = answer.headers.get("X-Timestamp", "")
    given = answer.headers.get("X-Signature", "")
    if not signing.is_right(secret, given, parts=["ANSWER", once, stamp], body=answer.body):
        raise PullFailed("LIE", value="signature")
    try:
        signed_at = datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as problem:
        raise PullFailed("LIE", value="time") from problem
    if abs(_now() - signed_at) > SKEW:
        raise PullFailed("LIE", value="time")


def _now() -> datetime:
    return datetime.now(UTC)
