"""What those who follow care see: contacts with closed notes, who is overdue, what is held."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.care import permissions
from qianshou.care.models import Appointment, Contact, Device, Held
from qianshou.common.errors import NotFound


def _inside(user: User, area_code: str) -> dict[str, Any]:
    powers.require(user, Power.FOLLOW_CARE, area_code)
    return {"area_code__range": area_rules.subtree(area_code)}


def require_here(user: User, area_code: str) -> None:
    """Refuse whoever does not follow care in this area."""
    powers.require(user, Power.FOLLOW_CARE, area_code)


def contacts_for(user: User, area_code: str, *, only: str = "") -> QuerySet[Contact]:
    """Return the contacts of an area, newest first; `only` narrows to those without an answer."""
    rows = Contact.objects.filter(**_inside(user, area_code)).with_recordings()
    if only == "unread":
        rows = rows.unread()
    return rows.select_related("pairing__child", "mother").order_by("-received_at", "-id")


def contact_for(user: User, contact_id: UUID) -> Contact:
    """Return one contact of an area that is followed; raises `NotFound`."""
    rows = Contact.objects.select_related("pairing__child", "mother", "by")
    found = rows.filter(pk=contact_id).first()
    if found is None or not permissions.can_follow(user, found.area_code):
        raise NotFound
    return found


def held_for(user: User, area_code: str) -> QuerySet[Held]:
    """Return what is held in an area, what nobody has decided first."""
    rows = Held.objects.filter(**_inside(user, area_code))
    return rows.select_related("mother", "device", "pairing__child", "decided_by").order_by(
        "decided_at", "-received_at"
    )


def held_one(user: User, held_id: UUID) -> Held:
    """Return one held entry of an area that is followed; raises `NotFound`."""
    rows = Held.objects.select_related("mother", "device", "pairing__child", "user")
    found = rows.filter(pk=held_id).first()
    if found is None or not permissions.can_follow(user, found.area_code):
        raise NotFound
    return found


def phones_in(user: User, area_code: str, *, search: str = "") -> QuerySet[Device]:
    """Return the phones of an area's mothers, those in use first."""
    rows = Device.objects.filter(**_inside(user, area_code)).select_related("mother", "revoked_by")
    if search:
        rows = rows.filter(Q(mother__search_name__contains=search) | Q(mother__name=search))
    return rows.order_by("revoked_at", "mother__name", "-registered_at")


def phone_for(user: User, device_id: UUID) -> Device:
    """Return one phone of an area that is followed; raises `NotFound`."""
    found = Device.objects.select_related("mother").filter(pk=device_id).first()
    if found is None or not permissions.can_follow(user, found.area_code):
        raise NotFound
    return found


def missing_numbers(device: Device, *, most: int = 50) -> list[int]:
    """Return the numbers of a phone's entries that never arrived, the lowest first."""
    there = set(device.operations.values_list("seq", flat=True))
    gaps = (number for number in range(1, device.max_seq + 1) if number not in there)
    return [number for number, _ in zip(gaps, range(most), strict=False)]


def disputed_in(user: User, area_code: str) -> QuerySet[Appointment]:
    """Return the versions of appointments that wait for a person."""
    rows = Appointment.objects.disputed().filter(**_inside(user, area_code))
    return rows.select_related("pairing__child", "mother").order_by("made_at")


def disputes(disputed: Iterable[Appointment]) -> list[list[Appointment]]:
    """Return for each pairing of these all its versions: what holds now, then what disputes it."""
    pairings = list(dict.fromkeys(each.pairing_id for each in disputed))
    states = (Appointment.State.CURRENT, Appointment.State.CONFLICT)
    rows = Appointment.objects.filter(pairing_id__in=pairings, state__in=states)
    found: dict[UUID, list[Appointment]] = {each: [] for each in pairings}
    for each in rows.select_related("pairing__child", "mother", "by", "device").order_by("made_at"):
        found[each.pairing_id].append(each)
    return [sorted(each, key=lambda version: version.state != "CURRENT") for each in found.values()]
