"""Pairings follow their child when two files become one, and go back when that is undone."""

from typing import Final
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from qianshou.areas import rules as area_rules
from qianshou.common.errors import Refused
from qianshou.pairing.models import MatchRun, Pairing, Proposal
from qianshou.registry.actions import merging

# Under which name a merge keeps the proposals that it let lapse.
PROPOSALS: Final = "proposals"


class BothPaired(Refused):
    """Both files have a running pairing. End one of them before merging the files."""


def follow_merge(*, kept_id: UUID, absorbed_id: UUID, event_id: UUID) -> None:
    """Move the absorbed file's pairings to the kept one; open proposals of it lapse."""
    both = Pairing.objects.open().filter(child_id__in=[kept_id, absorbed_id])
    if len(set(both.values_list("child_id", flat=True))) == 2:
        raise BothPaired(_("Both files have a running pairing. End one of them first."))
    Pairing.objects.filter(child_id=absorbed_id, came_by=None).update(
        came_from=F("child_id"), came_by=event_id, child_id=kept_id
    )
    lapsing = list(
        Proposal.objects.open().filter(child_id=absorbed_id).values_list("pk", flat=True)
    )
    if lapsing:
        merging.remember(event_id, PROPOSALS, lapsing)
        Proposal.objects.filter(pk__in=lapsing).update(state=Proposal.State.LAPSED)


def follow_undo(*, event_id: UUID) -> None:
    """Give the pairings that a merge moved back to the file they came from.

    Proposals that lapsed with the merge are to be decided again, unless a newer run has looked
    at the child since, or it is paired by now.
    """
    Pairing.objects.filter(came_by=event_id).update(
        child_id=F("came_from"), came_from=None, came_by=None
    )
    lapsed = Proposal.objects.filter(
        pk__in=merging.remembered(event_id, PROPOSALS), state=Proposal.State.LAPSED,
        decided_by=None,
    ).select_related("run")  # fmt: skip
    for proposal in lapsed:
        paired = Pairing.objects.open().filter(child_id=proposal.child_id).exists()
        if not paired and not _has_newer_run(proposal):
            Proposal.objects.filter(pk=proposal.pk).update(state=Proposal.State.OPEN)


def _has_newer_run(proposal: Proposal) -> bool:
    """Tell whether a later run has proposed anew where the child lives."""
    later = MatchRun.objects.filter(created_at__gt=proposal.run.created_at, state="DONE")
    ranges = (area_rules.subtree(code) for code in later.values_list("area_code", flat=True))
    return any(low <= proposal.area_code <= high for low, high in ranges)
