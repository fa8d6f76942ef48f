"""Who may ask what over REST: one entry per operation. An operation without one fails the build."""

from datetime import date
from typing import Final

from qianshou.accounts.rules import Power
from tests import make_exchange
from tests.trust.matrix import (
    _CARD,
    _CHILD,
    _MATCH,
    _MOTHER,
    _RUN,
    _WAITING,
    DECIDE,
    IMPORTS,
    PAIRING,
    PAIRS,
    PUBLIC,
    REASON,
    REVEAL,
    SIGNED_IN,
    VIEW,
    Route,
    _locks,
    says,
    uploads,
)
from tests.trust.world import Person, Place

GET, POST = ("GET",), ("POST",)
GRADES, FIGURES = (Power.CONFIRM_GRADES,), (Power.VIEW_FIGURES,)
MOTHERS = (Power.VIEW_MOTHERS,)


def _delivery(place: Place, _person: Person) -> str:
    """The address of a delivery names its source; the file is the body."""
    return f"?source={place.things['source'].code}"


def _demands(place: Place, person: Person) -> dict[str, str]:
    """A lock as the page would send it, with the words of the interface."""
    sent = dict(_locks(place, person))
    return {
        "kind": sent["act"], "mother": str(sent["mother"]), "seal": sent["seal"],
        "reason_code": sent["reason_code"], "reason": sent["reason"],
    }  # fmt: skip


DATA: Final = (
    Route("GET /sources", GET, IMPORTS),
    Route("GET /deliveries", GET, IMPORTS),
    Route("POST /deliveries", POST, (Power.RUN_IMPORTS,), data=uploads(), path=_delivery),
    Route("GET /push/{code}", GET, (Power.RUN_IMPORTS,), kwargs={"code": "pushed"}),
    Route(
        "POST /push/{code}", POST, (Power.RUN_IMPORTS,), kwargs={"code": "pushed"},
        data=lambda place, _person: {"rows": [make_exchange.a_row(区划代码=place.town)]},
        headers=lambda _place, path, body: make_exchange.push_headers(path, body.encode()),
    ),
    Route("GET /deliveries/{run_id}", GET, IMPORTS, of="run_done", kwargs=_RUN),
    Route("GET /deliveries/{run_id}/bad-rows", GET, IMPORTS, of="run_done", kwargs=_RUN),
    Route(
        "POST /deliveries/{run_id}/approve", POST, IMPORTS, of="run_waiting", kwargs=_WAITING,
        acts={"POST": Power.APPROVE_IMPORTS},
    ),
    Route(
        "POST /deliveries/{run_id}/roll-back", POST, IMPORTS, of="run_done", kwargs=_RUN,
        acts={"POST": Power.APPROVE_IMPORTS}, path=lambda _place, _person: "?reason=%E9%94%99",
    ),
)  # fmt: skip

PEOPLE: Final = (
    Route("GET /mothers", GET, MOTHERS),
    Route("GET /mothers/{mother_id}", GET, MOTHERS, of="mother", kwargs=_MOTHER),
    Route(
        "POST /mothers/{mother_id}/capacity", POST, MOTHERS, of="mother", kwargs=_MOTHER,
        acts={"POST": Power.EDIT_MOTHERS}, data=says(capacity=2),
    ),
    Route(
        "POST /mothers/{mother_id}/state", POST, MOTHERS, of="mother", kwargs=_MOTHER,
        acts={"POST": Power.EDIT_MOTHERS}, data=says(act="pause", **REASON),
    ),
    Route("GET /assessments/waiting", GET, GRADES),
    Route("GET /children/{child_id}/assessment", GET, VIEW, of="child", kwargs=_CHILD),
    Route(
        "POST /children/{child_id}/assessment", POST, VIEW, of="child", kwargs=_CHILD,
        acts={"POST": Power.CONFIRM_GRADES}, data=says(grade="RED", **REASON),
    ),
    Route("GET /assessments/figures", GET, FIGURES),
    Route("GET /task-teams", GET, (Power.LEAD_CASES, Power.VIEW_CHILDREN)),
    Route(
        "GET /task-teams/{team_id}", GET, (Power.LEAD_CASES,), of="cases_team",
        kwargs={"team_id": "cases_team"},
    ),
    Route("GET /instrument", GET, SIGNED_IN),
)  # fmt: skip

_STAGE = {**_CHILD, "field": "=stage"}
CHILDREN: Final = (
    Route("GET /children", GET, VIEW, hides=True),
    Route("GET /coverage", GET, FIGURES),
    Route("GET /children/{child_id}", GET, VIEW, of="child", kwargs=_CHILD),
    Route("GET /children/{child_id}/rows", GET, VIEW, of="child", kwargs=_CHILD),
    Route("GET /children/{child_id}/history", GET, VIEW, of="child", kwargs=_CHILD),
    Route(
        "POST /children/{child_id}/reveal", POST, VIEW, of="child", kwargs=_CHILD,
        acts={"POST": REVEAL}, data=says(field="phone", **REASON),
    ),
    Route(
        "POST /children/{child_id}/adults/{stands_id}/reveal", POST, VIEW, of="guardianship",
        kwargs={**_CHILD, "stands_id": "guardianship"}, acts={"POST": REVEAL},
        data=says(field="phone", **REASON),
    ),
    Route(
        "POST /children/{child_id}/place", POST, VIEW, of="child", kwargs=_CHILD,
        acts={"POST": REVEAL}, data=says(hidden=True, **REASON),
    ),
    Route(
        "POST /children/{child_id}/consent", POST, VIEW, of="child", kwargs=_CHILD,
        acts={"POST": Power.CONFIRM_GRADES},
        data=says(given=False, given_on=date(2026, 11, 1), **REASON),
    ),
    Route(
        "POST /children/{child_id}/merge", POST, VIEW, of="child", kwargs=_CHILD,
        acts={"POST": DECIDE},
        data=lambda place, _person: {"other": place.things["twin"].pk, **REASON},
    ),
    Route(
        "POST /children/{child_id}/split", POST, VIEW, of="record", kwargs=_CHILD,
        acts={"POST": DECIDE},
        data=lambda place, _person: {"record": place.things["record"].pk, **REASON},
    ),
    Route(
        "POST /child-events/{event_id}/undo", POST, VIEW, of="event", kwargs={"event_id": "event"},
        acts={"POST": DECIDE},
    ),
    Route("GET /news", GET, VIEW, hides=True),
    Route(
        "POST /news/{notice_id}/visit", POST, VIEW, of="notice", kwargs={"notice_id": "notice"},
        data=says(said="孩子在家，奶奶照看。"),
    ),
    Route(
        "GET /children/{child_id}/values/{field}", GET, VIEW, of="child", kwargs=_STAGE,
        acts={"GET": Power.CONFIRM_GRADES},
    ),
    Route(
        "POST /children/{child_id}/values/{field}", POST, VIEW, of="child", kwargs=_STAGE,
        acts={"POST": Power.CONFIRM_GRADES}, data=says(value="PRIMARY", **REASON),
    ),
    Route(
        "POST /children/{child_id}/values/{field}/release", POST, VIEW, of="child",
        kwargs={**_CHILD, "field": "=school"}, acts={"POST": Power.CONFIRM_GRADES},
        data=says(**REASON),
    ),
    Route("GET /doubts", GET, (DECIDE,), hides=True),
    Route("GET /doubts/{doubt_id}", GET, (DECIDE,), of="doubt", kwargs={"doubt_id": "doubt"}),
    Route(
        "POST /doubts/{doubt_id}", POST, (DECIDE,), of="doubt", kwargs={"doubt_id": "doubt"},
        data=says(verdict="different"),
    ),
    Route(
        "POST /doubts/{doubt_id}/reopen", POST, (DECIDE,), of="answered",
        kwargs={"doubt_id": "answered"},
    ),
)  # fmt: skip

PAIRING_ACTS: Final = (
    Route("GET /matching/runs", GET, PAIRING),
    Route(
        "POST /matching/runs", POST, (Power.RUN_PAIRING,), data=says(area=""),
    ),
    Route("GET /matching/runs/{run_id}", GET, PAIRING, of="match_run", kwargs=_MATCH, in_part=True),
    Route(
        "GET /matching/runs/{run_id}/proposals", GET, PAIRS, of="match_run", kwargs=_MATCH,
        in_part=True,
    ),
    Route(
        "GET /matching/runs/{run_id}/left-over", GET, PAIRS, of="match_run", kwargs=_MATCH,
        in_part=True,
    ),
    Route(
        "GET /matching/runs/{run_id}/fairness", GET, PAIRING, of="match_run", kwargs=_MATCH,
        in_part=True,
    ),
    Route(
        "GET /matching/runs/{run_id}/recruitment", GET, PAIRING, of="match_run", kwargs=_MATCH,
        in_part=True,
    ),
    Route(
        "POST /matching/proposals/{proposal_id}", POST, PAIRS, of="proposal",
        kwargs={"proposal_id": "proposal"}, acts={"POST": Power.DECIDE_PAIRING},
        data=says(verdict="refuse", **REASON),
    ),
    Route(
        "POST /matching/proposals/{proposal_id}/steering/try", POST, PAIRS, of="proposal",
        kwargs={"proposal_id": "proposal"}, acts={"POST": Power.DECIDE_PAIRING},
        data=says(kind="LOCK"),
    ),
    Route(
        "POST /matching/proposals/{proposal_id}/steering", POST, PAIRS, of="proposal",
        kwargs={"proposal_id": "proposal"}, acts={"POST": Power.DECIDE_PAIRING}, data=_demands,
    ),
    Route(
        "GET /matching/runs/{run_id}/steering", GET, PAIRS, of="match_run", kwargs=_MATCH,
        in_part=True,
    ),
    Route(
        "POST /matching/steering/{act_id}/undo/try", POST, PAIRS, of="steering",
        kwargs={"act_id": "steering"}, acts={"POST": Power.DECIDE_PAIRING},
    ),
    Route(
        "POST /matching/steering/{act_id}/undo", POST, PAIRS, of="steering",
        kwargs={"act_id": "steering"}, acts={"POST": Power.DECIDE_PAIRING},
        data=lambda place, person: {"seal": _locks(place, person)["seal"]},
    ),
    Route("GET /teams/runs", GET, PAIRS),
    Route(
        "POST /teams/runs", POST, PAIRS, acts={"POST": Power.RUN_PAIRING},
        data=says(kind="FOUR", area=""),
    ),
    Route(
        "GET /teams/runs/{run_id}/places", GET, PAIRS, of="team_run",
        kwargs={"run_id": "team_run"}, in_part=True,
    ),
    Route(
        "POST /teams/runs/{run_id}/accept", POST, PAIRS, of="team_run",
        kwargs={"run_id": "team_run"}, in_part=True, acts={"POST": Power.DECIDE_PAIRING},
        data=lambda place, _person: {"places": [str(place.things["team_place"].pk)]},
    ),
    Route("GET /teams/accepted", GET, PAIRS),
    Route(
        "POST /teams/accepted/{seat_id}/end", POST, PAIRS, of="seat", kwargs={"seat_id": "seat"},
        acts={"POST": Power.DECIDE_PAIRING}, data=says(**REASON),
    ),
    Route("GET /pairings", GET, PAIRS),
    Route(
        "GET /care-models", GET, (Power.VIEW_PAIRS, Power.EDIT_POLICY, Power.DECIDE_PAIRING),
        hides=True,
    ),
    Route(
        "GET /children/{child_id}/team", GET, PAIRS, of="team_child",
        kwargs={"child_id": "team_child"},
    ),
    Route("GET /care-teams/gaps", GET, PAIRS),
    Route("GET /care-teams/tasks", GET, (Power.SUPPORT_PAIRS,)),
)  # fmt: skip

WATCHING: Final = (
    Route("GET /scorecards", GET, IMPORTS),
    Route(
        "GET /scorecards/{area_code}/{source_id}", GET, IMPORTS, of="scorecard", kwargs=_CARD,
    ),
    Route("GET /trail", GET, (Power.VIEW_TRAIL,)),
)  # fmt: skip

_EXPORT = {"export_id": "export"}
OUTBOUND: Final = (
    Route(
        "GET /receivers/{code}/messages", GET, (Power.TAKE_OUT,), of="collects",
        kwargs={"code": "collects"}, acts={"GET": Power.VIEW_CHILDREN},
    ),
    Route(
        "POST /exports", POST, (Power.TAKE_OUT,), acts={"POST": Power.VIEW_CHILDREN},
        data=says(dataset="CHILDREN", **REASON),
    ),
    Route(
        "GET /exports/{export_id}", GET, (Power.APPROVE_EXPORTS, Power.VIEW_TRAIL), of="export",
        kwargs=_EXPORT,
    ),
    Route(
        "GET /exports/{export_id}/file", GET, (Power.APPROVE_EXPORTS, Power.VIEW_TRAIL),
        of="export", kwargs=_EXPORT, only="the asker alone opens it, shown in tests/outbound",
    ),
)  # fmt: skip

OPERATIONS: Final[dict[str, Route]] = {
    each.name: each for each in (*DATA, *CHILDREN, *PEOPLE, *PAIRING_ACTS, *WATCHING, *OUTBOUND)
}
# The interface's own pages: its description, which anybody may read, and its root, which is none.
EXTRAS: Final = {
    "api:openapi-json": Route("api:openapi-json", GET, PUBLIC),
    "api:api-root": Route("api:api-root", (), PUBLIC, only="it answers 404 to everybody"),
}
