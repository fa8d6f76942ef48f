"""Who may ask what of care models and care teams; gathered in `matrix`."""

from collections.abc import Mapping
from typing import Any, Final

from qianshou.accounts.rules import Power
from tests.make_teams import DAYS, soon
from tests.trust.matrix import BOTH, GET, PAIRS, POST, PUBLIC, REASON, SIGNED_IN, Route, _id, says
from tests.trust.world import Person, Place

_CHILD, _SEAT, _SPARE, _TASK = (
    {"child_id": "team_child"},
    {"seat_id": "team_seat"},
    {"seat_id": "spare_seat"},
    {"task_id": "team_task"},
)
EDITS, SEATED = (Power.DECIDE_PAIRING, Power.EDIT_POLICY), (Power.OWN_SEATS,)
READS = (Power.VIEW_PAIRS, Power.EDIT_POLICY)
DECIDES = {"GET": Power.DECIDE_PAIRING, "POST": Power.DECIDE_PAIRING}
ASKS = {"GET": Power.SUPPORT_PAIRS, "POST": Power.SUPPORT_PAIRS}


def _a_model(_place: Place, _person: Person) -> Mapping[str, Any]:
    return {
        "slots": "1", "code": "new", "name": "新模式", "note": "试行", "act": "keep",
        "slot0-role": "TEACHER", "slot0-source": "ROSTER", "slot0-least": "1", "slot0-most": "1",
        "slot0-what1": "TALK", **{f"slot0-days1_{grade}": n for grade, n in DAYS.items()},
    }  # fmt: skip


TEAMS: Final = (
    Route("teams:gaps", GET, PAIRS),
    Route("teams:child", GET, PAIRS, of="team_child", kwargs=_CHILD),
    Route(
        "teams:form", POST, PAIRS, of="team_child", kwargs=_CHILD,
        acts={"POST": Power.DECIDE_PAIRING},
        data=lambda place, _person: {"model": _id(place, "other_care_model"), **REASON},
    ),
    Route(
        "teams:end", POST, PAIRS, of="team_child", kwargs=_CHILD,
        acts={"POST": Power.DECIDE_PAIRING}, data=says(**REASON),
    ),
    Route(
        "teams:fill", BOTH, PAIRS, of="team_child", kwargs={**_CHILD, "role": "=DOCTOR"},
        acts=DECIDES, data=lambda place, _person: {"who": _id(place, "team_doctor")},
    ),
    Route(
        "teams:seat", BOTH, PAIRS, of="spare_seat", kwargs=_SPARE, acts=DECIDES,
        data=says(**REASON),
    ),
    Route(
        "teams:replace", BOTH, PAIRS, of="spare_seat", kwargs=_SPARE, acts=DECIDES,
        data=lambda place, _person: {
            "who": _id(place, "team_police"), "handover": "周三谈心", **REASON,
        },
    ),
    Route(
        "teams:handover", POST, PAIRS, of="left_seat", kwargs={"seat_id": "left_seat"},
        data=says(),
    ),
    Route(
        "teams:ask", BOTH, PAIRS, of="team_seat", kwargs=_SEAT, acts=ASKS,
        data=lambda _place, _person: {"asked": "谈心", "due_on": soon(), "by_link": "on"},
    ),
    Route("teams:tasks", GET, (Power.SUPPORT_PAIRS,)),
    Route(
        "teams:task", BOTH, PAIRS, of="team_task", kwargs=_TASK, acts=ASKS, data=says(**REASON)
    ),
    Route(
        "teams:link", POST, PAIRS, of="team_task", kwargs=_TASK,
        acts={"POST": Power.SUPPORT_PAIRS}, data=says(),
    ),
    Route(
        "teams:account", BOTH, PAIRS, of="joining", kwargs={"partner_id": "joining"},
        acts=DECIDES, data=lambda place, _person: {"username": f"joining-{place.letter}"},
    ),
    Route("teams:models", GET, READS, hides=True),
    Route("teams:write", BOTH, EDITS, data=_a_model),
    Route("teams:model", GET, READS, hides=True, kwargs={"model_id": "care_model"}),
    Route(
        "teams:adopt", BOTH, EDITS, kwargs={"model_id": "care_model"},
        data=says(rank="5", note="试行"),
    ),
    Route(
        "teams:unadopt", POST, EDITS, of="adoption", kwargs={"adoption_id": "adoption"},
        data=says(),
    ),
    Route("teams:mine", GET, SIGNED_IN),
    Route("teams:card", GET, SEATED, of="team_seat", kwargs=_SEAT),
    Route(
        "teams:answer", BOTH, SEATED, of="team_task", kwargs=_TASK,
        data=says(outcome="DONE", words="谈过了"),
    ),
    Route(
        "teams:open", BOTH, PUBLIC, path=lambda place, _person: place.things["task_path"],
        data=says(act="open"),
    ),
)  # fmt: skip

ENTRIES: Final = {
    "POST teams:form": ["teams.team.formed"],
    "POST teams:end": ["teams.team.ended"],
    "POST teams:fill": ["pairing.team.seated"],
    "POST teams:seat": ["pairing.team.ended"],
    "POST teams:replace": ["pairing.team.ended", "pairing.team.seated"],
    "POST teams:handover": ["teams.handover.read"],
    "POST teams:ask": ["teams.task.asked"],
    "POST teams:task": ["teams.task.withdrawn"],
    "POST teams:link": ["teams.task.link_sent"],
    "POST teams:account": ["teams.account.connected"],
    "POST teams:write": ["teams.model.written"],
    "POST teams:adopt": ["teams.model.adopted"],
    "POST teams:unadopt": ["teams.model.unadopted"],
    "GET teams:card": ["teams.card.read"],
    "GET teams:answer": ["teams.task.read"],
    "POST teams:answer": ["teams.task.answered"],
    "POST teams:open": ["teams.task.opened"],
}
_ASKED: Final = "what was asked of a team member, to whoever asks; no fact of the file"
OPENS_FREELY: Final = {
    "GET teams:child": _ASKED,
    "GET teams:tasks": _ASKED,
    "GET teams:task": _ASKED,
}
