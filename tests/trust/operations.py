"""Who may ask what over REST: one entry per operation. An operation without one fails the build."""

from datetime import date
from typing import Final

from qianshou.accounts.rules import Power
from tests import make_exchange
from tests.trust.matrix import (
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
    Route("GET /instrument", GET, SIGNED_IN),
)  # fmt: skip

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
    Route("GET /pairings", GET, PAIRS),
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
    each.name: each for each in (*DATA, *CHILDREN, *PEOPLE, *PAIRING_ACTS, *OUTBOUND)
}
# The interface's own pages: its description, which anybody may read, and its root, which is none.
EXTRAS: Final = {
    "api:openapi-json": Route("api:openapi-json", GET, PUBLIC),
    "api:api-root": Route("api:api-root", (), PUBLIC, only="it answers 404 to everybody"),
}
