"""One ceremony: its list, who signs in, and the pairs that could still join."""

from datetime import date
from typing import Any
from uuid import UUID

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.bonds import permissions
from qianshou.bonds.models import Ceremony, Meeting, Side
from qianshou.common.errors import NotFound
from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life

MOST = 200


def ceremony_for(user: User, ceremony_id: UUID) -> Ceremony:
    """Return one ceremony; raises `NotFound` when it is not theirs."""
    found = Ceremony.objects.select_related("by", "closed_by").filter(pk=ceremony_id).first()
    if found is None or not powers.may(user, Power.VIEW_PAIRS, found.area_code):
        raise NotFound
    return found


def page_of(user: User, ceremony: Ceremony, today: date) -> dict[str, Any]:
    """Return everything the page of a ceremony shows."""
    rows = ceremony.meetings.select_related("pairing__child", "pairing__mother")
    listed = list(rows.order_by("area_code", "pk"))
    names = areas.full_names_of({each.area_code for each in listed}, within=ceremony.area_code)
    standing = [each for each in listed if each.state != Meeting.State.MISSED]
    return {
        "ceremony": ceremony,
        "rows": [_row(each, names) for each in standing],
        "absent": [_row(each, names) for each in listed if each.state == Meeting.State.MISSED],
        "is_open": ceremony.state == Ceremony.State.PLANNED,
        "is_day": ceremony.held_on <= today,
        "minutes": ceremony.minutes.open() if ceremony.minutes else "",
        "waiting": _waiting(ceremony, {each.pairing_id for each in standing}),
        "may_accompany": permissions.can_accompany(user, ceremony.area_code),
        "sides": [(side.value, str(side.label)) for side in (Side.MOTHER, Side.CHILD)]
        + [(Side.GUARDIAN.value, str(Side.GUARDIAN.label))],
    }


def _row(meeting: Meeting, names: dict[str, str]) -> dict[str, Any]:
    child = meeting.pairing.child
    return {
        "id": meeting.pk,
        "pairing": meeting.pairing_id,
        "child": child.name,
        "mother": meeting.pairing.mother.name,
        "place": "" if child.hidden_location else names.get(meeting.area_code, ""),
        "state": meeting.get_state_display(),
        "held": meeting.state == Meeting.State.HELD,
        "present": [str(Side(each).label) for each in meeting.present],
    }


def _waiting(ceremony: Ceremony, listed: set[UUID]) -> list[Pairing]:
    """Return the pairs of the area that have signed and are not on the list."""
    if ceremony.state != Ceremony.State.PLANNED:
        return []
    inside = {"area_code__range": area_rules.subtree(ceremony.area_code)}
    rows = Pairing.objects.open().filter(state=life.FIRST_MEETING, **inside)
    rows = rows.exclude(pk__in=listed).select_related("child", "mother")
    return list(rows.order_by("area_code", "pk")[:MOST])


def present_in(ceremony: Ceremony, ticked: list[str]) -> dict[UUID, list[str]]:
    """Return who was ticked as present, by meeting; `ticked` are texts as `meeting:SIDE`."""
    found: dict[UUID, list[str]] = {}
    known = {str(each): each for each in ceremony.meetings.values_list("pk", flat=True)}
    for each in ticked:
        key, _sep, side = each.partition(":")
        if key in known and side in Side.values:
            found.setdefault(known[key], []).append(side)
    return found
