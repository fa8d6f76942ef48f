"""Rows for the pages: runs, proposals, children left over, pairings; within the viewer's area.

A run of a city or county is also seen by those who work in a part of it; they see that part.
"""

from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.pairing.models import LeftOver, MatchRun, Pairing, Policy, Proposal

Row = TypeVar("Row", Proposal, LeftOver)
# The filter value of pairs without any reason to look twice.
PLAIN = "NONE"
SORTS = {
    "tier": ("tier", "-score"),
    "score": ("score",),
    "-score": ("-score",),
    "distance": (F("distance_m").asc(nulls_last=True),),
    "-distance": (F("distance_m").desc(nulls_last=True),),
    "margin": (F("margin").asc(nulls_last=True),),
    "-margin": (F("margin").desc(nulls_last=True),),
}


def runs_for(user: User, area_code: str) -> QuerySet[MatchRun]:
    """Return the runs that concern an area, newest first: inside it, and around it."""
    permissions.require(user, Power.VIEW_PAIRING, area_code)
    inside = Q(area_code__range=area_rules.subtree(area_code))
    around = Q(area_code__in=area_rules.ancestors(area_code))
    found = MatchRun.objects.filter(inside | around)
    return found.select_related("policy", "by").order_by("-created_at")


def run_for(user: User, run_id: UUID) -> MatchRun:
    """Return one run; raises `NotFound` when it is not theirs."""
    run = MatchRun.objects.select_related("policy", "by").filter(pk=run_id).first()
    if run is None or not permissions.may_inside(user, Power.VIEW_PAIRING, run.area_code):
        raise NotFound
    return run


def part_of(run: MatchRun, area_code: str) -> str:
    """Return the part of a run's area that is looked at: the chosen area, if it lies inside."""
    low, high = area_rules.subtree(run.area_code)
    return area_code if area_code and low <= area_code <= high else run.area_code


def pairs_part(user: User, run: MatchRun, area_code: str) -> str:
    """Return the part whose pairs the person may see; raises `NotFound` if there is none."""
    part = part_of(run, area_code)
    if not permissions.may(user, Power.VIEW_PAIRS, part):
        raise NotFound
    return part


def previous_run(run: MatchRun) -> MatchRun | None:
    """Return the run of the same area before this one, to compare with."""
    earlier = MatchRun.objects.filter(
        area_code=run.area_code, state=MatchRun.State.DONE, created_at__lt=run.created_at
    ).exclude(kind=MatchRun.Kind.ARRIVALS)
    return earlier.order_by("-created_at").first()


def proposals_of(
    run: MatchRun,
    part: str,
    *,
    state: str = "",
    grade: str = "",
    attention: str = "",
    place: str = "",
    sort: str = "",
) -> QuerySet[Proposal]:
    """Return a run's proposals in a part of its area, those that deserve a look first."""
    current = run.proposals.current().filter(area_code__range=area_rules.subtree(part))
    rows = _in_place(current, place)
    rows = rows.select_related("child", "mother", "runner_up")
    if state:
        rows = rows.filter(state=state)
    if grade:
        rows = rows.filter(grade=grade)
    if attention:
        rows = rows.filter(**_flagged(attention))
    if sort in SORTS:
        return rows.order_by(*SORTS[sort], "id")
    # The database puts a longer list of reasons before a shorter one, and an empty one last.
    return rows.order_by("-attention", "tier", "score", "id")


def _flagged(attention: str) -> dict[str, Any]:
    return {"attention": []} if attention == PLAIN else {"attention__contains": [attention]}


def _in_place(rows: QuerySet[Row], place: str) -> QuerySet[Row]:
    """Narrow rows to a place below; a child whose place is hidden is found in none."""
    if not area_rules.is_code(place):
        return rows
    inside = {"area_code__range": area_rules.subtree(place), "child__hidden_location": False}
    return rows.filter(**inside)


def proposal_for(user: User, proposal_id: UUID) -> Proposal:
    """Return one proposal with both people; raises `NotFound` when it is not theirs."""
    found = (
        Proposal.objects.select_related("child", "mother", "runner_up", "run__policy", "decided_by")
        .filter(pk=proposal_id)
        .first()
    )
    if found is None or not permissions.may(user, Power.VIEW_PAIRS, found.area_code):
        raise NotFound
    return found


def next_open(proposal: Proposal, area_code: str) -> Proposal | None:
    """Return the proposal that a person who looks at an area would decide after this one."""
    part = part_of(proposal.run, area_code)
    rows = proposals_of(proposal.run, part, state=Proposal.State.OPEN)
    return rows.exclude(pk=proposal.pk).first()


def picked(user: User, run: MatchRun, ids: list[str]) -> list[Proposal]:
    """Return the open proposals of a run that were ticked on the page."""
    wanted = [UUID(each) for each in ids if _is_uuid(each)]
    rows = run.proposals.open().filter(pk__in=wanted)
    return [each for each in rows if permissions.may(user, Power.DECIDE_PAIRING, each.area_code)]


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def left_over_of(
    run: MatchRun, part: str, *, reason: str = "", grade: str = "", place: str = ""
) -> QuerySet[LeftOver]:
    """Return the children of a part whom a run could not place, the most urgent first."""
    rows = _in_place(run.left_over.filter(area_code__range=area_rules.subtree(part)), place)
    rows = rows.select_related("child")
    if reason:
        rows = rows.filter(reason=reason)
    if grade:
        rows = rows.filter(grade=grade)
    return rows.order_by("tier", "reason", "id")


def pairings_for(user: User, area_code: str, *, ended: bool = False) -> QuerySet[Pairing]:
    """Return the pairings of an area, newest first; one that never began is not an ended one."""
    permissions.require(user, Power.VIEW_PAIRS, area_code)
    rows = Pairing.objects.filter(area_code__range=area_rules.subtree(area_code))
    rows = rows.exclude(Q(ended_on=None) | Q(active_on=None)) if ended else rows.open()
    return rows.select_related("child", "mother", "by").order_by("-started_on", "-id")


def pairing_for(user: User, pairing_id: UUID) -> Pairing:
    """Return one pairing; raises `NotFound` when it is not theirs."""
    found = (
        Pairing.objects.select_related("child", "mother", "proposal").filter(pk=pairing_id).first()
    )
    if found is None or not permissions.may(user, Power.VIEW_PAIRS, found.area_code):
        raise NotFound
    return found


def policy_for(user: User, policy_id: UUID) -> Policy:
    """Return a policy; it is published configuration for everyone in pairing."""
    found = Policy.objects.filter(pk=policy_id).first()
    if found is None or not permissions.may(user, Power.VIEW_PAIRING):
        raise NotFound
    return found


def state_counts(run: MatchRun, part: str) -> dict[str, int]:
    """Count a run's proposals in a part of its area by state."""
    rows = run.proposals.current().filter(area_code__range=area_rules.subtree(part))
    return dict(rows.values_list("state").annotate(n=Count("pk")).order_by())


def children_of_mother(mother_id: UUID) -> list[Pairing]:
    """Return a mother's open pairings with their children."""
    return list(
        Pairing.objects.open().filter(mother_id=mother_id).select_related("child").order_by("id")
    )


def open_mothers_of(child_ids: list[UUID]) -> dict[UUID, Any]:
    """Return the mother of each paired child, for columns of other lists."""
    rows = Pairing.objects.open().filter(child_id__in=child_ids).select_related("mother")
    return {each.child_id: each.mother for each in rows}
