"""Who may ask what of task teams; gathered in `matrix`."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from qianshou.accounts.rules import Power
from tests.trust import world_cases
from tests.trust.matrix import BOTH, GET, POST, REASON, SIGNED_IN, Route, _id, says
from tests.trust.world import Person, Place

LEADS: Final = (Power.LEAD_CASES,)
# Members read the team they are in as well: shown in tests/cases.
_TEAM, _NEW = {"team_id": "cases_team"}, {"team_id": "cases_new"}


def _a_strategy(_place: Place, _person: Person) -> Mapping[str, Any]:
    today = timezone.localdate()
    return {
        "agreed_with": "奶奶", "agreed_on": today, "what-1": "按时上学", "measure-1": "出勤",
        "until-1": today + timedelta(days=30),
    }  # fmt: skip


def _a_meeting(_place: Place, _person: Person) -> Mapping[str, Any]:
    at = timezone.localtime() + timedelta(days=1)
    return {"at": at.strftime("%Y-%m-%dT%H:%M"), "place": "镇上", "purpose": "会议"}


def _a_task(place: Place, _person: Person) -> Mapping[str, Any]:
    day = timezone.localdate() + timedelta(days=2)
    return {"owner": _id(place, "cases_member"), "what": "联系学校", "due_on": day}


def _a_rhythm(_place: Place, _person: Person) -> Mapping[str, Any]:
    return {
        "answer_hours": 12, "second_hours": 12, "late_days": 1, "reopen_days": 90, "RED": 14,
        "ORANGE": 60, "YELLOW": 120, "GREEN": 240, **REASON,
    }  # fmt: skip


CASES: Final = (
    Route("cases:teams", GET, (Power.LEAD_CASES, Power.VIEW_CHILDREN)),
    Route("cases:mine", GET, SIGNED_IN),
    Route(
        "cases:done", POST, SIGNED_IN, data=says(result="已联系"),
        path=lambda place, person: (
            "/cases/mine/"
            f"{world_cases.an_action_of(person.user or place.things['worker'], place)}/"
        ),
    ),
    Route(
        "cases:open", BOTH, LEADS, of="cases_child", kwargs={"child_id": "cases_child"},
        data=says(because="REFERRAL", **REASON),
    ),
    Route("cases:team", GET, LEADS, of="cases_team", kwargs=_TEAM),
    Route("cases:paper", POST, LEADS, of="cases_team", kwargs=_TEAM),
    Route("cases:answer", POST, LEADS, of="cases_new", kwargs=_NEW, data=says(words="已到家")),
    Route(
        "cases:lead", BOTH, LEADS, of="cases_new", kwargs=_NEW,
        data=lambda place, _person: {"lead": _id(place, "worker")},
    ),
    Route(
        "cases:member", BOTH, LEADS, of="cases_new", kwargs=_NEW,
        data=lambda place, _person: {"user": _id(place, "worker"), "role": "县妇联"},
    ),
    Route(
        "cases:member-end", POST, LEADS, of="cases_leaving",
        kwargs={"member_id": "cases_leaving"}, data=says(**REASON),
    ),
    Route(
        "cases:strategy", BOTH, LEADS, of="cases_team", kwargs=_TEAM, data=_a_strategy
    ),
    Route("cases:plan", BOTH, LEADS, of="cases_team", kwargs=_TEAM, data=_a_meeting),
    Route(
        "cases:meeting", BOTH, LEADS, of="cases_meeting", kwargs={"meeting_id": "cases_meeting"},
        data=says(minutes="同意每日点名"),
    ),
    Route(
        "cases:call-off", POST, LEADS, of="cases_meeting",
        kwargs={"meeting_id": "cases_meeting"}, data=says(**REASON),
    ),
    Route("cases:give", BOTH, LEADS, of="cases_team", kwargs=_TEAM, data=_a_task),
    Route(
        "cases:action", POST, LEADS, of="cases_action", kwargs={"action_id": "cases_action"},
        data=says(result="已联系"),
    ),
    Route("cases:review", BOTH, LEADS, of="cases_team", kwargs=_TEAM),
    Route("cases:rhythm", BOTH, (Power.LEAD_CASES, Power.EDIT_POLICY), data=_a_rhythm),
)  # fmt: skip
_CASES_CHILD, _DRAFT = {"child_id": "cases_child"}, {"version_id": "scale_draft"}
_READS = (Power.VIEW_CHILDREN,)


def _other_numbers(place: Place, _person: Person) -> Mapping[str, Any]:
    body = place.things["scale_draft"].body
    return {
        **{f"cut-{grade}": points for grade, points in body["cuts"].items()},
        **{f"again-{grade}": 5 for grade in ("RED", "ORANGE", "YELLOW", "GREEN")},
        **{f"points-{each['code']}": each["points"] for each in body["indicators"]},
        **{f"red-{each['code']}": "on" for each in body["triggers"]},
        "note": "五个月一次",
    }


def _a_scale(place: Place, _person: Person) -> Mapping[str, Any]:
    text = json.dumps(place.things["scale_draft"].body, ensure_ascii=False)
    return {"file": SimpleUploadedFile("s.json", text.encode()), "note": "试行"}


SCALES: Final = (
    Route(
        "assessment:ask", BOTH, _READS, of="cases_child", kwargs=_CASES_CHILD,
        data=lambda _place, _person: {"held_on": timezone.localdate(), "q-HOME": "SOME"},
    ),
    Route(
        "assessment:safe", POST, _READS, of="cases_alarmed",
        kwargs={"child_id": "cases_alarmed"}, acts={"POST": Power.LEAD_CASES},
        data=says(**REASON),
    ),
    Route(
        "assessment:asked", POST, (Power.REVEAL_SECRETS,), of="inquiry",
        kwargs={"inquiry_id": "inquiry"},
    ),
    Route("assessment:due", GET, (Power.CONFIRM_GRADES,)),
    Route(
        "assessment:versions", BOTH, (Power.EDIT_POLICY,), anywhere=True, data=_a_scale
    ),
    Route(
        "assessment:version", GET, (Power.EDIT_POLICY,), anywhere=True, hides=True, kwargs=_DRAFT
    ),
    Route(
        "assessment:version-file", GET, (Power.EDIT_POLICY,), anywhere=True, hides=True,
        kwargs=_DRAFT,
    ),
    Route(
        "assessment:numbers", BOTH, (Power.EDIT_POLICY,), anywhere=True, hides=True,
        kwargs=_DRAFT, data=_other_numbers,
    ),
    Route(
        "assessment:adopt", POST, (Power.EDIT_POLICY,), anywhere=True, hides=True,
        kwargs=_DRAFT, data=says(**REASON),
    ),
)  # fmt: skip
CASES_ENTRIES: Final = {
    "POST assessment:ask": ["assessment.inquiry.noted"],
    "POST assessment:asked": ["assessment.inquiry.read"],
    "POST assessment:safe": ["assessment.alarm.ended"],
    "POST assessment:versions": ["assessment.instrument.written"],
    "POST assessment:numbers": ["assessment.instrument.written"],
    "POST assessment:adopt": ["assessment.instrument.adopted"],
    "POST cases:done": ["cases.action.done"],
    "POST cases:open": ["cases.team.opened"],
    "GET cases:team": ["cases.team.read"],
    "POST cases:paper": ["cases.team.printed"],
    "POST cases:answer": ["cases.team.answered"],
    "POST cases:lead": ["cases.lead.taken"],
    "POST cases:member": ["cases.member.added"],
    "POST cases:member-end": ["cases.member.ended"],
    "GET cases:strategy": ["cases.team.read"],
    "POST cases:strategy": ["cases.team.read", "cases.strategy.agreed"],
    "POST cases:plan": ["cases.meeting.planned"],
    "POST cases:meeting": ["cases.meeting.held"],
    "POST cases:call-off": ["cases.meeting.called_off"],
    "POST cases:give": ["cases.action.given"],
    "POST cases:action": ["cases.action.done"],
    "POST cases:review": ["cases.step.review"],
    "POST cases:rhythm": ["cases.rhythm.adopted"],
}
