"""Undoing a whole delivery: its rows leave the files, the rows before them come back."""

from typing import Final
from uuid import UUID

from django.utils import timezone

from qianshou.common import bus, rowsecurity
from qianshou.exchange.events import RunRolledBack
from qianshou.registry.actions import doubting, filing, merging, storing
from qianshou.registry.events import FilesChanged
from qianshou.registry.models import Child, ChildEvent

_END: Final = """
UPDATE registry_link SET state = 'ENDED', ended_at = %s
WHERE record_id = ANY(%s) AND state <> 'ENDED' RETURNING child_id
"""
# The newest ended link of each restored row comes back as a new one; `by` tells a manual link.
_RESTORE: Final = """
INSERT INTO registry_link (id, record_id, child_id, area_code, state, weight_bits, model_id, by_id,
  since)
SELECT gen_random_uuid(), record_id, child_id, area_code,
  CASE WHEN by_id IS NULL THEN 'AUTO' ELSE 'MANUAL' END, weight_bits, model_id, by_id, %s
FROM (SELECT DISTINCT ON (record_id) * FROM registry_link WHERE record_id = ANY(%s)
      ORDER BY record_id, (state <> 'ENDED') DESC, since DESC, ended_at DESC) last
WHERE last.state = 'ENDED'
RETURNING child_id
"""
_EMPTY: Final = """
SELECT c FROM unnest(%s::uuid[]) AS c WHERE NOT EXISTS (
  SELECT 1 FROM registry_link l WHERE l.child_id = c AND l.state <> 'ENDED')
"""
_REASK: Final = """
UPDATE registry_doubt d SET state = 'OPEN', decided_at = NULL
WHERE d.state = 'GONE' AND d.by_id IS NULL
  AND (d.record_a_id = ANY(%s) OR d.record_b_id = ANY(%s))
  AND EXISTS (SELECT 1 FROM registry_link l WHERE l.record_id = d.record_a_id
              AND l.state <> 'ENDED')
  AND EXISTS (SELECT 1 FROM registry_link l WHERE l.record_id = d.record_b_id
              AND l.state <> 'ENDED')
"""


def roll_back(event: RunRolledBack) -> None:
    """Take a run's rows out of their files; a file that only the run held is closed, not erased."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        now = timezone.now()
        for merge in ChildEvent.objects.filter(
            run=event.run_id, kind=ChildEvent.Kind.MERGED, undone_by=None
        ).order_by("-at"):
            merging.undo(merge, None, now)
        touched = {child for (child,) in storing.fetch(_END, [now, event.removed])}
        touched |= {child for (child,) in storing.fetch(_RESTORE, [now, event.restored])}
        empty = {child for (child,) in storing.fetch(_EMPTY, [list(touched)])}
        work = filing.Filing(run_id=event.run_id, now=now)
        filing.refresh(sorted(touched - empty), work)
        _close(sorted(empty), work)
        doubting.close_gone(now)
        storing.run(_REASK, [event.restored, event.restored])
        bus.publish(FilesChanged(tuple(sorted(touched)), event.run_id))


def _close(children: list[UUID], work: filing.Filing) -> None:
    """Close files without rows; what hangs on them stays readable, and they can be reopened."""
    open_files = Child.objects.on_file().filter(pk__in=children)
    ChildEvent.objects.bulk_create(
        ChildEvent(
            child=child, area_code=child.area_code, kind=ChildEvent.Kind.CLOSED, at=work.now,
            run_id=work.run_id, moves={"why": "ROLLED_BACK"},
        )
        for child in open_files
    )  # fmt: skip
    Child.objects.filter(pk__in=children).update(state=Child.State.CLOSED, updated_at=work.now)
