"""Who lets a source be asked somewhere: an editor asks, two administrators approve."""

from collections.abc import Iterable

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.audit import actions as audit
from qianshou.common.errors import Refused
from qianshou.exchange import permissions
from qianshou.exchange.models import Egress, Feed, Source
from qianshou.exchange.rules import egress as rules

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
def ask(source: Source, *, by: User, url: str, addresses: Iterable[str]) -> Egress:
    """Ask for a destination of a source; nothing goes there until two administrators approve."""
    powers.require(by, Power.EDIT_SOURCES, source.area_code)
    try:
        found = rules.destination_of(url)
        plain = sorted({rules.address_of(each, loopback=settings.EGRESS_LOOPBACK)
                        for each in addresses})  # fmt: skip
    except rules.BadDestination as problem:
        raise BadAddress from problem
    literal = ":" in found.host or found.host.rpartition(".")[2].isdigit()
    if not 0 < len(plain) <= MOST or (literal and plain != [found.host]):
        raise BadAddress
    Source.objects.select_for_update().get(pk=source.pk)
    if source.egress.filter(**found._asdict(), ended_at=None).exists():
        raise AlreadyAsked
    egress = Egress.objects.create(source=source, **found._asdict(), addresses=plain, asked_by=by)
    _recorded("asked", egress, by)
    return egress


@transaction.atomic
def approve(egress: Egress, *, by: User) -> Egress:
    """Approve a destination as one of two administrators; with the second one it opens."""
    permissions.require_administrator(by)
    egress = (
        Egress.objects.select_for_update(of=("self",)).select_related("source").get(pk=egress.pk)
    )
    if egress.ended_at or egress.approved_at:
        raise NotOpen
    if by.pk in (egress.asked_by_id, egress.first_by_id):
        raise ApprovedTwice
    if egress.first_by_id is None:
        egress.first_by = by
    else:
        egress.second_by, egress.approved_at = by, timezone.now()
    egress.save(update_fields=["first_by", "second_by", "approved_at"])
    _recorded("approved", egress, by)
    return egress


@transaction.atomic
def end(egress: Egress, *, by: User) -> Egress:
    """Close a destination; one person is enough, and it takes effect with the next request."""
    if not powers.may(by, Power.EDIT_SOURCES, egress.source.area_code):
        permissions.require_administrator(by)
    egress = (
        Egress.objects.select_for_update(of=("self",)).select_related("source").get(pk=egress.pk)
    )
    if egress.ended_at:
        raise NotOpen
    egress.ended_by, egress.ended_at = by, timezone.now()
    egress.save(update_fields=["ended_by", "ended_at"])
    _recorded("ended", egress, by)
    return egress


def _recorded(what: str, egress: Egress, by: User) -> None:
    audit.record(
        f"exchange.egress.{what}", by=by, subject_kind="source", subject_id=egress.source_id,
        area_code=egress.source.area_code, destination=str(egress), addresses=egress.addresses,
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
