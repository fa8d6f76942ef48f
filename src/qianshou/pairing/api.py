"""Pairing over REST: runs, proposals with their reasons, decisions, pairings."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status
from ninja.pagination import PageNumberPagination, paginate

from qianshou.common.rest import REFUSALS, area_of, asker
from qianshou.pairing.actions import deciding, matching
from qianshou.pairing.queries import fairness, lists, parts, recruiting
from qianshou.registry.queries import children

router = Router(tags=["pairing"])


class MatchRunOut(Schema):
    """A run with its figures; `verified` is the independent verifier's verdict."""

    id: UUID
    area_code: str
    state: str
    progress: int
    figures: dict[str, Any]
    verified: bool | None
    input_hash: str
    created_at: datetime
    finished_at: datetime | None

    @staticmethod
    def resolve_figures(run: Any, context: Any) -> dict[str, Any]:
        """Return the figures; towns with few children left over only to who sees the pairs."""
        return parts.told_to(asker(context["request"]), run.figures, run.area_code)


class ProposalOut(Schema):
    """A proposed pair; `parts` are its sub-scores, `margin` what the runner-up would cost."""

    id: UUID
    run_id: UUID
    child_id: UUID
    mother_id: UUID
    area_code: str
    tier: int
    grade: str
    score: int
    parts: list[dict[str, Any]]
    runner_up_id: UUID | None
    margin: int | None
    attention: list[str]
    state: str
    reason: str

    @staticmethod
    def resolve_area_code(proposal: Any, context: Any) -> str:
        """Return where the child lives, or the county of a place hidden from the asker."""
        return children.shown_area(proposal.child, asker(context["request"]))


class LeftOverOut(Schema):
    """A child without a proposal, and why."""

    child_id: UUID
    tier: int
    grade: str
    reason: str
    details: dict[str, Any]


class PairOut(Schema):
    """A pairing that a person approved."""

    id: UUID
    child_id: UUID
    mother_id: UUID
    area_code: str
    started_on: date
    ended_on: date | None
    end_reason: str

    @staticmethod
    def resolve_area_code(pairing: Any, context: Any) -> str:
        """Return where the child lives, or the county of a place hidden from the asker."""
        return children.shown_area(pairing.child, asker(context["request"]))


class FairnessGroupOut(Schema):
    """How one group fares; nothing but its name where it is too small to be shown.

    `paired_share` has a 95 % interval; `waiting_days` is the mean wait of those left over.
    """

    value: str
    label: str
    children: int | None
    paired_share: float | None
    low: float | None
    high: float | None
    mean_score: float | None
    score_margin: float | None
    waiting_days: float | None
    is_last: bool


class FairnessOut(Schema):
    """The groups of one attribute, the least often paired first."""

    attribute: str
    groups: list[FairnessGroupOut]
    findings: list[str]


class RecruitmentOut(Schema):
    """One town with children left over; `sentences` say what kind of mother would help.

    `price` is what one more place with one of its mothers is worth in points, on average, and
    `decisive` with how many of them it would place one more child.
    """

    area_code: str
    name: str
    left_over: int | None
    urgent: int | None
    mothers: int | None
    places: int | None
    price: int | None
    decisive: int | None
    sentences: list[str]


class RunIn(Schema):
    """The area to match; empty is the widest area of the key's user."""

    area: str = Field("", pattern=r"^([0-9]{12})?$")


class PairsIn(Schema):
    """What a run's proposals are narrowed to."""

    state: str = ""
    grade: str = ""
    area: str = ""


class VerdictIn(Schema):
    """Approve, or refuse with a reason."""

    verdict: Literal["approve", "refuse"]
    reason: str = Field("", max_length=200)


@router.get("/matching/runs", response=list[MatchRunOut], operation_id="list_matching_runs")
@paginate(PageNumberPagination, page_size=50)
def list_runs(request: HttpRequest, area: str = "") -> Any:
    """Return the matching runs of an area, newest first."""
    return lists.runs_for(asker(request), area_of(request, area))


@router.post(
    "/matching/runs", response={202: MatchRunOut, **REFUSALS}, operation_id="start_matching"
)
def start_run(request: HttpRequest, wanted: RunIn) -> Any:
    """Start a run; it is computed in the background."""
    return Status(202, matching.start(area_of(request, wanted.area), by=asker(request)))


@router.get(
    "/matching/runs/{uuid:run_id}",
    response={200: MatchRunOut, **REFUSALS},
    operation_id="read_matching_run",
)
def read_run(request: HttpRequest, run_id: UUID) -> Any:
    """Return one run with its figures."""
    return lists.run_for(asker(request), run_id)


@router.get(
    "/matching/runs/{uuid:run_id}/proposals",
    response=list[ProposalOut],
    operation_id="list_proposals",
)
@paginate(PageNumberPagination, page_size=50)
def list_proposals(request: HttpRequest, run_id: UUID, asked: Query[PairsIn]) -> Any:
    """Return a run's proposals, those that deserve a look first."""
    user = asker(request)
    run = lists.run_for(user, run_id)
    part = lists.pairs_part(user, run, area_of(request, asked.area))
    return lists.proposals_of(run, part, state=asked.state, grade=asked.grade)


@router.get(
    "/matching/runs/{uuid:run_id}/left-over",
    response=list[LeftOverOut],
    operation_id="list_left_over",
)
@paginate(PageNumberPagination, page_size=50)
def list_left_over(request: HttpRequest, run_id: UUID, area: str = "") -> Any:
    """Return the children that a run could not place, the most urgent first."""
    user = asker(request)
    run = lists.run_for(user, run_id)
    return lists.left_over_of(run, lists.pairs_part(user, run, area_of(request, area)))


@router.get(
    "/matching/runs/{uuid:run_id}/fairness",
    response={200: list[FairnessOut], **REFUSALS},
    operation_id="read_fairness",
)
def read_fairness(request: HttpRequest, run_id: UUID, area: str = "") -> Any:
    """Return who is paired less often, worse or later in a run."""
    user = asker(request)
    run = lists.run_for(user, run_id)
    return fairness.comparisons(user, run, area_of(request, area))


@router.get(
    "/matching/runs/{uuid:run_id}/recruitment",
    response={200: list[RecruitmentOut], **REFUSALS},
    operation_id="read_recruitment",
)
def read_recruitment(request: HttpRequest, run_id: UUID, area: str = "") -> Any:
    """Return the towns where mothers are missing after a run, the worst first."""
    user = asker(request)
    run = lists.run_for(user, run_id)
    return recruiting.recruitment(user, run, area_of(request, area)).towns


@router.post(
    "/matching/proposals/{uuid:proposal_id}",
    response={200: ProposalOut, **REFUSALS},
    operation_id="decide_proposal",
)
def decide(request: HttpRequest, proposal_id: UUID, given: VerdictIn) -> Any:
    """Approve or refuse a proposal."""
    user = asker(request)
    found = lists.proposal_for(user, proposal_id)
    if given.verdict == "approve":
        deciding.approve(found, by=user, today=timezone.localdate())
    else:
        deciding.refuse(found, by=user, reason=given.reason)
    return lists.proposal_for(user, proposal_id)


@router.get("/pairings", response=list[PairOut], operation_id="list_pairings")
@paginate(PageNumberPagination, page_size=50)
def list_pairings(request: HttpRequest, *, area: str = "", ended: bool = False) -> Any:
    """Return the pairings of an area, newest first."""
    return lists.pairings_for(asker(request), area_of(request, area), ended=ended)
