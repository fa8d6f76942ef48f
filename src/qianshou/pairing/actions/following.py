"""Pairings follow their child when two files become one, and go back when that is undone."""

from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from qianshou.common.errors import Refused
from qianshou.pairing.models import Pairing, Proposal


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
    Proposal.objects.open().filter(child_id=absorbed_id).update(state=Proposal.State.LAPSED)


def follow_undo(*, event_id: UUID) -> None:
    """Give the pairings that a merge moved back to the file they came from."""
    Pairing.objects.filter(came_by=event_id).update(
        child_id=F("came_from"), came_from=None, came_by=None
    )
