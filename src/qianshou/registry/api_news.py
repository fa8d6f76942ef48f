"""What changed over REST: the news of an area, visits that are due, values that a person sets."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Query, Router, Schema
from ninja.pagination import PageNumberPagination, paginate

from qianshou.common.errors import NotAllowed
from qianshou.common.rest import REFUSALS, area_of, asker
from qianshou.registry import permissions
from qianshou.registry.actions import noticing, setting
from qianshou.registry.queries import child as files
from qianshou.registry.queries import setting as settings
from qianshou.registry.queries import today as queries

router = Router(tags=["children"])


class NewsIn(Schema):
    """What the news are narrowed to; without a day those of today, and all visits that are due."""

    area: str = ""
    kind: str = ""
    town: str = ""
    day: str = ""
    visit: str = ""


class NewsOut(Schema):
    """News about a child: what happened, which fields say so, whether somebody has to look in.

    What a visit found is not told here; it stands in the file.
    """

    id: UUID
    child_id: UUID
    kind: str
    fields: list[str]
    at: datetime
    visit: str
    done_at: datetime | None


class VisitIn(Schema):
    """What was seen; it is kept sealed."""

    said: str = Field("", max_length=500)


class PinOut(Schema):
    """Who set the value, when and why."""

    by: str
    since: datetime
    reason: str

    @staticmethod
    def resolve_by(pin: Any) -> str:
        """Return the name of the person."""
        return str(pin.by)


class ValueOut(Schema):
    """A value of a file that a person may set; `pin` is empty while the departments decide."""

    field: str
    label: str
    value: str
    pin: PinOut | None
    held: int

    @staticmethod
    def resolve_field(found: Any) -> str:
        """Return the name of the field."""
        return str(found.name)

    @staticmethod
    def resolve_value(found: Any) -> str:
        """Return what the file says, in words, as far as the asker may see it."""
        return str(found.fact.value) if found.fact else ""

    @staticmethod
    def resolve_held(found: Any) -> int:
        """Return how many rows hold a warning that no row states any more."""
        return len(found.holds)


class SetIn(Schema):
    """The value as a person would type it, and how it is known."""

    value: str = Field(max_length=200)
    reason: str = Field(max_length=200)


class LeaveIn(Schema):
    """Why the departments decide again, or the warning is over."""

    reason: str = Field(max_length=200)


@router.get("/news", response=list[NewsOut], operation_id="list_news")
@paginate(PageNumberPagination, page_size=50)
def list_news(request: HttpRequest, asked: Query[NewsIn]) -> Any:
    """Return what happened to the children of an area, newest first."""
    return queries.notices_for(
        asker(request),
        area_code=area_of(request, asked.area),
        chosen=asked.dict(exclude={"area"}),
        today=timezone.localdate(),
    )


@router.post(
    "/news/{uuid:notice_id}/visit", response={200: NewsOut, **REFUSALS}, operation_id="note_visit"
)
def note_visit(request: HttpRequest, notice_id: UUID, given: VisitIn) -> Any:
    """Note that somebody has looked in on the child; on record."""
    user = asker(request)
    return noticing.note_visit(queries.notice_for(user, notice_id), by=user, said=given.said)


@router.get(
    "/children/{uuid:child_id}/values/{field}",
    response={200: ValueOut, **REFUSALS},
    operation_id="read_child_value",
)
def read_value(request: HttpRequest, child_id: UUID, field: str) -> Any:
    """Return one value of a file, and who has set it by hand."""
    return _value(request, child_id, field)


@router.post(
    "/children/{uuid:child_id}/values/{field}",
    response={200: ValueOut, **REFUSALS},
    operation_id="set_child_value",
)
def set_value(request: HttpRequest, child_id: UUID, *, field: str, given: SetIn) -> Any:
    """Set a value against every feed; on record with its reason."""
    _value(request, child_id, field)
    user = asker(request)
    child = files.child_for(user, child_id)
    setting.pin(child, field, given.value, by=user, reason=given.reason)
    return _value(request, child_id, field)


@router.post(
    "/children/{uuid:child_id}/values/{field}/release",
    response={200: ValueOut, **REFUSALS},
    operation_id="release_child_value",
)
def release_value(request: HttpRequest, child_id: UUID, *, field: str, given: LeaveIn) -> Any:
    """Leave a value to the departments again, or say that a held warning is over."""
    _value(request, child_id, field)
    user = asker(request)
    setting.release(files.child_for(user, child_id), field, by=user, reason=given.reason)
    return _value(request, child_id, field)


def _value(request: HttpRequest, child_id: UUID, field: str) -> Any:
    """Return a value that the asker may set; raises `NotFound` or `NotAllowed`."""
    user = asker(request)
    child = files.child_for(user, child_id)
    found = settings.setting_for(user, child, field)
    if not permissions.can_set_value(user, child, field):
        raise NotAllowed
    return found
