"""Pairing over REST: runs, proposals with their reasons, decisions, pairings."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status
from ninja.pagination import PageNumberPagination, paginate

from qianshou.accounts import permissions
from qianshou.accounts.rules import Power
from qianshou.common.rest import REFUSALS, area_of, asker
from qianshou.pairing.actions import deciding, matching, steering
from qianshou.pairing.actions import teaming as forming
from qianshou.pairing.queries import fairness, lists, moves, parts, recruiting, standing, teaming
from qianshou.pairing.queries.standing import Demand
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


class MoveOut(Schema):
    """A child whose mother changes; null for nobody. `why` is a code."""

    child: UUID
    before: UUID | None
    after: UUID | None
    why: str


class AnswerOut(Schema):
    """What a demand would change: points of fit lost, children who lose or gain a place, moves.

    `seal` names this very answer: only what was shown is carried out.
    """

    points: int
    lost: list[UUID]
    won: list[UUID]
    moves: list[MoveOut]
    seal: str


class SteeringOut(Schema):
    """What a person demanded of a plan, and whether it is taken back."""

    id: UUID
    run_id: UUID
    kind: str
    child_id: UUID
    mother_id: UUID
    reason_code: str
    reason: str
    points: int
    at: datetime
    undone_at: datetime | None


class DemandIn(Schema):
    """A demand about a proposal's child; without a mother it is about the proposed one."""

    kind: Literal["VETO", "LOCK", "FORCE"]
    mother: UUID | None = None


class SteerIn(DemandIn):
    """A demand with its reason, and the seal of the answer that was looked at."""

    reason_code: str = Field(max_length=10)
    reason: str = Field(max_length=200)
    seal: str = Field(max_length=64)


class SealIn(Schema):
    """The seal of the answer that was looked at; empty where only the demand ends."""

    seal: str = Field("", max_length=64)


class TeamRunOut(Schema):
    """A computation of teams."""

    id: UUID
    area_code: str
    kind: str
    state: str
    verified: bool | None
    created_at: datetime
    finished_at: datetime | None


class TeamPlaceOut(Schema):
    """Who would take one role in one child's team, or why nobody can."""

    id: UUID
    child_id: UUID
    role: str
    partner: str
    gap: str
    score: int | None

    @staticmethod
    def resolve_partner(place: Any) -> str:
        """Return the partner's name and unit; empty for a gap."""
        return "" if place.partner is None else str(place.partner)


class TeamsIn(Schema):
    """Which teams to compute, and for which area."""

    kind: Literal["FOUR", "TASK"]
    area: str = Field("", pattern=r"^([0-9]{12})?$")


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


@router.post(
    "/matching/proposals/{uuid:proposal_id}/steering/try",
    response={200: AnswerOut, **REFUSALS},
    operation_id="try_steering",
)
def try_steering(request: HttpRequest, proposal_id: UUID, asked: DemandIn) -> Any:
    """Return what a veto, a lock or a forced pair would change; nothing is done."""
    user = asker(request)
    found, demand, part = _demand(user, proposal_id, asked)
    return standing.standing(found.run, part).answer(demand)


@router.post(
    "/matching/proposals/{uuid:proposal_id}/steering",
    response={200: SteeringOut, **REFUSALS},
    operation_id="steer_plan",
)
def steer(request: HttpRequest, proposal_id: UUID, given: SteerIn) -> Any:
    """Carry out a demand exactly as it was answered before."""
    user = asker(request)
    found, demand, part = _demand(user, proposal_id, given)
    why = steering.Why(given.reason_code, given.reason)
    return steering.steer(found.run, part, demand, by=user, why=why, seal=given.seal)


def _demand(user: Any, proposal_id: UUID, asked: DemandIn) -> tuple[Any, Demand, str]:
    found = lists.proposal_for(user, proposal_id)
    permissions.require(user, Power.DECIDE_PAIRING, found.area_code)
    mother = None if asked.mother is None else str(asked.mother)
    demand = moves.demand_on(found, asked.kind, mother)
    return found, demand, moves.part_of(found.run, found.area_code)


@router.get(
    "/matching/runs/{uuid:run_id}/steering",
    response={200: list[SteeringOut], **REFUSALS},
    operation_id="list_steering",
)
def list_steering(request: HttpRequest, run_id: UUID, area: str = "") -> Any:
    """Return what people demanded of a run, the newest first."""
    user = asker(request)
    run = lists.run_for(user, run_id)
    return moves.acts_of(run, lists.pairs_part(user, run, area_of(request, area)))


@router.post(
    "/matching/steering/{uuid:act_id}/undo/try",
    response={200: AnswerOut, **REFUSALS},
    operation_id="try_undoing_steering",
)
def try_undo(request: HttpRequest, act_id: UUID) -> Any:
    """Return what taking a demand back would change; nothing is done."""
    user = asker(request)
    act = moves.act_for(user, act_id)
    permissions.require(user, Power.DECIDE_PAIRING, act.area_code)
    part = moves.part_of(act.run, act.area_code)
    return standing.standing(act.run, part).answer(moves.undoing(act))


@router.post(
    "/matching/steering/{uuid:act_id}/undo",
    response={200: SteeringOut, **REFUSALS},
    operation_id="undo_steering",
)
def undo(request: HttpRequest, act_id: UUID, given: SealIn) -> Any:
    """Take a demand back, exactly as it was answered before."""
    user = asker(request)
    act = moves.act_for(user, act_id)
    permissions.require(user, Power.DECIDE_PAIRING, act.area_code)
    steering.undo(act, moves.part_of(act.run, act.area_code), by=user, seal=given.seal)
    return moves.act_for(user, act_id)


@router.get("/teams/runs", response=list[TeamRunOut], operation_id="list_team_runs")
@paginate(PageNumberPagination, page_size=50)
def list_team_runs(request: HttpRequest, area: str = "") -> Any:
    """Return the computations of teams of an area, newest first."""
    permissions.require(asker(request), Power.VIEW_PAIRS, area_of(request, area))
    return teaming.runs_for(asker(request), area_of(request, area))


@router.post("/teams/runs", response={202: TeamRunOut, **REFUSALS}, operation_id="start_teams")
def start_teams(request: HttpRequest, wanted: TeamsIn) -> Any:
    """Start computing teams from the roster of an area."""
    area = area_of(request, wanted.area)
    return Status(202, forming.start(area, by=asker(request), kind=wanted.kind))


@router.get(
    "/teams/runs/{uuid:run_id}/places",
    response=list[TeamPlaceOut],
    operation_id="list_team_places",
)
@paginate(PageNumberPagination, page_size=50)
def list_team_places(request: HttpRequest, run_id: UUID, *, area: str = "", gap: str = "") -> Any:
    """Return who would take which role for which child, the gaps first."""
    user = asker(request)
    run = teaming.run_for(user, run_id)
    return teaming.places_of(run, teaming.part_of(user, run, area_of(request, area)), gap=gap)


@router.get("/pairings", response=list[PairOut], operation_id="list_pairings")
@paginate(PageNumberPagination, page_size=50)
def list_pairings(request: HttpRequest, *, area: str = "", ended: bool = False) -> Any:
    """Return the pairings of an area, newest first."""
    return lists.pairings_for(asker(request), area_of(request, area), ended=ended)
