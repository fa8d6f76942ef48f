"""Fetching what sources have: which are due, and one attempt at one of them.

Nobody stands behind these acts but the worker. An attempt never waits: what fails is tried again
at a later minute, and goes on from where it stood.
"""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from qianshou.common import queueing, rowsecurity
from qianshou.common.errors import Refused
from qianshou.exchange.actions import collecting, pulling, streaming
from qianshou.exchange.connectors import progress
from qianshou.exchange.connectors.failures import PullFailed
from qianshou.exchange.models import Feed, ImportRun
from qianshou.exchange.queries import contracts
from qianshou.exchange.rules import fetch as rules
from qianshou.exchange.rules import profile as profiles

ATTEMPTS: Final[dict[str, Callable[[Feed], list[ImportRun]]]] = {
    rules.FOLDER: collecting.collect,
    rules.REST: pulling.pull,
    rules.VIEW: pulling.pull,
    rules.STREAM: streaming.drain,
}
LONGEST_WAIT: Final = 360
# The worker looks once a minute, so a source that is due seconds later is due now.
NEAR: Final = timedelta(seconds=30)
UNKNOWN: Final = "UNKNOWN"


def due() -> list[UUID]:
    """Return the active sources whose time to be fetched has come, to the nearest minute."""
    now = timezone.now() + NEAR
    with rowsecurity.acting(rowsecurity.SYSTEM):
        feeds = Feed.objects.filter(Q(next_at=None) | Q(next_at__lte=now), source__is_active=True)
        return [
            feed.source_id
            for feed in feeds.select_related("source").order_by("next_at")
            if feed.source.profile.get("fetch", {}).get("kind") in ATTEMPTS
        ]


def hand_out() -> int:
    """Give the worker one job for each due source that has none waiting."""
    return sum(
        queueing.ask_alone("exchange.fetch", f"fetch-{source_id}", source_id=str(source_id))
        for source_id in due()
    )


def fetch(source_id: UUID) -> list[ImportRun]:
    """Make one attempt at a source; returns the deliveries it brought. A second worker stays out.

    What failed is noted at the feed, and the next attempt comes after a pause; an error of ours
    is raised besides.
    """
    with progress.held(source_id) as alone:
        if alone is None:
            return []
        with rowsecurity.acting(rowsecurity.SYSTEM):
            feed = Feed.objects.select_related("source").get(source=source_id)
        found = profiles.parse(feed.source.profile, feed.source.code).fetch
        if found is None or not feed.source.is_active:
            return []
        try:
            _require_agreement(feed)
            runs = ATTEMPTS[found.kind](feed)
        except PullFailed as failure:
            note_failure(feed, failure.problem, after=failure.after)
            return []
        except Exception as problem:
            note_failure(feed, {"code": UNKNOWN, "value": type(problem).__name__})
            raise
        note_success(feed, every=found.every)
        return runs


def _require_agreement(feed: Feed) -> None:
    """Ask for nothing without an agreement; what the department has stays with it until then."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        try:
            contracts.require_agreement(feed.source)
        except Refused as refusal:
            raise PullFailed("AGREEMENT", value=feed.source.name) from refusal


def note_success(feed: Feed, *, every: int) -> None:
    """Write that an attempt went well, and when the next one is due."""
    feed.failures, feed.problem = 0, {}
    _save(feed, timedelta(minutes=every))


def note_failure(feed: Feed, problem: dict[str, Any], *, after: int = 0) -> None:
    """Write why an attempt failed; the pause doubles up to six hours, each a little different."""
    feed.failures, feed.problem = min(feed.failures + 1, 1000), problem
    minutes = min(LONGEST_WAIT, 1 << min(feed.failures - 1, 10))
    pause = minutes * 60 * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, hides nothing
    _save(feed, timedelta(seconds=max(pause, after)))


def _save(feed: Feed, pause: timedelta) -> None:
    feed.looked_at = timezone.now()
    feed.next_at = feed.looked_at + pause
    with rowsecurity.acting(rowsecurity.SYSTEM):
        feed.save(update_fields=["failures", "problem", "looked_at", "next_at"])
