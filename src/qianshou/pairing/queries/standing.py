"""The plan of a run as it stands now in one county, and what one more demand would change.

Approved pairs have left the problem with their places. What moves are proposals that nobody has
decided, and children who have none; what others decided since the run is obeyed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any
from uuid import UUID

import numpy as np
from django.utils import timezone

from qianshou.areas import rules as area_rules
from qianshou.common import rowsecurity
from qianshou.common.errors import Refused
from qianshou.engines.matching.network import Index
from qianshou.engines.matching.policy import policy_from
from qianshou.engines.matching.resettle import (
    GroupApartError,
    NoPlaceError,
    Orders,
    Settled,
    blocked,
    resettle,
    runner_up,
)
from qianshou.engines.matching.steering import NoSuchPairError
from qianshou.pairing.models import LeftOver, MatchRun, Proposal, SteeringAct
from qianshou.pairing.queries import instance
from qianshou.pairing.queries import stored as files
from qianshou.pairing.queries.stored import Stored
from qianshou.registry.models import Child


class NoLongerOpen(Refused):
    """Nothing of this run waits for a decision here any more, so there is nothing to steer."""


class CannotSolve(Refused):
    """The files of this run are gone or too large to be solved again on a page. Start a new run."""


class PairForbidden(Refused):
    """A hard rule, a refusal or a veto forbids this pair, so it cannot be demanded."""


class PairKept(Refused):
    """Somebody keeps or has demanded a pair of this child. Take that back first."""


class SiblingsApart(Refused):
    """The siblings of this child go where it goes, and not all of them can go there."""


class NoRoom(Refused):
    """All places of this mother are taken by pairs that are approved or kept."""


class NotInPlan(Refused):
    """This child or this mother had no part in this run."""


@dataclass(frozen=True)
class Demand:
    """One demand on a plan, or the end of an earlier one (`undoes`)."""

    kind: str
    child: UUID
    mother: UUID
    undoes: SteeringAct | None = None


@dataclass(frozen=True)
class Moved:
    """One child whose mother changes: identifiers, None for nobody; `why` as in `moves.WHY`."""

    child: UUID
    before: UUID | None
    after: UUID | None
    why: str
    yielded_to: UUID | None = None
    family: UUID | None = None


@dataclass(frozen=True)
class Answer:
    """What a demand would do: points of fit lost, who loses and gains a place, who moves."""

    points: int
    lost: tuple[UUID, ...]
    won: tuple[UUID, ...]
    moves: tuple[Moved, ...]
    settled: Settled
    orders: Orders

    @property
    def seal(self) -> str:
        """Return a digest of what a person was shown, to hold what is carried out against it."""
        told = [self.points, sorted(map(str, self.lost)), sorted(map(str, self.won))]
        told.append(sorted((str(m.child), str(m.before), str(m.after)) for m in self.moves))
        return sha256(repr(told).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Standing:
    """A county's part of a run: who is proposed to whom, and everything that must be obeyed."""

    stored: Stored
    mate: Index
    orders: Orders
    state: str
    families: Mapping[int, UUID] = field(default_factory=dict)

    def answer(self, demand: Demand) -> Answer:
        """Return what a demand would change; nothing is stored."""
        before = self._solve(self.orders, self.mate, self.stored.price)
        orders = _with(self.orders, demand, self._places(demand))
        after = self._solve(orders, before.mate, before.v)
        told = [set(np.flatnonzero(each.mate >= 0).tolist()) for each in (before, after)]
        return Answer(
            points=self._score(before) - self._score(after),
            lost=self._named(told[0] - told[1]),
            won=self._named(told[1] - told[0]),
            moves=self._moves(after.mate, demand),
            settled=after,
            orders=orders,
        )

    def runner_up(self, settled: Settled, child: UUID) -> tuple[UUID | None, int]:
        """Return who would be next for a child, and how many points less that would be."""
        at = self.stored.child_at[str(child)]
        found, margin = runner_up(self.stored.problem, settled, at)
        return self._mother(found), margin

    def block(self, answer: Answer, child: UUID) -> dict[str, int]:
        """Return the sizes of the smallest set that keeps a child out, as a left-over tells."""
        at = self.stored.child_at[str(child)]
        found = blocked(self.stored.problem, answer.orders, answer.settled, child=at)
        sizes = {"children": len(found.children), "mothers": len(found.mothers)}
        return sizes | {"places": found.places} if found.mothers else {}

    def _places(self, demand: Demand) -> tuple[int, int]:
        child = self.stored.child_at.get(str(demand.child), -1)
        mother = self.stored.mother_at.get(str(demand.mother), -1)
        if child < 0 or (mother < 0 and demand.kind != SteeringAct.Kind.VETO):
            raise NotInPlan
        if demand.undoes is None and child in self.orders.away:
            raise NoLongerOpen
        return child, mother

    def _solve(self, orders: Orders, mate: Index, price: Any) -> Settled:
        try:
            return resettle(self.stored.problem, orders, mate=mate, price=price)
        except NoSuchPairError as problem:
            raise PairForbidden from problem
        except GroupApartError as problem:
            raise SiblingsApart from problem
        except NoPlaceError as problem:
            raise NoRoom from problem

    def _score(self, settled: Settled) -> int:
        return self.stored.top * int((settled.mate >= 0).sum()) - settled.paid_by_all

    def _moves(self, mate: Index, demand: Demand) -> tuple[Moved, ...]:
        moved = np.flatnonzero(mate != self.mate).tolist()
        arrives = {int(mate[row]): row for row in moved if mate[row] >= 0}
        found = []
        for row in moved:
            follower = arrives.get(int(self.mate[row]), -1) if self.mate[row] >= 0 else -1
            child = UUID(self.stored.children[row])
            ends = int(self.mate[row]), int(mate[row])
            why = _why(demand, child, ends, yields=follower >= 0)
            if self._goes_with(row, demand):
                why = "with_siblings"
            heir = UUID(self.stored.children[follower]) if why == "gave_way" else None
            before, after = map(self._mother, ends)
            found.append(Moved(child, before, after, why, heir, self.families.get(row)))
        return tuple(sorted(found, key=lambda each: (each.child != demand.child, each.child)))

    def _goes_with(self, row: int, demand: Demand) -> bool:
        asked = self.stored.child_at.get(str(demand.child), -1)
        home = self.families.get(row)
        return row != asked and home is not None and home == self.families.get(asked)

    def _mother(self, row: int) -> UUID | None:
        return UUID(self.stored.mothers[row]) if row >= 0 else None

    def _named(self, rows: Iterable[int]) -> tuple[UUID, ...]:
        return tuple(UUID(self.stored.children[row]) for row in sorted(rows))


def _with(orders: Orders, demand: Demand, pair: tuple[int, int]) -> Orders:
    """Return the orders with one more demand, or without the one that is undone."""
    child, mother = pair
    others = {each: hers for each, hers in orders.fixed.items() if each != child}
    if demand.undoes is not None:
        if demand.kind == SteeringAct.Kind.VETO:
            return replace(orders, barred=orders.barred - {pair})
        return replace(orders, fixed=others)
    if demand.kind == SteeringAct.Kind.VETO:
        if orders.fixed.get(child) == mother:
            raise PairKept
        return replace(orders, barred=orders.barred | {pair})
    if child in orders.fixed:
        raise PairKept
    if pair in orders.barred:
        raise PairForbidden
    return replace(orders, fixed={**others, child: mother})


def _why(demand: Demand, child: UUID, ends: tuple[int, int], *, yields: bool) -> str:
    before, after = ends
    if child == demand.child:
        return "undone" if demand.undoes else demand.kind.lower()
    if before < 0:
        return "place_found"
    if yields:
        return "gave_way"
    return "better_for_all" if after >= 0 else "place_lost"


def standing(run: MatchRun, part: str) -> Standing:
    """Read what stands of a run in a part of its area."""
    found = files.stored(run, part)
    if found is None:
        raise CannotSolve
    rows = proposed(run, part)
    if not any(state == Proposal.State.OPEN for _, _, state in rows):
        raise NoLongerOpen
    waiting = instance.waiting_tiers(part, today=timezone.localdate())
    mate = np.full(len(found.children), -1, np.int32)
    away = {at for name, at in found.child_at.items() if UUID(name) not in waiting}
    kept: Counter[int] = Counter()
    for child, mother, state in rows:
        at, her = found.child_at.get(str(child), -1), found.mother_at.get(str(mother), -1)
        if at < 0:
            continue
        if state == Proposal.State.OPEN and at not in away and her >= 0:
            mate[at] = her
        elif state == Proposal.State.OPEN:
            kept[her] += 1
            away.add(at)
        elif state != Proposal.State.REFUSED:
            away.add(at)
    policy = policy_from(run.policy.body, digest=run.policy.sha256)
    orders = Orders(
        barred=_rows(found, instance.refused_pairs(part, values=policy.values)),
        fixed=_fixed(found, part, mate),
        away=frozenset(away),
        room=_room(run, part, found, mate=mate, kept=kept),
    )
    return Standing(found, mate, orders, state_of(run, part, rows), _families(found))


def _families(found: Stored) -> dict[int, UUID]:
    """Return the household of each child who goes together with others in a run."""
    if found.problem.group is None:
        return {}
    rows = np.flatnonzero(found.problem.group >= 0).tolist()
    named = Child.objects.filter(pk__in=[UUID(found.children[row]) for row in rows])
    homes = dict(named.values_list("pk", "household_id"))
    known = ((row, homes.get(UUID(found.children[row]))) for row in rows)
    return {row: home for row, home in known if home is not None}


def proposed(run: MatchRun, part: str) -> list[tuple[UUID, UUID, str]]:
    """Return child, mother and state of a part's current proposals, in a fixed order."""
    rows = run.proposals.current().filter(area_code__range=area_rules.subtree(part))
    return list(rows.order_by("child_id").values_list("child_id", "mother_id", "state"))


def state_of(run: MatchRun, part: str, rows: list[tuple[UUID, UUID, str]] | None = None) -> str:
    """Return a digest of everything that people have decided in a part of a run."""
    inside = {"area_code__range": area_rules.subtree(part)}
    acts = SteeringAct.objects.in_force().filter(**inside).order_by("id")
    told = [rows or proposed(run, part), list(acts.values_list("id", flat=True))]
    return sha256(repr(told).encode()).hexdigest()


def _rows(found: Stored, pairs: Iterable[tuple[UUID, UUID]]) -> frozenset[tuple[int, int]]:
    at = ((found.child_at.get(str(c)), found.mother_at.get(str(m))) for c, m in pairs)
    return frozenset((c, m) for c, m in at if c is not None and m is not None)


def _fixed(found: Stored, part: str, mate: Index) -> dict[int, int]:
    """Return the fixed pairs that stand in this plan; what could not be kept binds nobody here."""
    pairs = _rows(found, instance.fixed_pairs(part))
    return {child: mother for child, mother in pairs if mate[child] == mother}


def _room(
    run: MatchRun, part: str, found: Stored, *, mate: Index, kept: Mapping[int, int]
) -> dict[int, int]:
    """Return what each mother may take: her places of today, less what others are offered.

    Nobody new goes to a mother who is not ready any more, but who is proposed to her stays until
    the plan is repaired. Mothers of other areas are counted by the system; nobody sees them.
    """
    inside = {"run": run, "area_code__range": area_rules.subtree(part)}
    ids = [UUID(each) for each in found.mothers]
    with rowsecurity.acting(rowsecurity.SYSTEM):
        free = instance.free_places(part, ids, today=timezone.localdate())
        offered = Counter(
            Proposal.objects.open()
            .current()
            .filter(mother_id__in=ids)
            .exclude(**inside)
            .values_list("mother_id", flat=True)
        )
    here = Counter(mate[mate >= 0].tolist())
    return {
        at: max(here[at], free.get(identity, 0) - offered[identity] - kept.get(at, 0))
        for at, identity in enumerate(ids)
    }


def left_over_in(run: MatchRun, part: str) -> dict[UUID, LeftOver]:
    """Return the children of a part whom the run left over."""
    rows = run.left_over.filter(area_code__range=area_rules.subtree(part))
    return {each.child_id: each for each in rows}
