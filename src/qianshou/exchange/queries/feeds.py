"""What people ask about how rows arrive, and where sources may be asked."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.common import rowsecurity
from qianshou.common.errors import NotFound
from qianshou.exchange import permissions
from qianshou.exchange.models import Egress, Feed, Source
from qianshou.exchange.rules.words import (
    FETCH_KINDS,
    PROBLEMS,
)


def _require_feeds(user: User) -> None:
    if not permissions.is_administrator(user):
        powers.require(user, Power.VIEW_IMPORTS)


def feeds_for(user: User) -> list[dict[str, Any]]:
    """Return the sources that rows arrive from by themselves, with how the last attempt went."""
    _require_feeds(user)
    sources = Source.objects.filter(profile__has_key="fetch").order_by("name")
    # How a feed fares names no person, so all who see sources see it; its secret stays unread.
    with rowsecurity.acting(rowsecurity.SYSTEM):
        feeds = {feed.source_id: feed for feed in Feed.objects.defer("secret")}
    return [
        {
            "source": source,
            "kind": _(FETCH_KINDS.get(source.profile["fetch"].get("kind", ""), "")),
            "feed": feed,
            "problem": problem_of(feed.problem) if feed and feed.problem else "",
        }
        for source in sources
        for feed in [feeds.get(source.pk)]
    ]


def problem_of(problem: Mapping[str, Any]) -> str:
    """Return why an attempt brought nothing, in words."""
    return _(PROBLEMS.get(problem["code"], PROBLEMS["UNKNOWN"])) % {"value": problem["value"]}


def ways_for(user: User, source: Source | None = None) -> QuerySet[Egress]:
    """Return the destinations that are asked for or open, those that wait first."""
    _require_feeds(user)
    ways = Egress.objects.filter(ended_at=None, **({"source": source} if source else {}))
    people = ("source", "asked_by", "first_by", "second_by")
    return ways.select_related(*people).order_by(F("approved_at").desc(nulls_first=True), "host")


def ways_waiting_for(user: User) -> int:
    """Count the destinations that this administrator, and not only another, can approve."""
    if not permissions.is_administrator(user):
        return 0
    waiting = Egress.objects.filter(ended_at=None, approved_at=None).exclude(asked_by=user)
    return waiting.exclude(first_by=user).count()


def way_for(user: User, way_id: UUID) -> Egress:
    """Return one destination; raises `NotFound`."""
    way = ways_for(user).filter(pk=way_id).first()
    if way is None:
        raise NotFound
    return way
