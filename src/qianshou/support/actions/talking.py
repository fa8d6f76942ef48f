"""Somebody is to talk with a pair, or to look after it: a duty that does not say why.

The wish comes from a person who looks after protection. Staff read what was written for them and
nothing else: the same kind of duty stands there whatever gave rise to it.
"""

from datetime import timedelta
from hashlib import sha256
from typing import Final

from django.utils import timezone

from qianshou.pairing.models import Pairing
from qianshou.protection.events import TalkWanted
from qianshou.support.actions import duties
from qianshou.support.models import Duty

KINDS: Final = {"TALK": Duty.Kind.TALK, "DUTY": Duty.Kind.LOOK_AFTER}
WITHIN: Final = {"TALK": timedelta(days=3), "DUTY": timedelta(days=7)}


def open_talk(event: TalkWanted) -> Duty | None:
    """Open the duty with the pair that runs, once; None where the child has never had one.

    The occasion is kept as a digest, so that the row leads nobody back to what was found.
    """
    running = Pairing.objects.caring().filter(child=event.child_id).order_by("-active_on", "pk")
    named = Pairing.objects.filter(pk__in=[event.pairing_id] if event.pairing_id else [])
    pairing = running.filter(pk__in=named).first() or running.first() or named.first()
    if pairing is None:
        return None
    return duties.open_duty(
        pairing, KINDS[event.kind], due_at=timezone.now() + WITHIN[event.kind], why=event.words,
        once=f"talk:{sha256(str(event.signal_id).encode()).hexdigest()[:40]}",
    )  # fmt: skip
