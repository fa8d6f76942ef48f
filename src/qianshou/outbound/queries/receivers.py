"""What people ask about receivers: how each is doing, what was set aside, where it is called."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.common import rowsecurity
from qianshou.common.errors import NotAllowed, NotFound
from qianshou.exchange import permissions as exchange
from qianshou.outbound import permissions
from qianshou.outbound.models import Delivery, Line, Message, Receiver, ReceiverWay
from qianshou.outbound.queries import agreeing
from qianshou.outbound.rules import kinds, words

SHOWN: Final = 50


@dataclass(frozen=True)
class Row:
    """One receiver in the list, with how its line is doing."""

    receiver: Receiver
    reached_at: Any
    next_at: Any
    problem: str
    waiting: int
    aside: int
    over: bool


def may_see(user: User) -> bool:
    """Tell whether the person may see which systems are told what."""
    return permissions.can_edit_receivers(user) or exchange.is_administrator(user)


def require_see(user: User) -> None:
    """Raise `NotAllowed` unless the person may see receivers."""
    if not may_see(user):
        raise NotAllowed


def rows_for(user: User) -> list[Row]:
    """Return every receiver with its figures: no row names a person."""
    require_see(user)
    count = Count("pk")
    with rowsecurity.acting(rowsecurity.SYSTEM):
        lines = {line.receiver_id: line for line in Line.objects.defer("secret")}
        open_ones = Delivery.objects.exclude(state=Delivery.State.SENT)
        figures: dict[UUID, dict[str, int]] = {}
        for receiver, state, number in open_ones.values_list("receiver", "state").annotate(count):
            figures.setdefault(receiver, {})[state] = number
    today = timezone.localdate()
    return [
        Row(
            receiver=each,
            reached_at=line.reached_at if line else None,
            next_at=line.next_at if line else None,
            problem=problem_words(line.problem) if line else "",
            waiting=figures.get(each.pk, {}).get(Delivery.State.WAITING, 0),
            aside=figures.get(each.pk, {}).get(Delivery.State.ASIDE, 0),
            over=each.valid_until < today,
        )
        for each in Receiver.objects.order_by("-is_active", "name")
        for line in [lines.get(each.pk)]
    ]


def problem_words(problem: Mapping[str, Any]) -> str:
    """Return what is wrong in words, or nothing."""
    if not problem:
        return ""
    said = words.PROBLEMS.get(problem["code"], words.PROBLEMS["BROKEN"])
    return _(said) % {"value": problem.get("value", problem["code"])}


def kinds_in_words(receiver: Receiver) -> list[str]:
    """Return what a receiver is told, in words."""
    return [_(words.KINDS[each]) for each in receiver.kinds if each in words.KINDS]


def receiver_for(user: User, receiver_id: UUID) -> Receiver:
    """Return one receiver; raises `NotFound`."""
    require_see(user)
    found = Receiver.objects.filter(pk=receiver_id).first()
    if found is None:
        raise NotFound
    return found


def latest_for(user: User, receiver: Receiver) -> list[Delivery]:
    """Return what was set aside and what was sent last: kinds and times, no child."""
    require_see(user)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = Delivery.objects.filter(receiver=receiver).select_related("message")
        aside = rows.filter(state=Delivery.State.ASIDE).order_by("-number")[:SHOWN]
        return [*aside, *rows.exclude(state=Delivery.State.ASIDE).order_by("-number")[:SHOWN]]


def ways_for(user: User, receiver: Receiver | None = None) -> QuerySet[ReceiverWay]:
    """Return the destinations that are asked for or open, those that wait first."""
    require_see(user)
    ways = ReceiverWay.objects.filter(ended_at=None, **({"receiver": receiver} if receiver else {}))
    people = ("receiver", "asked_by", "first_by", "second_by")
    return ways.select_related(*people).order_by(F("approved_at").desc(nulls_first=True), "host")


def way_for(user: User, way_id: UUID) -> ReceiverWay:
    """Return one destination; raises `NotFound`."""
    way = ways_for(user).filter(pk=way_id).first()
    if way is None:
        raise NotFound
    return way


def collected_for(
    user: User, code: str, *, after: int, most: int
) -> tuple[list[dict[str, Any]], int]:
    """Return the messages of a receiver after a number, and the number to go on from.

    For programs that cannot be called. Messages are kept for thirty days; who comes later takes an
    export and goes on from the last number. Raises `NotFound` for a stranger, `NotAllowed` for
    whoever may not see the children.
    """
    receiver = Receiver.objects.filter(code=code, is_active=True).first()
    if receiver is None or receiver.valid_until < timezone.localdate():
        raise NotFound
    if not powers.may(user, Power.TAKE_OUT, receiver.area_code):
        raise NotFound
    powers.require(user, Power.VIEW_CHILDREN, receiver.area_code)
    rows = Message.objects.filter(
        area_code__range=area_rules.subtree(receiver.area_code), kind__in=receiver.kinds,
        number__isnull=False, at__gte=receiver.made_at,
    )  # fmt: skip
    found = list(rows.filter(number__gt=after).order_by("number")[:most])
    # The number goes on over what may not be told, so that nobody asks for it for ever.
    following = found[-1].number or after if found else after
    if agreeing.asks(receiver):
        agreed = agreeing.agreed_among([each.child for each in found], receiver.name)
        found = [each for each in found if each.child in agreed]
    return [_event(each) for each in found], following


def _event(message: Message) -> dict[str, Any]:
    return kinds.envelope(
        number=message.number or 0, ident=str(message.pk), kind=message.kind,
        subject=str(message.subject), area_code=message.area_code, at=message.at.isoformat(),
        body=message.body,
    )  # fmt: skip
