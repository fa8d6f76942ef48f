"""Pulling a source page by page into one delivery, and going on after a crash where it stood.

A page counts when it lies whole on disk and the place after it is committed, in this order. The
last page makes them a delivery: its run, the new beginning and the end of the pull are one
transaction, and the run's id is the pull's, so that a delivery is made once or not at all.
"""

import json
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from qianshou.common import rowsecurity
from qianshou.common.identity import new_id
from qianshou.exchange.actions import receiving, tracing
from qianshou.exchange.connectors import databases, spool
from qianshou.exchange.connectors.containers import Limits
from qianshou.exchange.connectors.failures import PullFailed
from qianshou.exchange.connectors.pages import Connector, Page
from qianshou.exchange.connectors.rest import Rest
from qianshou.exchange.models import Feed, ImportRun
from qianshou.exchange.queries import contracts
from qianshou.exchange.rules import fetch as rules
from qianshou.exchange.rules import profile as profiles

CONNECTORS: Final[dict[str, Callable[..., Connector]]] = {
    rules.REST: Rest,
    rules.VIEW: databases.view,
}
MOST_ROWS: Final = Limits().rows - 1
MOST_PAGES: Final = 20_000
MOST_COLUMNS: Final = 300
# A pull that could not end by then begins anew: its first pages are no longer true.
LONGEST: Final = timedelta(hours=24)


def pull(feed: Feed) -> list[ImportRun]:
    """Read the pages that are left, and make a delivery of them; raises `PullFailed`."""
    profile = contracts.profile_of(feed.source)
    assert profile.fetch is not None
    state = _state(feed, profile.fetch)
    try:
        if not _read_pages(feed, state, profile):
            _note_whole(state)
            _give_up(feed, state)
            return []
        _check_total(state)
        return _deliver(feed, state, profile)
    except PullFailed as failure:
        if failure.fresh:
            _give_up(feed, state)
        raise


def _state(feed: Feed, fetch: rules.Fetch) -> dict[str, Any]:
    """Return how far the source has come; another address or way of asking begins anew."""
    asked = {name: value for name, value in fetch.options.items() if name != "whole_every"}
    said = json.dumps(asked, sort_keys=True, default=str)
    mark = sha256(f"{fetch.kind} {said}".encode()).hexdigest()[:16]
    state: dict[str, Any] = dict(feed.position)
    if state.get("of") != mark:
        if state.get("pull"):
            spool.drop(state["pull"]["id"])
        state = {"of": mark}
    now = state.get("pull")
    too_old = now and datetime.fromisoformat(now["began"]) < timezone.now() - LONGEST
    if now and (too_old or not spool.is_whole(now["id"], now["pages"])):
        spool.drop(now["id"])
        now = None
    if now is None:
        state["pull"] = {
            "id": str(new_id()), "began": timezone.now().isoformat(), "pages": 0, "rows": 0,
            "at": None, "ended": False, "whole": _whole_is_due(state, fetch),
        }  # fmt: skip
    return state


def _whole_is_due(state: dict[str, Any], fetch: rules.Fetch) -> bool:
    """Tell whether everything is to be read once more, and not only what the source calls changed.

    A clock that was set back, a change without its time, a row that was written very late: the
    source itself no longer knows of them, and no overlap is long enough.
    """
    hours: int = fetch.options["whole_every"]
    last: str = state.get("whole", "")
    if not state.get("since") or (hours and not last):
        return True
    return bool(hours) and timezone.now() - datetime.fromisoformat(last) >= timedelta(hours=hours)


def _note_whole(state: dict[str, Any]) -> None:
    if state["pull"].get("whole"):
        state["whole"] = state["pull"]["began"]


def _read_pages(feed: Feed, state: dict[str, Any], profile: profiles.Profile) -> bool:
    """Read pages until the last; tells whether there is anything to deliver."""
    now = state["pull"]
    if now["ended"]:
        return bool(now["rows"])
    fetch = profile.fetch
    assert fetch is not None
    since = None if now.get("whole") else state.get("since")
    connector = CONNECTORS[fetch.kind](feed, fetch, since=since, etag=state.get("etag", ""))
    marks = spool.marks(now["id"], now["pages"])
    with closing(connector):
        while not now["ended"]:
            page = connector.page(now["at"])
            if page.unchanged:
                return False
            _take(now, page, marks, profile=profile)
            _commit(feed, state, pull=now)
    # An empty full list is a delivery: it is refused aloud, since it would withdraw everybody.
    return bool(now["rows"]) or feed.source.profile.get("delivery") == "full"


def _take(now: dict[str, Any], page: Page, marks: set[str], *, profile: profiles.Profile) -> None:
    """Put a page on disk and step past it; a server that runs in circles is found out."""
    seen = dict.fromkeys([*now.get("columns", ()), *(name for row in page.rows for name in row)])
    now["columns"] = list(seen)[:MOST_COLUMNS]
    # What no field is mapped to never reaches the disk; only the names of the columns are known.
    named = profile.headers
    rows = [{name: text for name, text in row.items() if name in named} for row in page.rows]
    mark = spool.write(now["id"], now["pages"] + 1, rows)
    if page.rows and mark in marks:
        raise PullFailed("REPEATS", fresh=True, value=str(now["pages"] + 1))
    marks.add(mark)
    now["pages"] += 1
    now["rows"] += len(page.rows)
    now["at"], now["ended"] = page.next, page.next is None
    now["total"] = page.total if page.total is not None else now.get("total")
    now["etag"] = page.etag
    now["since"] = page.since if page.since is not None else now.get("since")
    if now["rows"] > MOST_ROWS or now["pages"] > MOST_PAGES:
        raise PullFailed("TOO_MANY", fresh=True, value=str(now["rows"]))


def _check_total(state: dict[str, Any]) -> None:
    """Refuse what is less than the source itself declares: rows have been lost on the way."""
    now = state["pull"]
    total = now.get("total")
    if total is not None and spool.distinct(now["id"], now["pages"]) < total:
        raise PullFailed("TOTAL", fresh=True, value=str(total))


def _deliver(feed: Feed, state: dict[str, Any], profile: profiles.Profile) -> list[ImportRun]:
    now = state["pull"]
    headers = [name for column in profile.columns for name in column.headers]
    path = spool.table(now["id"], now["pages"], dict.fromkeys(headers))
    _note_whole(state)
    if _is_last(feed, state, path):
        _give_up(feed, state)
        return []
    began = datetime.fromisoformat(now["began"])
    name = f"{profile.code}-{timezone.localtime(began):%Y%m%d-%H%M%S}.csv"
    with path.open("rb") as file, rowsecurity.acting(rowsecurity.SYSTEM), transaction.atomic():
        run = receiving.receive_file(
            feed.source, by=None, file=file, name=name, area_code=feed.source.area_code,
            run_id=UUID(now["id"]),
        )  # fmt: skip
        tracing.note_columns(run, now.get("columns", ()))
        state["last"] = [run.sha256, run.source_version, now["id"]]
        state["etag"] = now["etag"]
        state["since"] = now["since"] or began.isoformat(timespec="seconds")
        _commit(feed, state, pull=None)
        receiving.start(run)
    spool.drop(now["id"])
    return [run]


def _is_last(feed: Feed, state: dict[str, Any], path: Path) -> bool:
    """Tell whether the last delivery held the very same, and still stands: nothing is new."""
    digest, version, run_id = state.get("last") or ("", 0, "")
    if (
        not run_id
        or version != feed.source.version
        or digest != sha256(path.read_bytes()).hexdigest()
    ):
        return False
    gone = (ImportRun.State.ROLLED_BACK, ImportRun.State.REFUSED, ImportRun.State.FAILED)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return ImportRun.objects.filter(pk=run_id).exclude(state__in=gone).exists()


def _commit(feed: Feed, state: dict[str, Any], *, pull: dict[str, Any] | None) -> None:
    """Keep how far the source has come."""
    feed.position = {**state, "pull": pull}
    with rowsecurity.acting(rowsecurity.SYSTEM):
        feed.save(update_fields=["position"])


def _give_up(feed: Feed, state: dict[str, Any]) -> None:
    """Throw away what was gathered, so that the next pull begins anew."""
    spool.drop(state["pull"]["id"])
    _commit(feed, state, pull=None)
