"""Reactions to what the rooms below announce."""

from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.care.events import ContactsLogged
from qianshou.common.bus import on
from qianshou.consents.events import ConsentWithdrawn
from qianshou.mothers.events import MotherRestated, MotherSuspended
from qianshou.mothers.rules import applications, words
from qianshou.pairing.events import PairingStarted
from qianshou.protection.events import TalkWanted
from qianshou.support.actions import cascading, following, talking
from qianshou.support.queries import care

# Without one of these no child is paired; without the others care goes on.
PAIRED: Final = ("PROGRAMME", "MATCHING")


@on(MotherRestated)
def follow_the_mother(event: MotherRestated) -> None:
    """Let the pairings of a mother who rests rest too, and say farewell to those of one who left.

    A suspension is announced by itself and does more than a rest.
    """
    today = timezone.localdate()
    if event.after == "LEFT":
        cascading.mother_leaving(event.mother_id, today=today)
    elif event.after == "PAUSED" and event.reason not in applications.HELD_REMARKS:
        cascading.mother_paused(event.mother_id, because=event.reason, today=today)


@on(MotherSuspended)
def review_pairings(event: MotherSuspended) -> None:
    """Have the pairings of a suspended mother reviewed within a day."""
    because = _(words.REMARKS.get(event.because, event.because))
    cascading.mother_suspended(event.mother_id, because=because, today=timezone.localdate())


@on(ConsentWithdrawn)
def end_without_consent(event: ConsentWithdrawn) -> None:
    """Begin the farewell where nobody agrees any more that the child is paired."""
    if event.purpose in PAIRED:
        cascading.consent_withdrawn(event.child_id, today=timezone.localdate())


@on(PairingStarted)
def begin_to_follow(event: PairingStarted) -> None:
    """Put a pairing on the worklist from its first meeting on, when the two saw each other."""
    started = care.pairings_of([event.pairing_id])
    following.reckon_some(started, today=timezone.localdate())
    following.note_seen({each.pk: each.active_on for each in started if each.active_on})


@on(ContactsLogged)
def hear_of_them(event: ContactsLogged) -> None:
    """Note when a pairing was last heard of; without it a pairing counts as silent."""
    following.note_seen(
        {each.pairing_id: timezone.localtime(each.at).date() for each in event.contacts}
    )


@on(TalkWanted)
def have_somebody_talk(event: TalkWanted) -> None:
    """Give the staff of the pairing a duty; where the wish comes from is not theirs to read."""
    talking.open_talk(event)
