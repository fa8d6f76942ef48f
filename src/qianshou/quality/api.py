"""Data quality over REST: scorecards of departments and counties, with what is wrong."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from qianshou.common.errors import NotFound
from qianshou.common.rest import REFUSALS, area_of, asker
from qianshou.quality import queries

router = Router(tags=["quality"])


class CardOut(Schema):
    """How good one department's rows of one county are; shares from 0 to 1, or unknown."""

    source: UUID
    code: str
    area_code: str
    at: datetime
    rows: int
    completeness: float | None
    validity: float | None
    freshness: float | None
    agreement: float | None


class FaultOut(Schema):
    """What is wrong with how many rows, and how the department mends it."""

    code: str
    says: str
    mend: str
    rows: int


class FieldOut(Schema):
    """In how many rows a field differs from the file."""

    label: str
    rows: int


class ReportOut(Schema):
    """The newest scorecard with its faults, and those before it, oldest first."""

    card: CardOut
    faults: list[FaultOut]
    contradicted: list[FieldOut]
    earlier: list[CardOut]


@router.get(
    "/scorecards", response={200: list[CardOut], **REFUSALS}, operation_id="list_scorecards"
)
def list_scorecards(request: HttpRequest, area: str = "") -> Any:
    """Return the newest scorecard of every department and county, worst validity first."""
    cards = queries.cards_for(asker(request), area_of(request, area))
    return [_card(card.scorecard) for card in cards]


@router.get(
    "/scorecards/{area_code}/{uuid:source_id}",
    response={200: ReportOut, **REFUSALS},
    operation_id="read_scorecard",
)
def read_scorecard(request: HttpRequest, area_code: str, source_id: UUID) -> Any:
    """Return one department's figures of one county, what is wrong, and how it was before."""
    county = area_of(request, area_code)
    history = queries.history_of(queries.source_for(asker(request), source_id, county), county)
    if not history:
        raise NotFound
    *earlier, newest = history
    differing = queries.contradicted_of(newest.figures)
    return {
        "card": _card(newest),
        "faults": queries.faults_of(newest.figures),
        "contradicted": [{"label": one["label"], "rows": one["value"]} for one in differing],
        "earlier": [_card(each) for each in earlier],
    }


def _card(scorecard: Any) -> dict[str, Any]:
    shares = {share["name"]: share["value"] for share in queries.shares_of(scorecard.figures)}
    return {
        "source": scorecard.source_id, "code": scorecard.source.code,
        "area_code": scorecard.area_code, "at": scorecard.at,
        "rows": scorecard.figures.get("rows", 0), **shares,
    }  # fmt: skip
