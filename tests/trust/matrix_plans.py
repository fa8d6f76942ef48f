"""Who may ask what of care plans: a mother her own, staff by area, parents by their link."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from django.utils import timezone

from qianshou.accounts.rules import Power
from qianshou.plans.actions import parents
from tests.make_plans import A_GOAL, a_checklist
from tests.trust.matrix import (
    _CHILD,
    BOTH,
    GET,
    PAIRS,
    POST,
    PUBLIC,
    REASON,
    Route,
    _id,
    says,
)
from tests.trust.world import Person, Place

_OWN, _STAFF = (Power.OWN_CHILDREN,), (Power.SUPPORT_PAIRS,)
_READS, _ACTS = (*PAIRS, *_OWN), (*_STAFF, *_OWN)
_EDITS, _DECIDES = (Power.DECIDE_PAIRING, Power.EDIT_POLICY), (Power.DECIDE_PAIRING,)
_PAIR, _GOAL = {"pairing_id": "pairing"}, {"goal_id": "plan_goal"}
_GUIDANCE = {"guidance_id": "plan_guidance"}
_FAR = "2099-06-01"


def _a_tick(_place: Place, _person: Person) -> Mapping[str, Any]:
    return {
        "key": uuid4(), "item": "reading_study", "on": timezone.localdate(), "note": "读完第二本",
        "evidence": "NOTE",
    }  # fmt: skip


def _this_week(_place: Place, _person: Person) -> Mapping[str, Any]:
    return {"who": "FATHER", "week": timezone.localdate()}


def _a_session(_place: Place, _person: Person) -> Mapping[str, Any]:
    return {
        "act": "hold", "on": timezone.localdate(), "minutes": 40, "present": ["FATHER"],
        "note": "谈了手机",
    }  # fmt: skip


def _a_version(place: Place, _person: Person) -> Mapping[str, Any]:
    return a_checklist(place.things["preset"].body, name_zh="清单新版")


def _to_tick(place: Place, _person: Person) -> str:
    return f"/plans/pairs/{_id(place, 'pairing')}/tick/?item=reading_study"


PLANS: Final = (
    Route("plans:unfulfilled", GET, (*PAIRS, Power.VIEW_FIGURES)),
    Route("plans:mine", GET, _OWN),
    Route("plans:plan", GET, _READS, of="pairing", kwargs=_PAIR),
    Route("plans:tick", BOTH, _ACTS, of="pairing", path=_to_tick, data=_a_tick),
    Route(
        "plans:new-goal", BOTH, _ACTS, of="plan_pairing", kwargs={"pairing_id": "plan_pairing"},
        data=says(**A_GOAL),
    ),
    Route("plans:parents", POST, _ACTS, of="pairing", kwargs=_PAIR, data=_this_week),
    Route(
        "plans:withdraw", POST, _ACTS, of="plan_tick", kwargs={"tick_id": "plan_tick"},
        data=says(**REASON),
    ),
    Route("plans:tick-note", POST, _ACTS, of="plan_tick", kwargs={"tick_id": "plan_tick"}),
    Route("plans:goal", GET, _READS, of="plan_goal", kwargs=_GOAL),
    Route(
        "plans:goal-step", POST, _ACTS, of="plan_goal", kwargs=_GOAL,
        data=says(act="agree", side="MOTHER"),
    ),
    Route(
        "plans:change-goal", BOTH, _ACTS, of="plan_goal", kwargs=_GOAL,
        data=says(**A_GOAL, **REASON),
    ),
    Route("plans:goal-words", POST, _READS, of="plan_goal", kwargs=_GOAL),
    Route("plans:checklist", GET, _EDITS, hides=True),
    Route("plans:version", GET, _EDITS, hides=True, kwargs={"version_id": "preset"}),
    Route(
        "plans:edit-checklist", BOTH, _EDITS, hides=True, kwargs={"version_id": "preset"},
        data=_a_version,
    ),
    Route(
        "plans:adopt-checklist", POST, _DECIDES, of="own_set", kwargs={"version_id": "own_set"},
        data=says(**REASON),
    ),
    Route(
        "plans:move-pairs", BOTH, _DECIDES, of="own_set", kwargs={"version_id": "own_set"},
        data=lambda place, _person: {"pick": [_id(place, "plan_pairing")], **REASON},
    ),
    Route("plans:guidance-list", GET, _STAFF),
    Route("plans:guidance", BOTH, _STAFF, of="plan_guidance", kwargs=_GUIDANCE, data=says(
        act="session", on=_FAR, form="CALL", topic="作息", held_by="陈素芬",
    )),
    Route(
        "plans:guidance-read", POST, _STAFF, of="plan_guidance", kwargs=_GUIDANCE,
        data=says(**REASON),
    ),
    Route(
        "plans:begin-guidance", BOTH, _STAFF, of="child", kwargs=_CHILD,
        data=says(basis="ASKED", aims="学会倾听", for_whom=["MOTHER"], review_on=_FAR),
    ),
    Route(
        "plans:session", BOTH, _STAFF, of="plan_session", kwargs={"session_id": "plan_session"},
        data=_a_session,
    ),
    Route(
        "plans:homework", POST, _STAFF, of="plan_homework",
        kwargs={"homework_id": "plan_homework"}, data=says(act="start"),
    ),
    Route(
        "plans:set-reminders", POST, _STAFF, of="plan_guardian",
        kwargs={"guardian_id": "plan_guardian"}, data=says(every="OFF"),
    ),
    Route(
        "plans:reminders", BOTH, PUBLIC, data=says(every="OFF"),
        path=lambda place, _person: (
            f"/plans/parents/{parents.token_for(_id(place, 'plan_guardian'))}/"
        ),
    ),
)  # fmt: skip
