"""What goes out over REST: messages to collect, and exports."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Field, Router, Schema, Status

from qianshou.common.rest import REFUSALS, area_of, asker
from qianshou.outbound.actions import exporting
from qianshou.outbound.queries import exports as register
from qianshou.outbound.queries import receivers as queries

router = Router(tags=["outbound"])
PARQUET = "application/vnd.apache.parquet"


class MessagesOut(Schema):
    """Messages as CloudEvents 1.0, and the number to go on from."""

    messages: list[dict[str, Any]]
    next: int


class ExportIn(Schema):
    """Which rows are asked for, with names or without, and what for."""

    dataset: Literal["CHILDREN", "MOTHERS", "PAIRINGS"]
    reason: str = Field(min_length=4, max_length=200)
    named: bool = False
    party: str = Field("", max_length=120)


class ExportOut(Schema):
    """One line of the register of exports."""

    id: UUID
    dataset: str
    named: bool
    area_code: str
    reason: str
    state: str
    rows: int
    size: int
    sha256: str
    asked_at: datetime
    decided_at: datetime | None
    expires_at: datetime | None


@router.get(
    "/receivers/{slug:code}/messages",
    response={200: MessagesOut, **REFUSALS},
    operation_id="collect_messages",
)
def collect_messages(
    request: HttpRequest,
    code: str,
    *,
    after: Annotated[int, Field(ge=0, lt=1 << 62)] = 0,
    limit: Annotated[int, Field(ge=1, le=1000)] = 100,
) -> Any:
    """Return a receiver's messages after a number, in order; none is ever missed in between."""
    found, following = queries.collected_for(asker(request), code, after=after, most=limit)
    return {"messages": found, "next": following}


@router.post("/exports", response={202: ExportOut, **REFUSALS}, operation_id="ask_export")
def ask_export(request: HttpRequest, asked: ExportIn, area: str = "") -> Any:
    """Ask for an export of an area; small masked ones are made at once, others are decided."""
    export = exporting.ask(
        by=asker(request), dataset=asked.dataset, area_code=area_of(request, area),
        reason=asked.reason, named=asked.named, party=asked.party,
    )  # fmt: skip
    return Status(202, export)


@router.get(
    "/exports/{uuid:export_id}", response={200: ExportOut, **REFUSALS}, operation_id="read_export"
)
def read_export(request: HttpRequest, export_id: UUID) -> Any:
    """Return one export with its state."""
    return register.export_for(asker(request), export_id)


@router.get(
    "/exports/{uuid:export_id}/file", response={200: bytes, **REFUSALS}, operation_id="open_export"
)
def open_export(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """Return the Parquet file to the asker; the trail notes each opening."""
    user = asker(request)
    body = exporting.open_file(register.export_for(user, export_id), by=user)
    return HttpResponse(body, content_type=PARQUET)
