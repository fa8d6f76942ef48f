"""Loving mothers over REST: the list, one file, and what is done with it. No numbers in plain."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Query, Router, Schema
from ninja.pagination import PageNumberPagination, paginate

from qianshou.common.rest import REFUSALS, area_of, asker
from qianshou.mothers import queries
from qianshou.mothers.actions import file as actions
from qianshou.mothers.actions import searching

router = Router(tags=["mothers"])
ACTS = {"pause": actions.pause, "resume": actions.resume, "leave": actions.let_go}


class MotherOut(Schema):
    """A mother's file without her numbers; `skills` and `times` in the codes of the duty axes."""

    id: UUID
    name: str
    area_code: str
    categories: list[str]
    skills: list[int]
    languages: list[str]
    times: list[str]
    travel_limit_m: int
    capacity: int
    free: int
    state: str


class StepOut(Schema):
    """One condition on the way to the first child."""

    code: str
    passed: bool
    until: date | None


class FileOut(MotherOut):
    """A mother's file with what is still missing before she may have a child."""

    ready: bool
    steps: list[StepOut]

    @staticmethod
    def resolve_steps(mother: Any) -> list[dict[str, Any]]:
        """Return every condition in the order of the road."""
        return queries.step_codes(mother, timezone.localdate())

    @staticmethod
    def resolve_ready(mother: Any) -> bool:
        """Tell whether nothing is missing today."""
        return all(step["passed"] for step in queries.step_codes(mother, timezone.localdate()))


class ListIn(Schema):
    """What the list is narrowed to; `ready` is READY or the code of a missing condition."""

    area: str = ""
    q: str = ""
    ready: str = ""
    category: str = ""


class CapacityIn(Schema):
    """How many children she can have at once."""

    capacity: int = Field(ge=0, le=10)


class StateIn(Schema):
    """What is done with her file, and why."""

    act: Literal["pause", "resume", "leave"]
    reason: str = Field(min_length=1, max_length=200)


@router.get("/mothers", response=list[MotherOut], operation_id="list_mothers")
@paginate(PageNumberPagination, page_size=50)
def list_mothers(request: HttpRequest, asked: Query[ListIn]) -> Any:
    """Return the mothers of an area by name, pinyin, number or filter."""
    user, area = asker(request), area_of(request, asked.area)
    rows = queries.mothers_for(
        user,
        area_code=area,
        wanted=queries.Wanted(asked.q, asked.ready, asked.category),
        today=timezone.localdate(),
    )
    searching.note_search(asked.q, by=user, area_code=area)
    return rows


@router.get(
    "/mothers/{uuid:mother_id}", response={200: FileOut, **REFUSALS}, operation_id="read_mother"
)
def read_mother(request: HttpRequest, mother_id: UUID) -> Any:
    """Return one mother's file."""
    return queries.mother_for(asker(request), mother_id)


@router.post(
    "/mothers/{uuid:mother_id}/capacity",
    response={200: FileOut, **REFUSALS},
    operation_id="edit_mother_capacity",
)
def edit_capacity(request: HttpRequest, mother_id: UUID, change: CapacityIn) -> Any:
    """Set how many children she can have at once."""
    user, today = asker(request), timezone.localdate()
    found = queries.mother_for(user, mother_id)
    actions.edit_capacity(found, by=user, capacity=change.capacity, today=today)
    return queries.mother_for(user, mother_id)


@router.post(
    "/mothers/{uuid:mother_id}/state",
    response={200: FileOut, **REFUSALS},
    operation_id="change_mother_state",
)
def change_state(request: HttpRequest, mother_id: UUID, change: StateIn) -> Any:
    """Pause her, resume her, or end her service."""
    user, today = asker(request), timezone.localdate()
    found = queries.mother_for(user, mother_id)
    ACTS[change.act](found, by=user, reason=change.reason, today=today)
    return queries.mother_for(user, mother_id)
