"""Phones are set up by their mother, and blocked by her or by those who follow care."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.care import permissions
from qianshou.care.models import Device
from qianshou.common.crypto import digest_of
from qianshou.common.errors import NotAllowed, Refused
from qianshou.common.identity import new_id
from qianshou.mothers.models import Mother

MOST_PHONES: Final = 2


class TooManyPhones(Refused):
    """Two phones are set up already. Block one that you no longer use, then set up this one."""


@dataclass(frozen=True)
class Keys:
    """A phone that has just been set up, with the two keys that only it knows."""

    device: Device
    send: str
    read: str


@transaction.atomic
def register(user: User, *, label: str, now: datetime) -> Keys:
    """Set up a phone for the mother who is signed in on it."""
    permissions.require_mother(user)
    mother = Mother.objects.get(pk=user.person_id or user.pk)
    # Two set-ups at once: the second waits for the first and counts it.
    User.objects.select_for_update().get(pk=user.pk)
    if Device.objects.in_use().filter(mother=mother).count() >= MOST_PHONES:
        raise TooManyPhones
    send, read = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    device = Device.objects.create(
        id=new_id(), user=user, mother=mother, area_code=mother.area_code,
        label=label.strip()[:80] or "?", send_digest=digest_of(send), read_digest=digest_of(read),
        registered_at=now,
    )  # fmt: skip
    audit.record(
        "care.phone.registered", by=user, subject_kind="phone", subject_id=device.pk,
        area_code=device.area_code,
    )  # fmt: skip
    return Keys(device, send, read)


@transaction.atomic
def revoke(device: Device, *, by: User, reason: str, now: datetime) -> None:
    """Block a phone: its keys open nothing any more, and it wipes itself when it next calls."""
    own = by.person_id == device.mother_id
    if not own and not permissions.can_follow(by, device.area_code):
        raise NotAllowed
    changed = Device.objects.in_use().filter(pk=device.pk).update(
        revoked_at=now, revoked_by=by, revoke_reason=reason[:200]
    )  # fmt: skip
    if changed:
        audit.record(
            "care.phone.revoked", by=by, subject_kind="phone", subject_id=device.pk,
            area_code=device.area_code, reason=reason,
        )  # fmt: skip


def note_wiped(device: Device, *, now: datetime) -> None:
    """Note that a blocked phone has called and was told to wipe itself."""
    Device.objects.filter(pk=device.pk, wiped_at=None).update(wiped_at=now)


def note_seen(device: Device, *, now: datetime) -> None:
    """Note that a phone has called."""
    Device.objects.filter(pk=device.pk).update(last_seen_at=now)
