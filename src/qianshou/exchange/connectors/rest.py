"""Pulling rows from a department's REST interface, page by page, believing nothing it says."""

import base64
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from qianshou.exchange.connectors import signing
from qianshou.exchange.connectors.egress import Answer, Client
from qianshou.exchange.connectors.failures import PullFailed
from qianshou.exchange.connectors.pages import Page
from qianshou.exchange.models import Feed
from qianshou.exchange.rules import answers
from qianshou.exchange.rules.fetch import Fetch

FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
# A server that asks for more rest than this is told about it, but not obeyed.
MOST_REST: Final = 24 * 3600
GONE: Final = (400, 404, 410, 422)


class Rest:
    """Reads one source over HTTP; holds its access for the time of one attempt."""

    def __init__(self, feed: Feed, fetch: Fetch, *, since: Any, etag: str) -> None:
        self._options, self._since, self._etag = fetch.options, since, etag
        self._secret = feed.secret.open()
        self._client = Client(feed.source)
        self._token = ""
        self._began = datetime.now(UTC)

    def close(self) -> None:
        """End the connections."""
        self._client.__exit__(None, None, None)

    def page(self, at: Any) -> Page:
        """Return one page; raises `PullFailed`."""
        url = self._url(at)
        wants = {"Accept": "application/json"}
        if self._etag and self._options["paging"] == "none":
            wants["If-None-Match"] = self._etag
        answer = self._ask(url, wants)
        if answer.status == 304 and self._etag:
            return Page([], None, unchanged=True)
        self._check(answer, at)
        return self._read(answer, at)

    def _url(self, at: Any) -> str:
        options = self._options
        given: dict[str, str] = dict(options["params"])
        if options["since_param"] and self._since:
            given[options["since_param"]] = str(self._since)
        if options["paging"] != "none":
            given[options["size_param"]] = str(options["size"])
        if options["paging"] == "page":
            given[options["page_param"]] = str(options["first"] if at is None else at)
        elif options["paging"] == "cursor" and at is not None:
            given[options["cursor_param"]] = str(at)
        return f"{options['url']}?{urlencode(given)}" if given else str(options["url"])

    def _ask(self, url: str, wants: Mapping[str, str]) -> Answer:
        """Ask with the source's own proof; a token that is no longer taken is fetched anew once."""
        answer = self._client.ask("GET", url, headers={**wants, **self._proof(url)})
        if answer.status == 401 and self._token:
            self._token = ""
            answer = self._client.ask("GET", url, headers={**wants, **self._proof(url)})
        return answer

    def _proof(self, url: str) -> dict[str, str]:
        options = self._options
        if options["auth"] == "header":
            return {options["header"]: self._secret}
        if options["auth"] == "oauth2":
            self._token = self._token or self._new_token()
            return {"Authorization": f"Bearer {self._token}"}
        if options["auth"] == "signed":
            return self._signed(url)
        return {}

    def _signed(self, url: str) -> dict[str, str]:
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        now, once = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), secrets.token_hex(16)
        algorithm = self._options["algorithm"]
        said = ["GET", target, now, once]
        signature = signing.sign(self._secret, algorithm, parts=said, body=b"")
        return {
            "X-Key-Id": self._options["key_id"], "X-Timestamp": now, "X-Nonce": once,
            "X-Signature": f"{algorithm}={signature}",
        }  # fmt: skip

    def _new_token(self) -> str:
        """Return an access token for our client credentials (RFC 6749, 4.4)."""
        options = self._options
        pair = f"{options['client_id']}:{self._secret}".encode()
        form = {"grant_type": "client_credentials"}
        if options["scope"]:
            form["scope"] = options["scope"]
        answer = self._client.ask(
            "POST", options["token_url"], body=urlencode(form).encode(),
            headers={**FORM, "Authorization": f"Basic {base64.b64encode(pair).decode()}"},
        )  # fmt: skip
        if answer.status in (400, 401, 403):
            raise PullFailed("KEY", value=str(answer.status))
        self._check_health(answer)
        try:
            token = answers.word_at(answers.read(answer.body), "access_token")
        except answers.BadAnswer as problem:
            raise PullFailed("NOT_JSON", value="access_token") from problem
        if not token or not token.isascii():
            raise PullFailed("KEY", value="access_token")
        return token

    def _check(self, answer: Answer, at: Any) -> None:
        if answer.status in (401, 403):
            raise PullFailed("KEY", value=str(answer.status))
        if answer.status in GONE and at is not None and self._options["paging"] == "cursor":
            # The server has forgotten the cursor; only a new beginning helps.
            raise PullFailed("CURSOR", fresh=True, value=str(answer.status))
        self._check_health(answer)

    def _check_health(self, answer: Answer) -> None:
        if answer.status == 429 or answer.status >= 500:
            raise PullFailed("BUSY", after=_rest(answer.headers), value=str(answer.status))
        if answer.status != 200:
            raise PullFailed("STATUS", value=str(answer.status))

    def _read(self, answer: Answer, at: Any) -> Page:
        options = self._options
        try:
            said = answers.read(answer.body)
            rows = answers.rows_at(said, options["rows"])
            total = answers.total_at(said, options["total"])
            following = self._next(said, at, empty=not rows)
        except answers.BadAnswer as problem:
            raise PullFailed("NOT_JSON", value=options["rows"]) from problem
        etag = answer.headers.get("ETag", "")[:200]
        return Page(rows, following, total, etag, since=self._asked_from(answer, at))

    def _asked_from(self, answer: Answer, at: Any) -> str | None:
        """Return from when the next pull asks: before this one began, by the slower clock.

        The rows bear the server's own times. Where its clock is behind ours, our time would pass
        over what changes next.
        """
        if at is not None:
            return None
        now = datetime.now(UTC)
        behind = max(now - (_moment(answer.headers.get("Date", "")) or now), timedelta(0))
        overlap = timedelta(minutes=self._options["overlap"])
        return (self._began - behind - overlap).isoformat(timespec="seconds")

    def _next(self, said: Any, at: Any, *, empty: bool) -> Any:
        """Return where the next page begins. A short page is no end: servers cut pages short."""
        options = self._options
        if options["paging"] == "page":
            return None if empty else int(options["first"] if at is None else at) + 1
        if options["paging"] == "cursor":
            following = answers.word_at(said, options["cursor_at"])
            if following and following == at:
                raise PullFailed("REPEATS", fresh=True, value="cursor")
            return following or None
        return None


def _rest(headers: Mapping[str, str]) -> int:
    """Return the seconds of rest that a server asks for (RFC 9110, 10.2.3), within reason."""
    text = headers.get("Retry-After", "")
    if text.isascii() and text.isdecimal() and len(text) < 8:
        return min(int(text), MOST_REST)
    then = _moment(text)
    return max(0, min(int(then.timestamp() - time.time()), MOST_REST)) if then else 0


def _moment(text: str) -> datetime | None:
    """Return the moment that a header names (RFC 9110, 5.6.7), None if it cannot be read."""
    try:
        return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None
