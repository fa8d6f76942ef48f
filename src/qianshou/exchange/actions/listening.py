"""Following the brokers without a pause, so that a row is there seconds after it was sent.

One thread follows one source. A session that breaks is opened anew after a pause that doubles;
the lock of the source keeps the worker's own attempts out meanwhile.
"""

import random
import threading
from typing import Final
from uuid import UUID

from django.db import connections

from qianshou.common import rowsecurity
from qianshou.exchange.actions import fetching, streaming
from qianshou.exchange.connectors import progress
from qianshou.exchange.connectors.failures import PullFailed
from qianshou.exchange.models import Feed
from qianshou.exchange.rules import fetch as rules

WAIT: Final = 1.0
# Seconds between two looks at which sources there are, and whether a source has changed.
LOOK: Final = 10.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 120.0


def followed() -> dict[UUID, int]:
    """Return the active sources that a broker sends to, each with its version."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        feeds = Feed.objects.filter(source__is_active=True).select_related("source")
        return {
            feed.source_id: feed.source.version
            for feed in feeds
            if feed.source.profile.get("fetch", {}).get("kind") == rules.STREAM
        }


class Listener:
    """Follows every source that a broker sends to, until it is asked to stop."""

    def __init__(self) -> None:
        """Begin with none."""
        self._stop = threading.Event()
        self._threads: dict[tuple[UUID, int], tuple[threading.Thread, threading.Event]] = {}

    def stop(self) -> None:
        """Ask for the end; what is under way is finished first."""
        self._stop.set()
        for _thread, ended in self._threads.values():
            ended.set()

    def run(self) -> None:
        """Follow until asked to stop."""
        while not self._stop.is_set():
            self.look()
            self._stop.wait(LOOK)
        for thread, ended in self._threads.values():
            ended.set()
            thread.join(30)

    def look(self) -> None:
        """Begin with sources that are new or changed, and leave those that are gone."""
        wanted = set(followed().items())
        connections.close_all()
        for key, (thread, ended) in list(self._threads.items()):
            if key not in wanted or not thread.is_alive():
                ended.set()
                del self._threads[key]
        for key in wanted - self._threads.keys():
            ended = threading.Event()
            thread = threading.Thread(target=follow, args=(key[0], ended), daemon=True)
            self._threads[key] = (thread, ended)
            thread.start()


def follow(source_id: UUID, ended: threading.Event) -> None:
    """Follow one source until told to end; a pause after a failure doubles, to two minutes."""
    failures = 0
    try:
        while not ended.is_set():
            with progress.held(source_id) as alone:
                went_well = alone is not None and _session(source_id, ended)
            failures = 0 if went_well else failures + 1
            if failures:
                pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures - 1, 10))
                ended.wait(pause * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load
    finally:
        connections.close_all()


def _session(source_id: UUID, ended: threading.Event) -> bool:
    """Follow in one session until it breaks; tells whether it went well for a while."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        feed = Feed.objects.select_related("source").get(source=source_id)
    worked = False
    try:
        broker = streaming.opened(feed)
        try:
            fetching.note_success(feed, every=1)
            while not ended.is_set():
                if streaming.step(feed, broker, wait=WAIT) is None:
                    # Nothing came, which took its time, or there is no room for more.
                    ended.wait(0 if streaming.has_room(feed, streaming.room_of(feed)) else WAIT)
                worked = True
        finally:
            broker.close()
    except PullFailed as failure:
        fetching.note_failure(feed, failure.problem, after=failure.after)
    except Exception as problem:  # noqa: BLE001 - told at the feed; the next session begins anew
        fetching.note_failure(feed, {"code": fetching.UNKNOWN, "value": type(problem).__name__})
        connections.close_all()
    return worked
