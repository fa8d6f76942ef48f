"""Care models and care teams over REST: what is offered, a child's team, gaps, tasks."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from ninja.pagination import PageNumberPagination, paginate

from qianshou.accounts import permissions as powers
from qianshou.accounts.rules import Power
from qianshou.common.rest import REFUSALS, area_of, asker
from qianshou.teams.queries import asked, gaps, offered, reading, teams

router = Router(tags=["teams"])


class ModelOut(Schema):
    """The newest version of a care model, with its slots as data."""

    id: UUID
    area_code: str
    code: str
    version: int
    name: dict[str, str]
    sha256: str
    slots: list[dict[str, Any]]

    @staticmethod
    def resolve_slots(model: Any) -> Any:
        """Return the slots as they were written."""
        return model.body["slot"]


class MemberOut(Schema):
    """Somebody in a place; `seat_id` is empty for the mother, who comes from the pairing."""

    seat_id: UUID | None
    who: str
    since: date | None


class PlaceOut(Schema):
    """One slot of a child's team."""

    role: str
    name: str
    missing: int
    members: list[MemberOut]


class TeamOut(Schema):
    """A child's team as it stands; without one, `model` is empty."""

    child_id: UUID
    model: str
    version: int | None
    began_on: date | None
    places: list[PlaceOut]


class GapOut(Schema):
    """How many children of a town lack somebody of a role."""

    town: str
    role: str
    children: int


class TaskOut(Schema):
    """One thing a member was asked; neither words nor answer, which are read on a page."""

    id: UUID
    child_id: UUID
    role: str
    due_on: date
    state: str
    outcome: str


@router.get(
    "/care-models", response={200: list[ModelOut], **REFUSALS}, operation_id="list_care_models"
)
def list_models(request: HttpRequest, area: str = "") -> Any:
    """Return the care models offered to an area."""
    return offered.models_for(asker(request), area_of(request, area))


@router.get(
    "/children/{uuid:child_id}/team", response={200: TeamOut, **REFUSALS},
    operation_id="child_care_team",
)  # fmt: skip
def team(request: HttpRequest, child_id: UUID) -> Any:
    """Return a child's care team with its gaps."""
    child = teams.child_for(asker(request), child_id)
    standing = teams.team_of(child)
    places = teams.places_of(child, standing) if standing else []
    return {
        "child_id": child.pk,
        "model": standing.model.code if standing else "",
        "version": standing.model.version if standing else None,
        "began_on": standing.began_on if standing else None,
        "places": [
            {
                "role": each.slot.role, "name": reading.slot_words(each.slot),
                "missing": each.missing,
                "members": [
                    {"seat_id": m.seat.pk if m.seat else None, "who": m.who, "since": m.since}
                    for m in each.members
                ],
            }
            for each in places
        ],
    }  # fmt: skip


@router.get("/care-teams/gaps", response={200: list[GapOut], **REFUSALS}, operation_id="team_gaps")
def list_gaps(request: HttpRequest, area: str = "") -> Any:
    """Return the gaps of an area by town and role."""
    place = area_of(request, area)
    powers.require(asker(request), Power.VIEW_PAIRS, place)
    return [
        {"town": row["town"], "role": role, "children": n}
        for row in gaps.table(place)["rows"]
        for role, n in row["cells"]
        if n
    ]


@router.get("/care-teams/tasks", response=list[TaskOut], operation_id="list_team_tasks")
@paginate(PageNumberPagination, page_size=50)
def list_tasks(request: HttpRequest, area: str = "", state: str = "OPEN") -> Any:
    """Return the tasks of an area's team members in a state, what is due first on top."""
    place = area_of(request, area)
    return asked.tasks_in(asker(request), place, state=state, today=timezone.localdate())
