"""The trail over REST: who did or saw what in an area, or with one file."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.pagination import PageNumberPagination, paginate

from qianshou.audit import queries
from qianshou.common.rest import area_of, asker

router = Router(tags=["trail"])


class TrailIn(Schema):
    """What the trail is narrowed to; `about` is the id of a file, a run or a person."""

    area: str = ""
    room: str = ""
    about: str = ""


class EntryOut(Schema):
    """One act, or one reading of something sensitive, with the reason that was given."""

    id: int
    at: datetime
    by: str
    act: str
    subject_kind: str
    subject_id: str
    area_code: str
    reason: str
    result: str

    @staticmethod
    def resolve_by(entry: Any) -> str:
        """Return the name of the person, empty for the system."""
        return str(entry.actor_name)


@router.get("/trail", response=list[EntryOut], operation_id="list_trail")
@paginate(PageNumberPagination, page_size=50)
def list_trail(request: HttpRequest, asked: Query[TrailIn]) -> Any:
    """Return the trail of an area, newest first; with `about` who opened or changed one file."""
    return queries.entries_for(
        asker(request), area_code=area_of(request, asked.area), room=asked.room, about=asked.about
    )
