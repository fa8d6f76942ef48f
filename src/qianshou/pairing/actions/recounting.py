"""Keeping a run's figures true after its proposals changed."""

from collections import Counter

from django.db.models import Count, Q

from qianshou.areas import rules as area_rules
from qianshou.common import rowsecurity
from qianshou.mothers.models import Mother
from qianshou.pairing.models import MatchRun, Pairing, Proposal
from qianshou.pairing.queries import archived
from qianshou.pairing.queries.parts import PLACED
from qianshou.pairing.rules import plans as rules


def _loads(run: MatchRun) -> dict[str, list[int]]:
    """Count each town's mothers by the children they would have now, as the run did at first."""
    took_part = set(archived.capacities(run))
    if not took_part:
        return dict(run.figures.get("loads_by_town", {}))
    proposed = run.proposals.current().exclude(state=Proposal.State.REFUSED)
    given = Counter(proposed.values_list("mother_id", flat=True))
    inside = Q(area_code__range=area_rules.subtree(run.area_code)) | Q(pk__in=list(given))
    others = Q(proposal=None) | ~Q(proposal__run=run)
    held = Counter(
        Pairing.objects.open()
        .filter(others, mother__area_code__range=area_rules.subtree(run.area_code))
        .values_list("mother_id", flat=True)
    )
    loads: dict[str, list[int]] = {}
    for mother, area in Mother.objects.filter(inside).values_list("pk", "area_code"):
        if str(mother) in took_part:
            loads.setdefault(area[:9], []).append(given[mother] + held[mother])
    return {town: rules.spread(found) for town, found in sorted(loads.items())}


def recount(run: MatchRun) -> None:
    """Count the run's proposals and children left over anew, for its whole area.

    A county may steer its part of a city's run, whose figures it may not write: the system does.
    """
    with rowsecurity.acting(rowsecurity.SYSTEM):
        held = MatchRun.objects.select_for_update().get(pk=run.pk)
        paired = list(held.proposals.current().values_list("tier", "score"))
        left = held.left_over.all()
        placed = list(left.filter(reason__in=PLACED).values_list("tier", flat=True))
        reasons = dict(left.values_list("reason").annotate(n=Count("pk")).order_by())
        scores = [score for _, score in paired]
        held.figures = held.figures | {
            "paired": len(paired),
            "left_over": len(placed),
            "free_places": held.figures.get("places", 0) - len(paired),
            "mean_score": round(sum(scores) / len(scores)) if scores else 0,
            "by_tier": rules.by_tier([tier for tier, _ in paired], placed),
            "reasons": {code: reasons.get(code, 0) for code in held.figures.get("reasons", {})},
            "histogram": rules.histogram(scores),
            "objective": sum(scores),
            "loads_by_town": _loads(held),
            "steered": held.steering.in_force().count(),
        }
        held.save(update_fields=["figures"])
    run.figures = held.figures
