"""Reactions to what the rooms below announce."""

from django.utils import timezone

from qianshou.assessment.actions import alarms
from qianshou.assessment.events import GradesRaised
from qianshou.cases.actions import following, opening, staffing
from qianshou.common.bus import on
from qianshou.common.identity import new_id
from qianshou.pairing.events import PairingMoved, PairingStarted
from qianshou.protection.events import ReportAccepted
from qianshou.registry.events import FilesChanged, FilesMerged, MergeUndone


@on(GradesRaised)
def open_teams(event: GradesRaised) -> None:
    """Open a task team for every child that has become red."""
    opening.open_for_red(event.raised, today=timezone.localdate())


@on(FilesChanged)
def follow_children(event: FilesChanged) -> None:
    """Let teams be seen where their children live."""
    following.follow_place(event.child_ids)


@on(FilesMerged)
def move_teams(event: FilesMerged) -> None:
    """Let teams follow the file that was taken in."""
    following.follow_merge(
        kept_id=event.kept_id, absorbed_id=event.absorbed_id, event_id=event.event_id
    )


@on(MergeUndone)
def move_teams_back(event: MergeUndone) -> None:
    """Give the teams back."""
    following.follow_undo(event_id=event.event_id)


@on(PairingStarted)
def take_mother_in(event: PairingStarted) -> None:
    """Let a child's loving mother be in its task team from the first meeting on."""
    staffing.take_in_for(event.child_id)


@on(PairingMoved)
def follow_the_pairing(event: PairingMoved) -> None:
    """Let a mother whose pairing has ended leave the team as well."""
    staffing.take_in_for(event.child_id)


@on(ReportAccepted)
def be_red_at_once(event: ReportAccepted) -> None:
    """Let the child be red, so that its team opens; what was reported and by whom stays sealed.

    An alarm is all that arises: the same that a form or an ending for safety raises.
    """
    occasion = f"report/{new_id()}"
    alarms.raise_alarm(event.child_id, once=occasion, today=timezone.localdate())
