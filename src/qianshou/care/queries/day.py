"""The day that a mother's phone takes along; what is put in here lies on her phone for 72 hours.

A further part is a function that takes the phone and the time, and a line in `PARTS`.
"""

import base64
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.care.models import Appointment, Device
from qianshou.care.queries import extensions, own
from qianshou.care.rules import clocks, codes
from qianshou.common import boxes
from qianshou.consents.queries import photos
from qianshou.plans.queries import phone as checklists


def day_of(device: Device, *, now: datetime) -> dict[str, Any]:
    """Return what a phone takes along: first names, what is due, what staff said; no address."""
    return {
        "device": str(device.pk),
        "name": device.user.display_name,
        "at": now.isoformat(),
        "until": (now + clocks.KEPT_FOR).isoformat(),
        "key": server_key(),
        **{name: part(device, now) for name, part in PARTS.items()},
    }


def _children(device: Device, now: datetime) -> list[dict[str, Any]]:
    today = timezone.localtime(now).date()
    cards = own.today_for(device.user, today)
    agreed = photos.agreed({card.pairing.child_id for card in cards}, on=today)
    return [{**_carried(each), "photos": each.pairing.child_id in agreed} for each in cards]


def _words(device: Device, now: datetime) -> list[dict[str, Any]]:  # noqa: ARG001
    return [_said(each) for each in own.words_for(device.user)]


def server_key() -> str:
    """Return the public key to which phones seal, as text."""
    return base64.b64encode(boxes.public_key()).decode()


def _carried(card: own.Card) -> dict[str, Any]:
    return {
        "pairing": str(card.pairing.pk),
        "name": card.name,
        "age": card.age,
        "last_on": card.due.last_on and card.due.last_on.isoformat(),
        "next_on": card.due.next_on.isoformat(),
        "holds": _version(card.holds) if card.holds else None,
        "disputed": [_version(each) for each in card.disputed],
    }


def _version(appointment: Appointment) -> dict[str, Any]:
    return {
        "id": str(appointment.pk),
        "what": appointment.what,
        "at": appointment.at.isoformat(),
    }


def _said(word: own.Word) -> dict[str, Any]:
    return {
        "id": str(word.reply.pk),
        "kind": word.reply.kind,
        "name": word.name,
        "text": word.text,
        "at": word.reply.at.isoformat(),
        "by": word.reply.by.display_name,
    }


def _held_words(device: Device, now: datetime) -> list[dict[str, str]]:  # noqa: ARG001
    rows = device.held.open().order_by("-received_at")[: own.REPLIES_SHOWN]
    return [{"reason": each.reason, "text": _(codes.REASONS[each.reason])} for each in rows]


def _checklists(device: Device, now: datetime) -> dict[str, Any]:
    pairings = list(own.caring(device.user))
    return checklists.carried(pairings, timezone.localtime(now).date())


def _goings(device: Device, now: datetime) -> list[dict[str, Any]]:
    found = extensions.goings_of(device.user, timezone.localtime(now).date())
    return [
        {"name": each.name, "on": each.on.isoformat(), "window": each.window,
         "purpose": each.purpose, "people": list(each.people)}
        for each in found
    ]  # fmt: skip


PARTS: Final[Mapping[str, Callable[[Device, datetime], Any]]] = {
    "children": _children,
    "words": _words,
    "held": _held_words,
    "checklists": _checklists,
    "goings": _goings,
}
