"""Who may ask what of the care of pairs; gathered in `matrix`."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from qianshou.accounts.rules import Power
from qianshou.support.queries.schedules import SHIPPED
from tests.trust.matrix import (
    _CHILD,
    _MOTHER,
    BOTH,
    GET,
    PAIRS,
    POST,
    REASON,
    VIEW,
    Route,
    _id,
    says,
)
from tests.trust.world import Person, Place

_CARE, _ENDING, _TRANSFER = (
    {"pairing_id": "caring"},
    {"ending_id": "ending"},
    {"transfer_id": "transfer"},
)
SUPPORT_POWER, DECIDES = (Power.SUPPORT_PAIRS,), (Power.DECIDE_PAIRING,)


def _a_contact(_place: Place, _person: Person) -> Mapping[str, Any]:
    return {
        "once": uuid4(), "held_on": timezone.localdate(), "channel": "PHONE",
        "outcome": "REACHED", "note": "一切都好",
    }  # fmt: skip


def _a_move(_place: Place, _person: Person) -> Mapping[str, Any]:
    return {
        "to_code": "500101001000", "reason": "随父母迁居", "consent_by": "张甲国",
        "consent_on": timezone.localdate(), "consent_proof": "同意书1号",
    }  # fmt: skip


def _a_schedule(_place: Place, _person: Person) -> Mapping[str, Any]:
    text = SHIPPED.read_bytes()
    return {"file": SimpleUploadedFile("s.toml", text), "note": "试行"}


SUPPORT: Final = (
    Route("support:worklist", GET, SUPPORT_POWER),
    Route(
        "support:bulk", POST, SUPPORT_POWER,
        data=lambda place, _person: {
            "act": "phone", "side": "MOTHER", "pick": [_id(place, "caring")],
        },
    ),
    Route("support:digest", GET, SUPPORT_POWER, anywhere=True, hides=False),
    Route("support:pairing", GET, PAIRS, of="caring", kwargs=_CARE),
    Route(
        "support:state", POST, PAIRS, of="caring", kwargs=_CARE,
        acts={"POST": Power.SUPPORT_PAIRS}, data=says(act="pause", **REASON),
    ),
    Route(
        "support:contact", BOTH, PAIRS, of="caring", kwargs={**_CARE, "side": "=CHILD"},
        acts={"GET": Power.SUPPORT_PAIRS, "POST": Power.SUPPORT_PAIRS}, data=_a_contact,
    ),
    Route(
        "support:close", BOTH, PAIRS, of="caring", kwargs=_CARE,
        acts={"GET": Power.DECIDE_PAIRING, "POST": Power.DECIDE_PAIRING},
        data=says(kind="UNPLANNED", cause="MOVED", next_step="REMATCH", **REASON),
    ),
    Route(
        "support:complain", BOTH, PAIRS, of="caring", kwargs=_CARE,
        acts={"GET": Power.SUPPORT_PAIRS, "POST": Power.SUPPORT_PAIRS},
        data=says(from_side="CHILD", about="MOTHER", words="她没有来"),
    ),
    Route(
        "support:said", POST, SUPPORT_POWER, of="support_contact",
        kwargs={"contact_id": "support_contact"},
        data=says(**REASON),
    ),
    Route("support:endings", GET, PAIRS),
    Route("support:ending", GET, PAIRS, of="ending", kwargs=_ENDING),
    Route(
        "support:finish", POST, PAIRS, of="ending", kwargs=_ENDING,
        acts={"POST": Power.DECIDE_PAIRING}, data=says(act="renew", **REASON),
    ),
    Route(
        "support:step", BOTH, PAIRS, of="step", kwargs={"step_id": "step"},
        acts={"GET": Power.SUPPORT_PAIRS, "POST": Power.SUPPORT_PAIRS},
        data=lambda _place, _person: {"outcome": "DONE", "on": timezone.localdate()},
    ),
    Route(
        "support:talk", POST, PAIRS, of="talk", kwargs={"step_id": "talk"},
        acts={"POST": Power.SUPPORT_PAIRS}, data=says(**REASON),
    ),
    Route(
        "support:lift", POST, PAIRS, of="bar", kwargs={"bar_id": "bar"},
        acts={"POST": Power.DECIDE_PAIRING}, data=says(**REASON),
    ),
    Route("support:duties", GET, SUPPORT_POWER),
    Route(
        "support:duty", POST, SUPPORT_POWER, of="duty", kwargs={"duty_id": "duty"},
        data=says(outcome="已看望"),
    ),
    Route("support:complaints", GET, DECIDES),
    Route(
        "support:complaint", BOTH, DECIDES, of="complaint",
        kwargs={"complaint_id": "complaint"}, data=says(founded="yes", outcome="已谈话"),
    ),
    Route("support:transfers", GET, DECIDES),
    Route(
        "support:transfer", BOTH, DECIDES, of="transfer", kwargs=_TRANSFER,
        data=says(act="take_back", **REASON),
    ),
    Route(
        "support:move-child", BOTH, VIEW, of="child", kwargs=_CHILD,
        acts={"GET": Power.DECIDE_PAIRING, "POST": Power.DECIDE_PAIRING}, data=_a_move,
    ),
    Route(
        "support:move-mother", BOTH, (Power.VIEW_MOTHERS,), of="mother", kwargs=_MOTHER,
        acts={"GET": Power.DECIDE_PAIRING, "POST": Power.DECIDE_PAIRING}, data=_a_move,
    ),
    Route(
        "support:schedule", BOTH, (Power.DECIDE_PAIRING, Power.EDIT_POLICY), hides=True,
        data=_a_schedule,
    ),
    Route(
        "support:schedule-file", GET, (Power.DECIDE_PAIRING, Power.EDIT_POLICY), hides=True,
        kwargs={"version_id": "schedule"},
    ),
    Route(
        "support:schedule-adopt", POST, (Power.DECIDE_PAIRING,), of="own_schedule",
        kwargs={"version_id": "own_schedule"}, data=says(**REASON),
    ),
)  # fmt: skip
