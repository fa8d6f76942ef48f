"""What a guardian's withdrawal stops here, in words, before it is confirmed."""

from collections.abc import Sequence
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from qianshou.consents.queries.child import Consequence
from qianshou.pairing.models import Pairing, Proposal
from qianshou.pairing.rules import life
from qianshou.registry.models import Consent

RESTS_ON: tuple[str, ...] = (Consent.Purpose.MATCHING, Consent.Purpose.PROGRAMME)


def consequences(child_id: UUID, purpose: str) -> Sequence[Consequence]:
    """Return the pairing and the proposals of a child that a withdrawal stops.

    A mother whom the guardian does not know yet is not named.
    """
    if purpose not in RESTS_ON:
        return []
    found = [
        _of(each)
        for each in Pairing.objects.open().filter(child_id=child_id).select_related("mother")
    ]
    if Proposal.objects.open().filter(child_id=child_id).exists():
        found.append(
            Consequence(
                _("A proposed pair is not approved, and the child is not matched any more."),
                _("Nobody outside the office knows of it."),
            )
        )
    return found


def _of(pairing: Pairing) -> Consequence:
    if pairing.state in life.UNKNOWN_TO_HER:
        return Consequence(
            _("The introduction of a loving mother that is under way stops."),
            _("She is told that it does not go on, without a reason and without a name."),
        )
    day = date_format(pairing.started_on, "Y-m-d")
    return Consequence(
        _("The pairing with %(mother)s, held together since %(day)s, comes to its end.")
        % {"mother": pairing.mother.name, "day": day},
        _("She and the county's federation are told; they talk to the guardian and the child."),
    )
