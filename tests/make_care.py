"""Builders of mothers who care for a child, their phones, and what these send."""

import base64
import json
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.care.actions import phones
from qianshou.common import boxes
from qianshou.mothers.models import Mother
from qianshou.pairing.models import Pairing
from tests import make, make_mothers, make_pairing


def a_carer(**fields: Any) -> tuple[User, Mother]:
    """A mother with an account of her own."""
    mother = make_mothers.a_mother(**fields)
    return make.a_user("mother", person_id=mother.pk, display_name=mother.name), mother


def a_pairing(mother: Mother, **fields: Any) -> Pairing:
    """A pairing in which care is running, with a child of the mother's village."""
    child = make_pairing.a_child(given_name=fields.pop("given_name", "一诺"))
    return Pairing.objects.create(
        child=child, mother=mother, by=fields.pop("by", None) or make.a_worker(),
        **{
            "area_code": child.area_code, "started_on": date(2026, 9, 1),
            "active_on": date(2026, 9, 8), "state": "ACTIVE", **fields,
        },
    )  # fmt: skip


def a_phone(user: User, label: str = "手机") -> phones.Keys:
    """A phone that the mother has set up."""
    return phones.register(user, label=label, now=timezone.now())


def a_contact(pairing: UUID, **fields: Any) -> dict[str, Any]:
    """What a phone puts into the box of a contact."""
    return {
        "type": "contact", "pairing": str(pairing), "kind": "CALL", "minutes": 10,
        "at": timezone.now().isoformat(), "topics": ["STUDY"], "mood": 4, "note": "", **fields,
    }  # fmt: skip


def an_appointment(pairing: UUID, at: datetime, **fields: Any) -> dict[str, Any]:
    """What a phone puts into the box of an appointment."""
    return {
        "type": "appointment", "pairing": str(pairing), "what": "VISIT", "at": at.isoformat(),
        "base": None, **fields,
    }  # fmt: skip


def an_entry(device: UUID, said: Any, *, seq: int, key: UUID | None = None) -> dict[str, Any]:
    """One entry of a batch: sealed to the server as a phone seals it."""
    key = key or uuid4()
    plain = said if isinstance(said, bytes) else json.dumps(said).encode()
    box = boxes.close(plain, bound=f"{device}|{key}|{seq}")
    return {"id": str(key), "seq": seq, "box": base64.b64encode(box).decode()}


def a_batch(entries: list[Any], **fields: Any) -> str:
    """The body of one call."""
    return json.dumps({"operations": entries, "sent_at": timezone.now().isoformat(), **fields})
