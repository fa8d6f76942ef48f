"""Messages of brokers that could not be taken in: which, why, and what can be done."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.exchange.models import StreamMessage
from qianshou.exchange.rules.words import MESSAGES


def messages_for(user: User, area_code: str) -> QuerySet[StreamMessage]:
    """Return the messages of an area that are kept out, the newest first."""
    powers.require(user, Power.VIEW_IMPORTS, area_code)
    rows = StreamMessage.objects.filter(
        state=StreamMessage.State.KEPT_OUT, area_code__range=area_rules.subtree(area_code)
    )
    return rows.select_related("source").defer("content").order_by("-received_at", "pk")


def message_for(user: User, message_id: UUID) -> StreamMessage:
    """Return one message that was kept out; raises `NotFound` when it is not theirs."""
    rows = StreamMessage.objects.filter(pk=message_id).exclude(problem="")
    found = rows.select_related("source", "closed_by").first()
    if found is None or not powers.may(user, Power.VIEW_IMPORTS, found.area_code):
        raise NotFound
    return found


def message_rows(messages: list[StreamMessage]) -> list[dict[str, Any]]:
    """Return messages as rows of the list."""
    return [
        {"id": each.pk, "source": each.source.name, "at": each.received_at, "why": why_of(each)}
        for each in messages
    ]


def why_of(message: StreamMessage) -> str:
    """Return why a message was kept out, in the words of whoever reads."""
    return _(MESSAGES[message.problem]) if message.problem in MESSAGES else message.problem
