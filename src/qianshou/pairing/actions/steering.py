"""Steering a plan: veto, lock, force, each solved at once, carried out as shown, and taken back.

What a person was shown is what is carried out, or nothing is: the answer is computed again, held
against the seal of the page, and written only if nobody decided anything in between.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common.errors import NotAllowed, Refused
from qianshou.pairing import permissions
from qianshou.pairing.actions import recounting
from qianshou.pairing.models import LeftOver, MatchRun, Move, Proposal, SteeringAct
from qianshou.pairing.queries import pairs, standing
from qianshou.pairing.queries.standing import Answer, Demand, Moved, Standing


class ChangedMeanwhile(Refused):
    """Somebody changed this plan after you looked, so nothing was done. Look again and confirm."""


class ReasonMissing(Refused):
    """Please give a reason; it stays with the pair."""


class AlreadyDemanded(Refused):
    """Somebody has already demanded this."""


class AlreadyUndone(Refused):
    """Somebody has already taken this back."""


@dataclass(frozen=True)
class Why:
    """The reason of a steering act: one of the list, and words."""

    code: str
    words: str


@transaction.atomic
def steer(
    run: MatchRun, part: str, demand: Demand, *, by: User, why: Why, seal: str
) -> SteeringAct:
    """Carry out a demand: solve the county's part again, write what moves, log what it loses."""
    area = _area_of(run, demand.child)
    if not (permissions.can_steer(by, area) and permissions.can_steer(by, part)):
        raise NotAllowed
    if why.code not in SteeringAct.Reason.values or not why.words.strip():
        raise ReasonMissing
    held, answer = _answered(run, part, demand, seal=seal)
    _log("pairing.steered", by=by, demand=demand, area=area, answer=answer, reason=why.words)
    _hold(run, part, held)
    try:
        with transaction.atomic():
            act = SteeringAct.objects.create(
                run=run, kind=demand.kind, child_id=demand.child, mother_id=demand.mother,
                area_code=area, reason_code=why.code, reason=why.words.strip()[:200],
                points=answer.points, lost=len(answer.lost), won=len(answer.won),
                by=by, at=timezone.now(),
            )  # fmt: skip
    except IntegrityError as problem:
        raise AlreadyDemanded from problem
    _carry_out(run, part, held, answer=answer, act=act)
    return act


@transaction.atomic
def undo(act: SteeringAct, part: str, *, by: User, seal: str) -> SteeringAct:
    """Take a demand back; where the run is still open the plan is solved again without it."""
    if not (permissions.can_steer(by, act.area_code) and permissions.can_steer(by, part)):
        raise NotAllowed
    demand = Demand(act.kind, act.child_id, act.mother_id, undoes=act)
    try:
        held, answer = _answered(act.run, part, demand, seal=seal)
    except (standing.NoLongerOpen, standing.CannotSolve, standing.NotInPlan):
        # A later run has replaced the plan, or its files are gone: only the demand ends.
        held, answer = None, None
    _log("pairing.steering.undone", by=by, demand=demand, area=act.area_code, answer=answer)
    if held is not None:
        _hold(act.run, part, held)
    ended = SteeringAct.objects.in_force().filter(pk=act.pk)
    if not ended.update(undone_by=by, undone_at=timezone.now()):
        raise AlreadyUndone
    if held is not None and answer is not None:
        _carry_out(act.run, part, held, answer=answer, act=act)
    return act


def _area_of(run: MatchRun, child: UUID) -> str:
    """Return where the child stands in the run."""
    for rows in (run.proposals.current(), run.left_over):
        area = rows.filter(child_id=child).values_list("area_code", flat=True).first()
        if area is not None:
            return str(area)
    raise standing.NotInPlan


def _answered(run: MatchRun, part: str, demand: Demand, *, seal: str) -> tuple[Standing, Answer]:
    held = standing.standing(run, part)
    answer = held.answer(demand)
    if answer.seal != seal:
        raise ChangedMeanwhile
    return held, answer


def _log(
    act: str, *, by: User, demand: Demand, area: str, answer: Answer | None, reason: str = ""
) -> None:
    """Write the entry. It locks the county's chain, so all who decide here wait for each other."""
    told: dict[str, Any] = {}
    if answer is not None:
        told = {"regret": answer.points, "moved": len(answer.moves), "lost": len(answer.lost)}
    audit.record(
        act, by=by, subject_kind="child", subject_id=demand.child, area_code=area, reason=reason,
        kind=demand.kind, mother=demand.mother, **told,
    )  # fmt: skip


def _hold(run: MatchRun, part: str, held: Standing) -> None:
    """Refuse when somebody decided anything between the reading and the lock."""
    if standing.state_of(run, part) != held.state:
        raise ChangedMeanwhile


def _carry_out(
    run: MatchRun, part: str, held: Standing, *, answer: Answer, act: SteeringAct
) -> None:
    moves = answer.moves
    if moves:
        left = standing.left_over_in(run, part)
        old = {each.child_id: each for each in _current(run, [move.child for move in moves])}
        _replace(list(old.values()))
        LeftOver.objects.filter(
            pk__in=[left[move.child].pk for move in moves if move.after and move.child in left]
        ).delete()
        Proposal.objects.bulk_create(pairs.proposals_for(run, held, answer))
        LeftOver.objects.bulk_create(
            _left_over(run, old[move.child], held, answer=answer)
            for move in moves
            if move.after is None and move.child in old
        )
        Move.objects.bulk_create(_move(act, move, _place(move, old, left)) for move in moves)
    recounting.recount(run)


def _current(run: MatchRun, children: Iterable[UUID]) -> list[Proposal]:
    return list(run.proposals.current().filter(child_id__in=list(children)))


def _replace(old: list[Proposal]) -> None:
    """Put away what is proposed no longer; a decision that came in between stops everything."""
    rows = Proposal.objects.current().filter(pk__in=[each.pk for each in old])
    open_ones = sum(each.state == Proposal.State.OPEN for each in old)
    lapsed = rows.open().update(state=Proposal.State.LAPSED, is_current=False)
    if lapsed != open_ones:
        raise ChangedMeanwhile
    rows.filter(state=Proposal.State.REFUSED).update(is_current=False)


def _left_over(run: MatchRun, old: Proposal, held: Standing, *, answer: Answer) -> LeftOver:
    sizes = held.block(answer, old.child_id)
    return LeftOver(
        run=run, child_id=old.child_id, area_code=old.area_code, tier=old.tier, grade=old.grade,
        reason=_reason(old, sizes), details=sizes,
    )  # fmt: skip


def _reason(old: Proposal, sizes: dict[str, int]) -> str:
    if old.family is not None:
        return "SIBLINGS"
    return "SCARCITY" if sizes else "NO_CANDIDATE"


def _place(move: Moved, old: dict[UUID, Proposal], left: dict[UUID, LeftOver]) -> str:
    known: Any = old.get(move.child) or left[move.child]
    return str(known.area_code)


def _move(act: SteeringAct, move: Moved, area: str) -> Move:
    return Move(
        run_id=act.run_id, steering=act, child_id=move.child, area_code=area, before_id=move.before,
        after_id=move.after, why=move.why, yielded_to_id=move.yielded_to,
    )  # fmt: skip
