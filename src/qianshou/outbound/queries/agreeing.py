"""Of which children a party outside may hear, where that rests on the consent of guardians.

Asked when a message is handed out, again when it is sent or collected, and when an export is
written: a yes that was taken back in between counts no more.
"""

from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone

from qianshou.common import rowsecurity
from qianshou.consents.queries import holding
from qianshou.exchange.models import Agreement
from qianshou.outbound.models import Receiver
from qianshou.registry.models import Child, Consent

AT_ONCE = 5000


def asks(receiver: Receiver) -> bool:
    """Tell whether a receiver hears of children by their guardians' consent alone."""
    return receiver.ground == Agreement.Basis.CONSENT


def agreed_among(children: Iterable[UUID], party: str) -> set[UUID]:
    """Return those of some children whose guardians agree today to sharing with a party."""
    wanted, found, today = list(set(children)), set[UUID](), timezone.localdate()
    agreed = holding.condition(Consent.Purpose.SHARING, on=today, party=party)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        for start in range(0, len(wanted), AT_ONCE):
            rows = Child.objects.filter(pk__in=wanted[start : start + AT_ONCE])
            agreeing = rows.annotate(agreed=agreed).filter(agreed=True)
            found |= set(agreeing.values_list("pk", flat=True))
    return found


def may_hear(receiver: Receiver, child: UUID) -> bool:
    """Tell whether a receiver may hear of one child now."""
    return not asks(receiver) or bool(agreed_among([child], receiver.name))
