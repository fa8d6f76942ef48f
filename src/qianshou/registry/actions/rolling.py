"""Undoing a whole delivery at any later time: files become what they would be without it.

Its rows leave the files, the rows before them come back, and rows of later deliveries that may
owe their file to one of its rows are weighed again, as if they arrived now.
"""

from collections import defaultdict
from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_noop as _

from qianshou.common import bus, rowsecurity
from qianshou.exchange.events import RowsReady, RunRolledBack
from qianshou.registry.actions import (
    doubting,
    filing,
    linking,
    merging,
    noticing,
    reopening,
    sources,
    storing,
    upholding,
)
from qianshou.registry.events import FilesChanged
from qianshou.registry.models import Child, ChildEvent
from qianshou.registry.rules import news

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
# A dropped version stays linked where it is the last row of its file; it follows its successor.
_HELD: Final = """
SELECT DISTINCT old.id FROM exchange_record old
JOIN exchange_record gone ON gone.source_id = old.source_id AND gone.key_token = old.key_token
JOIN registry_link l ON l.record_id = gone.id AND l.state <> 'ENDED'
WHERE old.id = ANY(%s) AND gone.id = ANY(%s)
"""
_ONCE_IN: Final = "SELECT DISTINCT child_id FROM registry_link WHERE record_id = ANY(%s)"
_STANDING: Final = """
SELECT l.child_id, r.id, r.area_code, r.payload, r.source_id, r.received_at,
  l.by_id IS NOT NULL AS by_hand
FROM registry_link l JOIN exchange_record r ON r.id = l.record_id
WHERE l.child_id = ANY(%s) AND l.state <> 'ENDED' ORDER BY r.received_at, r.id
"""
# A file that stands without rows had, before the undone delivery, the row that its list dropped.
_LAST_DROPPED: Final = """
SELECT DISTINCT ON (l.child_id) r.id FROM registry_link l
JOIN exchange_record r ON r.id = l.record_id
JOIN exchange_importrun e ON e.id = r.ended_run_id
WHERE l.child_id = ANY(%s) AND r.state = 'WITHDRAWN' AND r.ended_run_id <> r.run_id
  AND NOT EXISTS (SELECT 1 FROM registry_link o WHERE o.record_id = r.id AND o.state <> 'ENDED')
ORDER BY l.child_id, e.finished_at DESC, r.id DESC
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
        back = [*event.restored, *_held(event)]
        ids = [event.removed, list(event.followed), back]
        touched = {child for each in ids for (child,) in storing.fetch(_ONCE_IN, [each])}
        storing.run(_END, [now, event.removed])
        touched |= {child for (child,) in storing.fetch(_RESTORE, [now, back])}
        event.progress(10, _("Finding each row's child"))
        _weigh_again(event, touched)
        empty = {child for (child,) in storing.fetch(_EMPTY, [list(touched)])}
        dropped = [record for (record,) in storing.fetch(_LAST_DROPPED, [list(empty)])]
        empty -= {child for (child,) in storing.fetch(_RESTORE, [now, dropped])}
        upholding.forget_run(event.run_id, event.removed, now)
        # What comes back is no news: the timeline marks what the run had told (queries/child.py).
        work = filing.Filing(
            run_id=event.run_id, now=now, quiet=True, filling=True, lowers=True,
            progress=lambda done, total: event.progress(
                30 + 65 * done // max(total, 1), _("Keeping the files current")
            ),
        )  # fmt: skip
        filing.refresh(sorted(touched - empty), work)
        _close(sorted(empty), work)
        reopening.reopen(touched, run_id=event.run_id, now=now)
        doubting.close_gone(now)
        storing.run(_REASK, [back, back])
        event.counts["children_changed"] = len(work.changed)
        event.counts["children_closed"] = len(empty)
        bus.publish(FilesChanged(tuple(sorted(touched)), event.run_id))
        noticing.beat(touched, now)


def _held(event: RunRolledBack) -> list[UUID]:
    if not event.withdrawn:
        return []
    return [record for (record,) in storing.fetch(_HELD, [event.withdrawn, event.removed])]


def _weigh_again(event: RunRolledBack, touched: Collection[UUID]) -> None:
    """Find anew the file of each later row that stands in a touched file.

    A file keeps its first row where nothing older is left, so that what hangs on the file stays.
    """
    if event.since is None or not touched:
        return
    later: dict[UUID, list[tuple[Any, ...]]] = defaultdict(list)
    held: set[UUID] = set()
    for row in storing.fetch(_STANDING, [list(touched)]):
        if row[5] >= event.since and not row[6] and row[1] not in event.restored:
            later[row[0]].append(row)
        else:
            held.add(row[0])
    rows = [
        row for child, found in later.items() for row in (found if child in held else found[1:])
    ]
    by_source: dict[UUID, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows:
        by_source[row[4]].append(row)
    for source, found in by_source.items():
        _take_in_again(event, source, found)


def _take_in_again(event: RunRolledBack, source: UUID, rows: list[tuple[Any, ...]]) -> None:
    """Let rows of one source arrive once more, each after the version that is now before it."""
    feed = sources.feeds()[source]
    now = timezone.now()
    ids = [row[1] for row in rows]
    before = {new: old for new in ids if (old := event.followed.get(new)) is not None}
    storing.run(_END, [now, ids])
    storing.fetch(_RESTORE, [now, list(before.values())])
    storing.run("DELETE FROM registry_blockkey WHERE record_id = ANY(%s)", [ids])
    arrived = [(row[1], row[2], filing.opened(row[3], row[1])) for row in rows]
    linking.take_in(
        RowsReady(
            event.run_id, event.target, feed.department, dict(feed.trust), arrived, [], before,
            lambda _percent, _words: None,
        )
    )  # fmt: skip


def _close(children: list[UUID], work: filing.Filing) -> None:
    """Close files without rows; what hangs on them stays readable, and they can be reopened."""
    open_files = list(Child.objects.on_file().filter(pk__in=children))
    ChildEvent.objects.bulk_create(
        ChildEvent(
            child=child, area_code=child.area_code, kind=ChildEvent.Kind.CLOSED, at=work.now,
            run_id=work.run_id, moves={"why": "ROLLED_BACK"},
        )
        for child in open_files
    )  # fmt: skip
    noticing.tell(
        ((child.pk, child.area_code, news.CLOSED, ()) for child in open_files),
        run_id=work.run_id, now=work.now,
    )  # fmt: skip
    Child.objects.filter(pk__in=children).update(state=Child.State.CLOSED, updated_at=work.now)
