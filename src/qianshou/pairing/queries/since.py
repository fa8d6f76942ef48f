"""What changed in an area since a run: who came, who left, whose place or needs are others now."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qianshou.areas import rules as area_rules
from qianshou.assessment.models import Assessment
from qianshou.mothers.models import Mother
from qianshou.pairing.models import Batching, LeftOver, MatchRun, Proposal
from qianshou.pairing.queries import archived, instance
from qianshou.registry.models import Child

SHOWN: Final = 6
WORDS: Final = {
    "arrived": gettext_noop("New children who wait"),
    "gone": gettext_noop("Children with a proposal who wait no longer"),
    "needs": gettext_noop("Children whose grade or needs changed"),
    "refused": gettext_noop("Children whose proposal was refused"),
    "lost_places": gettext_noop("Mothers who no longer have the place they are proposed for"),
    "new_places": gettext_noop("Mothers with places who were not in the run"),
}


@dataclass(frozen=True)
class Since:
    """One kind of change: its code, how many, and the first names for those who may see pairs."""

    code: str
    count: int
    names: list[str]

    @property
    def words(self) -> str:
        """Return the kind of change in words."""
        return _(WORDS[self.code])

    @property
    def more(self) -> bool:
        """Tell whether there are more than are named."""
        return self.count > len(self.names)


def since(run: MatchRun, part: str, *, named: bool) -> list[Since]:
    """Return what changed since a run in a part of its area; an empty list: nothing."""
    today = timezone.localdate()
    inside = {"area_code__range": area_rules.subtree(part)}
    current = run.proposals.current().filter(**inside)
    rows = list(current.values_list("child_id", "mother_id", "state"))
    waiting = instance.waiting_tiers(part, today=today)
    left = run.left_over.filter(**inside).exclude(reason="NO_CONSENT")
    known = {child for child, _, _ in rows} | set(left.values_list("child_id", flat=True))
    mates = {child: mother for child, mother, state in rows if state == Proposal.State.OPEN}
    placed = Counter(mates.values())
    free = instance.free_places(part, placed, today=today)
    before = archived.capacities(run)
    children = {
        "arrived": waiting.keys() - known,
        "gone": mates.keys() - waiting.keys(),
        "needs": _other_needs(run, known & waiting.keys()),
        "refused": waiting.keys()
        & {child for child, _, state in rows if state == Proposal.State.REFUSED},
    }
    mothers = {
        "lost_places": {her for her, count in placed.items() if free.get(her, 0) < count},
        "new_places": {her for her in free if str(her) not in before} if before else set(),
    }
    found = [Since(code, len(ids), _children(ids, named=named)) for code, ids in children.items()]
    found += [Since(code, len(ids), _mothers(ids, named=named)) for code, ids in mothers.items()]
    return [each for each in found if each.count]


def _other_needs(run: MatchRun, ids: Iterable[UUID]) -> set[UUID]:
    """Return the children assessed anew since the run whose tier or needs differ."""
    rows = Assessment.objects.filter(child_id__in=list(ids), computed_at__gt=run.created_at)
    now = {each.child_id: (each.tier, each.needs) for each in rows.filter(is_current=True)}
    older = Assessment.objects.filter(child_id__in=list(now), computed_at__lte=run.created_at)
    then = {each.child_id: (each.tier, each.needs) for each in older.order_by("computed_at")}
    return {child for child, told in now.items() if then.get(child) != told}


def _children(ids: Iterable[UUID], *, named: bool) -> list[str]:
    rows = Child.objects.filter(pk__in=list(ids)).order_by("pk") if named else Child.objects.none()
    return list(rows.values_list("name", flat=True)[:SHOWN])


def _mothers(ids: Iterable[UUID], *, named: bool) -> list[str]:
    rows = Mother.objects.filter(pk__in=list(ids)) if named else Mother.objects.none()
    return list(rows.order_by("pk").values_list("name", flat=True)[:SHOWN])


def to_place(area_code: str, *, today: date, new_only: bool = False) -> set[UUID]:
    """Return the children who wait and to whom nobody is proposed.

    With `new_only` those are left out whom a run of today's policy has already left over.
    """
    inside = {"area_code__range": area_rules.subtree(area_code)}
    open_ones = Proposal.objects.open().current().filter(**inside)
    waiting = set(instance.waiting_tiers(area_code, today=today))
    rest = waiting - set(open_ones.values_list("child_id", flat=True))
    if new_only:
        left = LeftOver.objects.filter(**inside).exclude(reason="NO_CONSENT")
        rest -= set(left.values_list("child_id", flat=True))
        refused = Proposal.objects.filter(state=Proposal.State.REFUSED, **inside)
        rest -= set(refused.values_list("child_id", flat=True))
    return rest


def anybody_to_place(area_code: str, *, today: date, new_only: bool = False) -> bool:
    """Tell whether a batch would find a child who waits, and a place that nobody is offered."""
    if not to_place(area_code, today=today, new_only=new_only):
        return False
    free = Counter(instance.free_places(area_code, [], today=today))
    offered = Proposal.objects.open().current().values_list("mother_id", flat=True)
    return any(count > 0 for count in (free - Counter(offered)).values())


def batching(area_code: str) -> Batching | None:
    """Return how batches of an area are switched; None: nobody ever did."""
    return Batching.objects.filter(area_code=area_code).select_related("by").first()
