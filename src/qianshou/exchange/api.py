"""Department data over REST: deliveries, the rows that were kept out, and sources."""

from datetime import datetime
from typing import Annotated, Any, BinaryIO, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, File, Header, Router, Schema, Status
from ninja.files import UploadedFile
from ninja.pagination import PageNumberPagination, paginate

from qianshou.common.rest import REFUSALS, Problem, area_of, asker
from qianshou.exchange import queries
from qianshou.exchange.actions import deciding, pushing, receiving, undoing

router = Router(tags=["data"])


class SourceOut(Schema):
    """A department's feed."""

    id: UUID
    code: str
    name: str
    department: str
    target: str
    area_code: str
    version: int
    is_active: bool


class RunOut(Schema):
    """One delivery: its state, what it brought, and what a person should know."""

    id: UUID
    source: str
    area_code: str
    file_name: str
    sha256: str
    size: int
    state: str
    progress: int
    counts: dict[str, Any]
    notes: list[dict[str, Any]]
    created_at: datetime
    finished_at: datetime | None

    @staticmethod
    def resolve_source(run: Any) -> str:
        """Return the source's code."""
        return str(run.source.code)


class BadRowOut(Schema):
    """A row that was kept out: where it stands and which rules it breaks, without its values."""

    id: UUID
    sheet: str
    row_no: int
    state: str
    rules: list[dict[str, Any]]


@router.get("/sources", response={200: list[SourceOut], **REFUSALS}, operation_id="list_sources")
def list_sources(request: HttpRequest, area: str = "") -> Any:
    """Return the sources that deliver for the asker's area."""
    return [each["source"] for each in queries.sources_for(asker(request), area_of(request, area))]


@router.get("/deliveries", response=list[RunOut], operation_id="list_deliveries")
@paginate(PageNumberPagination, page_size=50)
def list_deliveries(
    request: HttpRequest, *, area: str = "", state: str = "", source: str = ""
) -> Any:
    """Return the deliveries of an area, newest first."""
    return queries.runs_for(asker(request), area_of(request, area), state=state, source=source)


@router.post("/deliveries", response={202: RunOut, **REFUSALS}, operation_id="deliver_file")
def deliver_file(
    request: HttpRequest, *, source: str, file: File[UploadedFile], area: str = ""
) -> Any:
    """Deliver a file of a source; it is read and stored in the background."""
    run = receiving.receive_file(
        queries.source_by_code(source),
        by=asker(request),
        file=cast("BinaryIO", file),
        name=file.name or "",
        area_code=area_of(request, area),
    )
    receiving.start(run)
    return Status(202, run)


@router.get(
    "/deliveries/{uuid:run_id}", response={200: RunOut, **REFUSALS}, operation_id="read_delivery"
)
def read_delivery(request: HttpRequest, run_id: UUID) -> Any:
    """Return one delivery."""
    return queries.run_for(asker(request), run_id)


@router.get(
    "/deliveries/{uuid:run_id}/bad-rows", response=list[BadRowOut], operation_id="list_bad_rows"
)
@paginate(PageNumberPagination, page_size=50)
def list_bad_rows(request: HttpRequest, run_id: UUID, *, rule: str = "", state: str = "") -> Any:
    """Return the rows of a delivery that could not enter, in the order of the file."""
    user = asker(request)
    return queries.bad_rows_for(user, queries.run_for(user, run_id), rule=rule, state=state)


@router.post(
    "/deliveries/{uuid:run_id}/approve",
    response={200: RunOut, **REFUSALS},
    operation_id="approve_delivery",
)
def approve_delivery(request: HttpRequest, run_id: UUID) -> Any:
    """Let a waiting delivery through."""
    user = asker(request)
    return deciding.approve_run(queries.run_for(user, run_id), by=user)


@router.post(
    "/deliveries/{uuid:run_id}/roll-back",
    response={200: RunOut, **REFUSALS},
    operation_id="undo_delivery",
)
def undo_delivery(request: HttpRequest, run_id: UUID, reason: str) -> Any:
    """Undo a delivery as a whole; a long one is undone by the worker and notes that meanwhile."""
    user = asker(request)
    return undoing.ask(queries.run_for(user, run_id), by=user, reason=reason)


class BatchIn(Schema):
    """A batch of rows by the headings that the source's profile names; others are left out."""

    rows: list[dict[str, Any]] = Field(min_length=1, max_length=pushing.MOST_ROWS)


class PushStateOut(Schema):
    """Where a sender stands: its next number, and for how many batches there is room now."""

    next_sequence: int
    room: int
    # the delivery that waits for a person here; later batches are taken in and queue behind it
    waits_for: UUID | None


class BatchHeaders(Schema):
    """What a batch is known by, and the proof of who sends it (docs/reference/feeds.md)."""

    idempotency_key: str = Field(alias="Idempotency-Key", pattern=r"^[A-Za-z0-9._:-]{8,100}$")
    sequence: int = Field(alias="X-Sequence", ge=1, lt=1 << 62)
    timestamp: str = Field(alias="X-Timestamp", max_length=20)
    signature: str = Field(alias="X-Signature", max_length=200)


@router.get(
    "/push/{slug:code}", response={200: PushStateOut, **REFUSALS}, operation_id="read_push_state"
)
def read_push_state(request: HttpRequest, code: str, area: str = "") -> Any:
    """Return the number of the next batch of a source; a sender asks after a crash."""
    place = area_of(request, area)
    return pushing.state_of(queries.source_by_code(code), by=asker(request), area_code=place)


@router.post(
    "/push/{slug:code}",
    response={200: RunOut, 202: RunOut, 429: Problem, **REFUSALS},
    operation_id="push_rows",
)
def push_rows(
    request: HttpRequest,
    response: HttpResponse,
    *,
    code: str,
    batch: BatchIn,  # noqa: ARG001 - describes the body, which is read as it was signed
    headers: Annotated[BatchHeaders, Header()],
    area: str = "",
) -> Any:
    """Push a signed batch of rows. The same batch again is answered 200 with its first delivery."""
    user, place = asker(request), area_of(request, area)
    signed = pushing.Batch(
        method="POST", path=request.get_full_path(), area_code=place, timestamp=headers.timestamp,
        key=headers.idempotency_key, sequence=headers.sequence, signature=headers.signature,
        body=request.body,
    )  # fmt: skip
    try:
        run, repeated = pushing.take_in(queries.source_by_code(code), signed, by=user)
    except pushing.TooBusy:
        response["Retry-After"] = "30"
        said = _("Too many batches of this source are at work; send it again later.")
        return Status(429, {"type": "about:blank", "title": said, "status": 429})
    return Status(200 if repeated else 202, run)
