"""A report that a phone hands in, perhaps days later: with its own clock, and whoever sends it.

A blocked phone or an ended pairing is no reason to hold it back: it goes to the lead, marked.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.protection.actions import taking
from qianshou.protection.models import Report
from qianshou.protection.rules import codes, reading

# A time of the phone as we take it, and whether its clock was wrong.
Settle = Callable[[datetime], tuple[datetime, bool]]


@dataclass(frozen=True)
class Sender:
    """Which account sends, whether its phone is blocked, and the child it points to."""

    user: User
    is_open: bool
    child_id: UUID | None


def hand_in(
    raw: Mapping[str, Any], *, key: UUID, sender: Sender, now: datetime, settle: Settle
) -> Report:
    """Take a phone's report; the same `key` is one, however often it is sent."""
    child = {"child": str(sender.child_id)} if sender.child_id else {}
    told = reading.told({**raw, **child}, zone=timezone.get_default_timezone())
    said = _moment(raw.get("at")) or now
    reported, skewed = settle(said)
    noticed = settle(told.noticed)[0] if told.noticed else None
    flags = [] if sender.is_open else [codes.BLOCKED_PHONE]
    return taking.take(
        told, client_id=key, maker=taking.Maker(sender.user, codes.PHONE, flags),
        times=taking.Times(now, reported, said, noticed, told.noticed, skewed),
    )  # fmt: skip


def _moment(raw: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(raw)
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo else timezone.make_aware(found)
