"""Who lets requests go somewhere: an editor asks, two administrators approve.

The owner of a way is a source that is asked there, or a receiver that things are sent to.
"""

from collections.abc import Iterable
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.audit import actions as audit
from qianshou.common.errors import Refused
from qianshou.exchange import permissions
from qianshou.exchange.connectors.egress import Answer, Asking, Client
from qianshou.exchange.connectors.failures import PullFailed
from qianshou.exchange.connectors.progress import held
from qianshou.exchange.models import Feed, Source, Way
from qianshou.exchange.rules import egress as rules

# For rooms above that send things out: the one way out, and being the only one at work on a thing.
__all__ = ["Answer", "Client", "PullFailed", "approve", "ask", "end", "held", "set_secret"]
MOST = 8


class BadAddress(Refused):
    """Requests cannot go to this address. Write it plainly; addresses of clouds are refused."""


class AlreadyAsked(Refused):
    """This destination is asked for or approved already; end it before you ask for another."""


class ApprovedTwice(Refused):
    """Two administrators approve, and neither of them has asked."""


class NotOpen(Refused):
    """This destination has been ended or is approved already."""


class NotFetched(Refused):
    """This source does not fetch its rows, so it needs no secret."""


@transaction.atomic
def ask(owner: Asking, *, by: User, url: str, addresses: Iterable[str]) -> Way:
    """Ask for a destination; nothing goes there until two administrators approve."""
    powers.require(by, Power.EDIT_SOURCES, owner.area_code)
    try:
        found = rules.destination_of(url)
        plain = sorted({rules.address_of(each, loopback=settings.EGRESS_LOOPBACK)
                        for each in addresses})  # fmt: skip
    except rules.BadDestination as problem:
        raise BadAddress from problem
    literal = ":" in found.host or found.host.rpartition(".")[2].isdigit()
    if not 0 < len(plain) <= MOST or (literal and plain != [found.host]):
        raise BadAddress
    cast("Any", type(owner)).objects.select_for_update().get(pk=owner.pk)
    if owner.egress.filter(**found._asdict(), ended_at=None).exists():
        raise AlreadyAsked
    way: Way = owner.egress.create(**found._asdict(), addresses=plain, asked_by=by)
    _recorded("asked", way, by)
    return way


@transaction.atomic
def approve(way: Any, *, by: User) -> Any:
    """Approve a destination as one of two administrators; with the second one it opens."""
    permissions.require_administrator(by)
    way = _locked(way)
    if way.ended_at or way.approved_at:
        raise NotOpen
    if by.pk in (way.asked_by_id, way.first_by_id):
        raise ApprovedTwice
    if way.first_by_id is None:
        way.first_by = by
    else:
        way.second_by, way.approved_at = by, timezone.now()
    way.save(update_fields=["first_by", "second_by", "approved_at"])
    _recorded("approved", way, by)
    return way


@transaction.atomic
def end(way: Any, *, by: User) -> Any:
    """Close a destination; one person is enough, and it takes effect with the next request."""
    if not powers.may(by, Power.EDIT_SOURCES, way.owner.area_code):
        permissions.require_administrator(by)
    way = _locked(way)
    if way.ended_at:
        raise NotOpen
    way.ended_by, way.ended_at = by, timezone.now()
    way.save(update_fields=["ended_by", "ended_at"])
    _recorded("ended", way, by)
    return way


def _locked(way: Way) -> Any:
    """Return a way as it is now, held until the transaction ends."""
    return cast("Any", type(way)).objects.select_for_update(of=("self",)).get(pk=way.pk)


def _recorded(what: str, way: Way, by: User) -> None:
    audit.record(
        f"exchange.egress.{what}", by=by, subject_kind=type(way.owner)._meta.model_name or "",
        subject_id=way.owner.pk, area_code=way.owner.area_code, destination=str(way),
        addresses=way.addresses,
    )  # fmt: skip


@transaction.atomic
def set_secret(source: Source, *, by: User, secret: str) -> Feed:
    """Keep the secret that a source is asked with, or signs with; nobody reads it again."""
    powers.require(by, Power.EDIT_SOURCES, source.area_code)
    feed = Feed.objects.select_for_update().filter(source=source).first()
    if feed is None:
        raise NotFetched
    feed.secret = secret
    feed.save(update_fields=["secret"])
    audit.record(
        "exchange.secret.set", by=by, subject_kind="source", subject_id=source.pk,
        area_code=source.area_code, code=source.code,
    )  # fmt: skip
    return feed
