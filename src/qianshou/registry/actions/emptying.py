"""Files that lost their last row to another file: they become a pointer to it, by rule."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from qianshou.registry.actions import merging, storing
from qianshou.registry.actions.versions import Earlier
from qianshou.registry.models import Child


def follow_rows(
    before: Mapping[UUID, Earlier], homes: Mapping[UUID, UUID], *, run_id: UUID, now: datetime
) -> None:
    """Join each emptied file into the one that its row went to, so that nothing is lost."""
    moved = {
        old.child: homes[record]
        for record, old in before.items()
        if record in homes and homes[record] != old.child
    }
    if not moved:
        return
    held = storing.fetch(
        "SELECT DISTINCT child_id FROM registry_link WHERE child_id = ANY(%s) AND state <> 'ENDED'",
        [list(moved)],
    )
    empty = moved.keys() - {child for (child,) in held}
    for child in sorted(empty):
        kept = Child.objects.get(pk=moved[child])
        absorbed = Child.objects.get(pk=child)
        merging.merge_by_rule(kept, absorbed, run_id=run_id, now=now)
