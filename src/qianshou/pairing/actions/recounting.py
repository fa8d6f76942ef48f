"""Keeping a run's figures true after its proposals changed."""

from django.db.models import Count

from qianshou.common import rowsecurity
from qianshou.pairing import rules
from qianshou.pairing.models import MatchRun
from qianshou.pairing.queries.parts import PLACED


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
            "steered": held.steering.in_force().count(),
        }
        held.save(update_fields=["figures"])
    run.figures = held.figures
