"""Assessments over REST: grades to confirm, one child's assessment, figures, the instrument."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Query, Router, Schema
from ninja.pagination import PageNumberPagination, paginate

from qianshou.assessment.actions import confirming
from qianshou.assessment.queries import grades as queries
from qianshou.common.rest import REFUSALS, area_of, asker
from qianshou.registry.queries import children

router = Router(tags=["assessment"])
GradeCode = Literal["RED", "ORANGE", "YELLOW", "GREEN"]


class EvidenceOut(Schema):
    """One thing that counted, and the facts that speak for it."""

    indicator: str
    points: int
    fact: str


class AssessmentOut(Schema):
    """What the instrument says of a child, what a person confirmed, and what counts."""

    id: UUID
    child_id: UUID
    area_code: str
    score: int
    computed_grade: GradeCode
    grade: GradeCode
    tier: int
    needs: list[int]
    evidence: list[EvidenceOut]
    triggers: list[str]
    instrument_version: int
    computed_at: datetime
    confirmed_at: datetime | None
    reason: str

    @staticmethod
    def resolve_area_code(assessment: Any, context: Any) -> str:
        """Return where the child lives, or the county of a place hidden from the asker."""
        return children.shown_area(assessment.child, asker(context["request"]))

    @staticmethod
    def resolve_instrument_version(assessment: Any) -> int:
        """Return the version that it was made with."""
        return int(assessment.instrument.version)


class ListIn(Schema):
    """What the list is narrowed to; `kind` is new, due or lower."""

    area: str = ""
    kind: str = queries.NEW
    grade: str = ""


class GradeIn(Schema):
    """The grade a person stands for; a change needs a reason.

    `seen` is the id of the assessment that was read; if it is no longer the current one the
    grade is refused.
    """

    grade: GradeCode
    reason: str = Field("", max_length=200)
    seen: UUID | None = None


class MixOut(Schema):
    """How many children of each grade an area has."""

    code: str
    name: str
    counts: dict[str, int]
    at_risk: float


@router.get(
    "/assessments/waiting", response=list[AssessmentOut], operation_id="list_grades_to_confirm"
)
@paginate(PageNumberPagination, page_size=50)
def list_waiting(request: HttpRequest, asked: Query[ListIn]) -> Any:
    """Return the grades that wait for a person, the most urgent first."""
    return queries.grades_to_confirm(
        asker(request),
        area_code=area_of(request, asked.area),
        kind=asked.kind,
        grade=asked.grade,
        today=timezone.localdate(),
    )


@router.get(
    "/children/{uuid:child_id}/assessment",
    response={200: AssessmentOut, **REFUSALS},
    operation_id="read_assessment",
)
def read_assessment(request: HttpRequest, child_id: UUID) -> Any:
    """Return a child's current assessment."""
    return queries.assessment_for(asker(request), child_id)


@router.post(
    "/children/{uuid:child_id}/assessment",
    response={200: AssessmentOut, **REFUSALS},
    operation_id="confirm_grade",
)
def confirm_grade(request: HttpRequest, child_id: UUID, change: GradeIn) -> Any:
    """Confirm or change a child's grade."""
    user = asker(request)
    found = queries.assessment_for(user, child_id)
    return confirming.confirm_grade(
        found, by=user, grade=change.grade, reason=change.reason, seen=change.seen
    )


@router.get(
    "/assessments/figures", response={200: list[MixOut], **REFUSALS}, operation_id="read_grade_mix"
)
def read_mix(request: HttpRequest, area: str = "") -> Any:
    """Return the mix of grades of each area one level down."""
    return queries.mix_below(asker(request), area_of(request, area))


@router.get("/instrument", response={200: dict[str, Any], **REFUSALS}, operation_id="read_scale")
def read_instrument(request: HttpRequest, version: int | None = None) -> Any:  # noqa: ARG001
    """Return the instrument in force, or another version, as it is stored."""
    return queries.instrument_body(version)
