"""Closed files that have rows again: the child comes back to its own file, not to a second one."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from qianshou.common.identity import new_ids
from qianshou.registry.actions import noticing, storing
from qianshou.registry.models import ChildEvent
from qianshou.registry.rules import news

# From the closed files, which are few, to the arrived rows that bear the key of one of theirs.
_FORMER: Final = """
SELECT DISTINCT ON (n.id) n.id, c.id
FROM registry_child c JOIN registry_link l ON l.child_id = c.id
JOIN exchange_record o ON o.id = l.record_id
JOIN exchange_record n ON n.source_id = o.source_id AND n.key_token = o.key_token
WHERE c.state = 'CLOSED' AND c.merged_into_id IS NULL AND n.id = ANY(%s) AND n.id <> o.id
ORDER BY n.id, l.since DESC
"""
_OPEN: Final = """
UPDATE registry_child c SET state = 'VERIFIED', updated_at = %s
WHERE c.id = ANY(%s) AND c.state = 'CLOSED' AND EXISTS (
  SELECT 1 FROM registry_link l WHERE l.child_id = c.id AND l.state <> 'ENDED')
RETURNING c.id, c.area_code
"""


def former_files(homes: Mapping[UUID, UUID], born: Collection[UUID]) -> dict[UUID, UUID]:
    """Return for new files the closed one that a row of theirs stood in: new id -> closed id."""
    asked = [record for record, home in homes.items() if home in born]
    found: dict[UUID, UUID] = {}
    for record, closed in storing.fetch(_FORMER, [asked]) if asked else ():
        if closed not in found.values():
            found.setdefault(homes[record], closed)
    return found


def reopen(children: Iterable[UUID], *, run_id: UUID | None, now: datetime) -> list[UUID]:
    """Put closed files that hold rows again in force, and tell it; returns them."""
    opened = storing.fetch(_OPEN, [now, list(children)])
    ChildEvent.objects.bulk_create(
        ChildEvent(
            pk=pk, child_id=child, area_code=area_code, kind=ChildEvent.Kind.REOPENED, at=now,
            run_id=run_id,
        )
        for pk, (child, area_code) in zip(new_ids(len(opened)), opened, strict=True)
    )  # fmt: skip
    noticing.tell(
        ((child, area_code, news.REOPENED, []) for child, area_code in opened),
        run_id=run_id, now=now,
    )  # fmt: skip
    return [child for child, _area in opened]
