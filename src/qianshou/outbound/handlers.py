"""What the rooms below announce goes to the outbox, in their own transaction."""

from qianshou.assessment.events import GradesRaised
from qianshou.common.bus import on
from qianshou.outbound.actions import publishing
from qianshou.outbound.rules import kinds
from qianshou.pairing.events import PairingStarted
from qianshou.registry.events import FilesChanged, FilesMerged, MergeUndone


@on(FilesChanged)
def tell_changes(event: FilesChanged) -> None:
    """Say that files have changed."""
    publishing.put_children(kinds.CHANGED, event.child_ids)


@on(FilesMerged)
def tell_merge(event: FilesMerged) -> None:
    """Say that one file goes on in another."""
    publishing.put_children(kinds.MERGED, (event.absorbed_id,), body={"into": str(event.kept_id)})


@on(MergeUndone)
def tell_undoing(event: MergeUndone) -> None:
    """Say that a file stands for itself again."""
    publishing.put_children(kinds.UNMERGED, (event.absorbed_id,), body={"from": str(event.kept_id)})


@on(GradesRaised)
def tell_grades(event: GradesRaised) -> None:
    """Say that grades became more urgent, and not which they are."""
    publishing.put(kinds.RAISED, [(child, child, place) for child, place, _ in event.raised])


@on(PairingStarted)
def tell_start(event: PairingStarted) -> None:
    """Say that a pairing began."""
    publishing.put(
        kinds.STARTED,
        [(event.pairing_id, event.child_id, event.area_code)],
        body={"child": str(event.child_id), "mother": str(event.mother_id)},
    )
