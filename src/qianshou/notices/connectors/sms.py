"""Text messages through a provider's HTTP interface; its shape comes from the settings.

`SMS_BODY` is the provider's JSON with `{address}`, `{text}` and `{key}` where they belong, and
`SMS_OK` names the field of the answer that says yes, since many providers answer 200 to a no.
The key goes along as `Idempotency-Key`: a provider that knows it drops a repeated message.
"""

import json
import re
from typing import Any, Final

import httpx

from qianshou.notices.connectors.channel import Receipt, Undelivered

# Answers about the line or the key of the house, not about this message.
OF_THE_LINE: Final = frozenset({401, 403, 404, 408, 425, 429})
LARGEST: Final = 1 << 16
MARK: Final = re.compile(r"\{(address|text|key)\}")


class Sms:
    """Sends through the provider that the settings describe."""

    def __init__(
        self, url: str, *, secret: str, header: str, body: str, accepted: str, seconds: float = 10
    ) -> None:
        self._url, self._seconds = url, seconds
        self._headers = {}
        if secret:
            name, _, shape = header.partition(":")
            self._headers[name.strip()] = shape.strip().replace("{key}", secret)
        self._body = json.loads(body)
        self._field, _, self._value = accepted.partition("=")

    def send(self, address: str, text: str, *, key: str) -> Receipt:
        """Ask the provider once; a stall, a break and a 5xx are tried again, a no is not."""
        body = _filled(self._body, {"address": address, "text": text, "key": key})
        headers = {**self._headers, "Idempotency-Key": key}
        try:
            with httpx.Client(
                timeout=self._seconds, follow_redirects=False, trust_env=False
            ) as client:
                answer = client.post(self._url, json=body, headers=headers)
        except httpx.HTTPError as problem:
            raise Undelivered("UNREACHABLE", type(problem).__name__) from problem
        return self._judged(answer)

    def _judged(self, answer: httpx.Response) -> Receipt:
        status = answer.status_code
        if not 200 <= status < 300:
            lasting = 400 <= status < 500 and status not in OF_THE_LINE
            raise Undelivered("ANSWER", str(status), lasting=lasting)
        if not self._field:
            return Receipt()
        said = _json(answer)
        if str(said.get(self._field)) != self._value:
            raise Undelivered("REFUSED", str(said.get(self._field, "")), lasting=True)
        return Receipt(str(said.get("id", ""))[:60])


def _json(answer: httpx.Response) -> dict[str, Any]:
    if len(answer.content) > LARGEST:
        raise Undelivered("UNREADABLE")
    try:
        said = answer.json()
    except ValueError as problem:
        raise Undelivered("UNREADABLE") from problem
    return said if isinstance(said, dict) else {}


def _filled(shape: Any, values: dict[str, str]) -> Any:
    """Put the values into the texts of a JSON shape in one pass: a value is no shape again."""
    if isinstance(shape, dict):
        return {name: _filled(each, values) for name, each in shape.items()}
    if isinstance(shape, list):
        return [_filled(each, values) for each in shape]
    if isinstance(shape, str):
        return MARK.sub(lambda found: values[found[1]], shape)
    return shape
