"""What happens below closes roads at once: a consent that ends, a mother not ready or leaving."""

from django.utils import timezone

from qianshou.bonds.actions import closing
from qianshou.common.bus import on
from qianshou.consents.events import ConsentWithdrawn
from qianshou.mothers.events import MotherLeaving, MothersChanged
from qianshou.registry.models import Consent


@on(ConsentWithdrawn)
def take_back_without_consent(event: ConsentWithdrawn) -> None:
    """Take back what is on its way for a child whose guardian, or who itself, says no."""
    if event.purpose in (Consent.Purpose.MATCHING, Consent.Purpose.PROGRAMME):
        closing.withdraw_for_child(event.child_id, cause="CONSENT", today=timezone.localdate())


@on(MothersChanged)
def take_back_of_unready(event: MothersChanged) -> None:
    """Take back what is offered to a mother who may not have a child any more."""
    closing.withdraw_for_mothers(event.mother_ids, today=timezone.localdate())


@on(MotherLeaving)
def take_back_of_leaving(event: MotherLeaving) -> None:
    """Take back everything that is on its way to a mother who leaves."""
    closing.withdraw_for_mothers([event.mother_id], today=timezone.localdate(), leaving=True)
