"""Who may ask what of daily care: a mother her own, staff by area, a phone by its key."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from django.utils import timezone

from qianshou.accounts.rules import Power
from qianshou.care.actions import enclosing
from qianshou.care.queries import cadence
from qianshou.care.rules import silence
from qianshou.common import crypto
from tests.trust.matrix import (
    BOTH,
    GET,
    PHONE_KEY,
    POST,
    PUBLIC,
    REASON,
    SIGNED_IN,
    Route,
    says,
)
from tests.trust.world import Person, Place

_SETS = (Power.DECIDE_PAIRING, Power.EDIT_POLICY)
_OWN, _FOLLOW = (Power.OWN_CHILDREN,), (Power.FOLLOW_CARE,)
_KEPT_BY_KEY = "a phone's key opens it, shown in tests/care"


def _planned(_place: Place, _person: Person) -> Mapping[str, Any]:
    return {"key": uuid4(), "what": "VISIT", "at": "2099-01-01T10:00"}


def _clock(_place: Place, _person: Person) -> Mapping[str, Any]:
    rules = cadence.rules_for("500000000000")
    numbers = {f"every-{grade}": 3 for grade in silence.GRADES}
    for step in rules.steps:
        numbers |= {f"{step.tell}-{grade}": days for grade, days in step.days.items()}
    return {**numbers, "note": f"试行 {uuid4()}"}


def _days_off(_place: Place, _person: Person) -> Mapping[str, Any]:
    day = timezone.localdate().isoformat()
    return {"act": "add", "kind": "off", "name": "三月三", "first": day, "note": f"节日 {uuid4()}"}


def _lay_down(place: Place, _person: Person) -> str:
    """Lay the voice note into the folder of this test, which each has of its own."""
    row = place.things["recording"]
    sealed = crypto.seal_bytes(b"OggS", column=enclosing.COLUMN, row=row.pk)
    enclosing.place("kept", row.pk).write_bytes(sealed)
    return f"/care/recordings/{row.pk}/"


CARE: Final = (
    Route("care:today", GET, _OWN),
    Route(
        "care:log", BOTH, _OWN, of="pairing", kwargs={"pairing_id": "pairing"},
        data=lambda _place, _person: {"key": uuid4(), "kind": "CALL", "note": "她笑了"},
    ),
    Route(
        "care:plan", BOTH, _OWN, of="pairing", kwargs={"pairing_id": "pairing"}, data=_planned
    ),
    Route(
        "care:settle", POST, (*_OWN, *_FOLLOW), of="version_conflict",
        kwargs={"appointment_id": "version_conflict"},
    ),
    Route(
        "care:question", BOTH, _OWN, of="question_to_her", kwargs={"reply_id": "question_to_her"},
        data=says(text="好多了"),
    ),
    Route("care:my-phones", BOTH, _OWN, data=says(label="手机")),
    Route("care:revoke-own", POST, _OWN, of="phone", kwargs={"device_id": "phone"}),
    Route("care:app", GET, PUBLIC),
    Route("care:worker", GET, PUBLIC),
    Route("care:manifest", GET, PUBLIC),
    Route("care:day", GET, PHONE_KEY, only=_KEPT_BY_KEY),
    Route("care:sync", POST, PHONE_KEY, only=_KEPT_BY_KEY),
    Route(
        "care:part", ("GET", "PUT"), PHONE_KEY, kwargs={"key": "recording"}, only=_KEPT_BY_KEY
    ),
    Route(
        "care:recording", GET, (*_OWN, *_FOLLOW), of="recording",
        kwargs={"enclosure_id": "recording"}, path=_lay_down,
    ),
    Route("care:contacts", GET, _FOLLOW),
    Route(
        "care:contact", BOTH, _FOLLOW, of="contact", kwargs={"contact_id": "contact"},
        data=says(kind="READ"),
    ),
    Route("care:overdue", GET, _FOLLOW),
    Route(
        "care:overdue-bulk", POST, _FOLLOW,
        data=lambda place, _person: {"act": "remind", "pick": [place.things["pairing"].pk]},
    ),
    Route("care:silence", GET, (Power.VIEW_FIGURES,)),
    Route("care:clock", GET, (*_SETS, *_FOLLOW)),
    Route("care:clock-set", POST, _SETS, data=_clock),
    Route("care:clock-file", GET, (*_SETS, *_FOLLOW), kwargs={"version_id": "clock_rules"},
          hides=True),
    Route("notices:calendar", GET, (*_SETS, *_FOLLOW)),
    Route("notices:calendar-set", POST, _SETS, data=_days_off),
    Route("notices:calendar-file", GET, (*_SETS, *_FOLLOW), kwargs={"version_id": "clock_rules"},
          hides=True),
    Route("notices:quiet", POST, SIGNED_IN, data=says(begins=22, ends=7)),
    Route("care:held-list", GET, _FOLLOW),
    Route(
        "care:held", BOTH, _FOLLOW, of="held", kwargs={"held_id": "held"},
        data=says(act="file", **REASON),
    ),
    Route("care:phones", GET, _FOLLOW),
    Route(
        "care:phone", BOTH, _FOLLOW, of="phone", kwargs={"device_id": "phone"},
        data=says(**REASON),
    ),
    Route("care:disputed", GET, _FOLLOW),
)  # fmt: skip
