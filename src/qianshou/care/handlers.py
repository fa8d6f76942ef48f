"""Reactions: what moves the clock of a pairing, and the consents by which photos are kept."""

from django.utils import timezone

from qianshou.assessment.events import GradesRaised
from qianshou.care.actions import clocks, enclosing
from qianshou.care.events import ContactsLogged
from qianshou.common.bus import on
from qianshou.consents.events import ConsentWithdrawn
from qianshou.consents.queries import holding
from qianshou.pairing.events import PairingMoved
from qianshou.pairing.rules import life
from qianshou.plans.events import TickWithdrawn
from qianshou.registry.models import Consent

# Steps before the first meeting move no clock.
MOVING = {*life.CARING, *life.ENDED} - set(life.NEVER_BEGAN)


@on(ContactsLogged)
def set_clocks(event: ContactsLogged) -> None:
    """Count anew from the newest contact of each pairing; they come oldest first."""
    clocks.heard({each.pairing_id: timezone.localtime(each.at).date() for each in event.contacts})


@on(PairingMoved)
def follow_the_pairing(event: PairingMoved) -> None:
    """Let the clock run, rest or stop as the pairing does."""
    if event.target in MOVING:
        clocks.reckon_some([event.pairing_id])


@on(GradesRaised)
def call_sooner(event: GradesRaised) -> None:
    """Have the contacts of children at a higher risk due sooner, from today on."""
    clocks.reckon_children([child for child, _area, _grade in event.raised])


@on(ConsentWithdrawn)
def forget_photos(event: ConsentWithdrawn) -> None:
    """Delete the photos of a child; whichever consent ended, what counts is whether photos hold."""
    if not holding.holds(event.child_id, Consent.Purpose.PHOTOS):
        enclosing.forget_photos_of(event.child_id, now=timezone.now())


@on(TickWithdrawn)
def forget_proofs(event: TickWithdrawn) -> None:
    """Delete the photos that were to prove a tick that was wrong."""
    enclosing.forget_proofs_of(event.tick_id, now=timezone.now())
