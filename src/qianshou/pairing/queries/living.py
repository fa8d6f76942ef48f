"""From where a run starts: everybody anew, a plan that stands, or new children only."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from qianshou.areas import rules as area_rules
from qianshou.engines.matching.plan import Earlier
from qianshou.engines.matching.policy import Policy
from qianshou.engines.matching.values import Values
from qianshou.pairing.models import MatchRun, Proposal
from qianshou.pairing.queries import archived, arrays, instance, kept
from qianshou.pairing.queries.arrays import Instance
from qianshou.pairing.queries.instance import MotherRow


@dataclass(frozen=True)
class Start:
    """People of a run, and for a repair what stood before: pairs, their worth, and prices."""

    people: Instance
    standing: NDArray[np.int32] | None = None
    earlier: Earlier | None = None
    before: dict[str, str] = field(default_factory=dict)


def starting_point(run: MatchRun, policy: Policy) -> Start:
    """Read what a run of its kind starts from."""
    today = timezone.localdate()
    if run.kind == MatchRun.Kind.REPAIR and run.base is not None:
        return _repaired(run, run.base, policy, today=today)
    if run.kind == MatchRun.Kind.ARRIVALS:
        return Start(arrivals(run.area_code, today=today, policy=policy))
    return Start(arrays.read_instance(run.area_code, today=today, policy=policy))


def _repaired(run: MatchRun, base: MatchRun, policy: Policy, *, today: date) -> Start:
    """Read everybody of today; pairs that are proposed stand, and are worth so much more."""
    area = run.area_code
    inside = {"area_code__range": area_rules.subtree(area)}
    rows = base.proposals.current().filter(**inside).values_list("child_id", "mother_id", "state")
    mates = {child: mother for child, mother, state in rows if state == Proposal.State.OPEN}
    left = base.left_over.filter(**inside).exclude(reason="NO_CONSENT")
    known = set(left.values_list("child_id", flat=True))
    known |= {child for child, _, state in rows if state == Proposal.State.REFUSED}
    elsewhere = Proposal.objects.open().current().exclude(**inside)
    mothers = _with_room(
        area,
        set(mates.values()),
        Counter(elsewhere.values_list("mother_id", flat=True)),
        today=today,
        values=policy.values,
    )
    # The pairs of a run of another area are another problem's; to list a part anew is cheaper.
    listing, numbering = (kept.kept(base) if base.area_code == area else None) or (None, None)
    people = arrays.settle(
        area, instance.children_waiting(area, today=today), mothers,
        today=today, policy=policy, numbering=numbering,
    )  # fmt: skip
    return Start(
        people=people,
        standing=_standing(people, mates, policy.bonus_for_standing(0, 0)),
        earlier=Earlier(
            {str(child): str(mother) for child, mother in mates.items()}, _prices(base), listing
        ),
        before={str(child): str(mates.get(child, "")) for child in known | mates.keys()},
    )


def arrivals(area: str, *, today: date, policy: Policy | None = None) -> Instance:
    """Read the children to whom nobody is proposed, and the places that nobody is proposed to."""
    waiting, _unasked = instance.children_waiting(area, today=today)
    proposed = set(
        Proposal.objects.open()
        .current()
        .filter(area_code__range=area_rules.subtree(area))
        .values_list("child_id", flat=True)
    )
    offered = Counter(Proposal.objects.open().current().values_list("mother_id", flat=True))
    mothers = _with_room(area, set(), offered, today=today, values=arrays.values_of(policy))
    rest = [row for row in waiting if row.id not in proposed]
    return arrays.settle(area, (rest, []), mothers, today=today, policy=policy)


def _with_room(
    area: str, further: set[UUID], offered: Counter[UUID], *, today: date, values: Values
) -> list[MotherRow]:
    """Return an area's mothers and some further ones, with the places that nobody is offered."""
    rows = {row.id: row for row in instance.mothers_with_places(area, today=today, values=values)}
    others = instance.mother_rows(sorted(further - rows.keys()), today=today, values=values)
    rows |= {row.id: row for row in others if row.ready}
    left = (replace(row, places=row.places - offered[row.id]) for row in rows.values())
    return sorted((row for row in left if row.places > 0), key=lambda row: row.id)


def _standing(people: Instance, mates: dict[UUID, UUID], points: int) -> NDArray[np.int32]:
    at = {row.id: place for place, row in enumerate(people.mother_rows)}
    rows = [
        (place, at[mates[row.id]], points)
        for place, row in enumerate(people.child_rows)
        if mates.get(row.id) in at
    ]
    return np.array(rows, np.int32).reshape(-1, 3)


def _prices(run: MatchRun) -> dict[str, int]:
    """Return what a further place of each mother was worth in a run."""
    prices: dict[str, int] = {}
    for name, price in archived.proof(run).get("mother_price", {}).items():
        owner = name.partition("/")[0]
        prices[owner] = min(prices.get(owner, price), price)
    return prices
