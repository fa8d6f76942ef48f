"""The only way out: requests go to the approved addresses of their owner, or nowhere (T31).

Names are never looked up. A request goes to one of the addresses that two administrators approved
for its scheme, host and port; the name serves for the certificate and the Host header alone. So
neither a redirect, nor a link in an answer, nor a changed name can lead a request elsewhere.
"""

import ssl
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, NamedTuple, Protocol, Self

import httpx
from django.conf import settings

from qianshou.common import rowsecurity
from qianshou.exchange.connectors.failures import PullFailed
from qianshou.exchange.rules import egress as rules

LARGEST: Final = 32 << 20
TIMES: Final = httpx.Timeout(10.0, read=30.0)
LONGEST: Final = 120.0


class Asking(Protocol):
    """What requests are sent for: a source, or a receiver of what we announce."""

    pk: Any
    area_code: Any
    # the related manager of its ways
    egress: Any


class Answer(NamedTuple):
    """What a server answered, read to its end under limits."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def addresses_of(owner: Asking, url: str) -> tuple[rules.Destination, list[str]]:
    """Return where a URL leads and the addresses approved for it; raises `PullFailed`."""
    try:
        found = rules.destination_of(url)
    except rules.BadDestination as problem:
        raise PullFailed("DESTINATION", value=problem.value) from problem
    with rowsecurity.acting(rowsecurity.SYSTEM):
        egress = (
            owner.egress.filter(**found._asdict(), ended_at=None).exclude(approved_at=None).first()
        )
    if egress is None:
        raise PullFailed("NOT_APPROVED", value=str(found))
    try:
        plain = [
            rules.address_of(each, loopback=settings.EGRESS_LOOPBACK) for each in egress.addresses
        ]
    except rules.BadDestination as problem:
        raise PullFailed("NOT_APPROVED", value=problem.value) from problem
    return found, plain


class Client:
    """Sends the requests of one owner; no proxy, redirect or name service leads them elsewhere."""

    def __init__(self, owner: Asking, *, largest: int = LARGEST, longest: float = LONGEST) -> None:
        self._owner, self._largest, self._longest = owner, largest, longest
        # The machine's own store of authorities, so that an operator can add a department's.
        self._http = httpx.Client(
            verify=ssl.create_default_context(), trust_env=False, follow_redirects=False,
            timeout=TIMES, headers={"Accept-Encoding": "identity", "User-Agent": "qianshou"},
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def ask(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """Send a request to the approved addresses in turn; raises `PullFailed`."""
        found, addresses = addresses_of(self._owner, url)
        failure = PullFailed("UNREACHABLE", value=str(found))
        for address in addresses:
            try:
                return self._ask(method, url, headers=headers or {}, body=body, at=(found, address))
            except (httpx.ConnectError, httpx.ConnectTimeout) as problem:
                code = "CERTIFICATE" if "CERTIFICATE" in str(problem) else "UNREACHABLE"
                failure = PullFailed(code, value=str(found))
            except httpx.TimeoutException as problem:
                raise PullFailed("STALLED", value=str(found)) from problem
            except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as problem:
                raise PullFailed("BROKEN", value=type(problem).__name__) from problem
        raise failure

    def _ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes,
        at: tuple[rules.Destination, str],
    ) -> Answer:
        found, address = at
        target = httpx.URL(url).copy_with(host=address)
        host = str(found).partition("://")[2]
        usual = f":{rules.PORTS[found.scheme]}"
        given = {**headers, "Host": host.removesuffix(usual)}
        names = {"sni_hostname": found.host} if found.scheme == "https" else {}
        ends = time.monotonic() + self._longest
        with self._http.stream(
            method, target, headers=given, content=body or None, extensions=names
        ) as answer:
            if 300 <= answer.status_code < 400 and answer.status_code != 304:
                raise PullFailed("REDIRECT", value=answer.headers.get("Location", "")[:200])
            if answer.headers.get("Content-Encoding", "identity") != "identity":
                raise PullFailed("BROKEN", value="Content-Encoding")
            return Answer(answer.status_code, answer.headers, self._read(answer, ends))

    def _read(self, answer: httpx.Response, ends: float) -> bytes:
        """Read an answer under a limit of size and one of time; neither trusts what it declares."""
        parts, size = [], 0
        for part in answer.iter_raw():
            size += len(part)
            if size > self._largest:
                raise PullFailed("TOO_BIG", value=f"{self._largest >> 20} MB")
            if time.monotonic() > ends:
                raise PullFailed("STALLED", value=f"{self._longest:.0f} s")
            parts.append(part)
        return b"".join(parts)
