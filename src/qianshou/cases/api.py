"""Task teams over REST: the list with its clocks, and one team without its sealed texts."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from ninja.pagination import PageNumberPagination, paginate

from qianshou.cases.queries import lists
from qianshou.common.rest import REFUSALS, area_of, asker

router = Router(tags=["task teams"])


class TeamOut(Schema):
    """A task team with its clocks; what was said and decided stays in its sealed file."""

    id: UUID
    child_id: UUID
    area_code: str
    state: str
    because: str
    opened_at: datetime
    answer_by: datetime
    answered_at: datetime | None
    review_on: date
    closed_at: datetime | None
    next_step: str
    times_reopened: int
    led: bool

    @staticmethod
    def resolve_area_code(team: Any, context: Any) -> str:
        """Return where the child lives, or the county of a place hidden from the asker."""
        return lists.shown_area(team.child, asker(context["request"]))

    @staticmethod
    def resolve_led(team: Any) -> bool:
        """Tell whether somebody leads it."""
        return team.lead_id is not None


class TeamsIn(Schema):
    """What the list is narrowed to."""

    area: str = ""
    what: Literal["", "UNANSWERED", "LATE", "REVIEW", "LEADERLESS", "CLOSED"] = ""


@router.get("/task-teams", response=list[TeamOut], operation_id="list_task_teams")
@paginate(PageNumberPagination, page_size=50)
def list_teams(request: HttpRequest, asked: Query[TeamsIn]) -> Any:
    """Return the task teams that the asker may read, the most pressing first."""
    area = area_of(request, asked.area)
    return lists.teams_for(asker(request), area, what=asked.what, today=timezone.localdate())


@router.get(
    "/task-teams/{uuid:team_id}",
    response={200: TeamOut, **REFUSALS},
    operation_id="read_task_team",
)
def read_team(request: HttpRequest, team_id: UUID) -> Any:
    """Return one task team."""
    return lists.team_for(asker(request), team_id)
