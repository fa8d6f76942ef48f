"""Rows that replace or leave: what a new version inherits, what a vanished row leaves behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from qianshou.registry.actions import filing, storing, upholding
from qianshou.registry.models import Apart, ChildEvent
from qianshou.registry.rules import columns

_EARLIER: Final = """
SELECT r.id, l.child_id, l.by_id, r.payload
FROM exchange_record r JOIN registry_link l ON l.record_id = r.id AND l.state <> 'ENDED'
WHERE r.id = ANY(%s)
"""
_OTHERS: Final = """
SELECT l.child_id, l.record_id FROM registry_link l
WHERE l.child_id = ANY(%s) AND l.state <> 'ENDED' AND NOT l.record_id = ANY(%s)
"""
# Rows that were off their list and are back, if a person has decided about them before.
_RETURNED: Final = """
SELECT n.id, o.id FROM exchange_record o
JOIN exchange_record n ON n.source_id = o.source_id AND n.key_token = o.key_token
  AND n.state = 'CURRENT'
WHERE n.id = ANY(%s) AND o.state = 'WITHDRAWN' AND o.id IN (
  SELECT record_a_id FROM registry_apart WHERE lifted_at IS NULL
  UNION SELECT record_b_id FROM registry_apart WHERE lifted_at IS NULL
  UNION SELECT record_id FROM registry_link WHERE by_id IS NOT NULL AND state = 'ENDED')
"""
_LAST_LINKS: Final = """
SELECT DISTINCT ON (l.record_id) l.record_id, coalesce(c.merged_into_id, c.id), l.by_id
FROM registry_link l JOIN registry_child c ON c.id = l.child_id
WHERE l.record_id = ANY(%s) ORDER BY l.record_id, l.since DESC
"""
# Decisions that name a row, by the rows they moved or confirmed.
_NAMING: Final = """
SELECT id FROM registry_childevent
WHERE kind IN ('MERGED', 'SPLIT') AND (moves -> 'rows' ?| %s OR moves -> 'confirmed' ?| %s)
"""
_WITHDRAW: Final = """
UPDATE registry_link l SET state = 'ENDED', ended_at = %s
WHERE l.record_id = ANY(%s) AND l.state <> 'ENDED' AND EXISTS (
  SELECT 1 FROM registry_link o JOIN exchange_record r ON r.id = o.record_id
  WHERE o.child_id = l.child_id AND o.state <> 'ENDED' AND r.state = 'CURRENT')
"""


@dataclass(slots=True)
class Earlier:
    """The version that a row replaces: its file, who decided that, and who else is in it."""

    child: UUID
    by: UUID | None
    values: Mapping[str, Any]
    others: list[UUID] = field(default_factory=list)

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Tell whether the new version stays in the file without being weighed again."""
        return self.by is not None or columns.same_person_words(self.values, values)


def earlier(superseded: Mapping[UUID, UUID]) -> dict[UUID, Earlier]:
    """Return for each new record what its earlier version was linked to."""
    new_of = {old: new for new, old in superseded.items()}
    found = {
        new_of[record]: Earlier(child, by, filing.opened(payload, record))
        for record, child, by, payload in storing.fetch(_EARLIER, [list(new_of)])
    }
    by_child: dict[UUID, list[UUID]] = {}
    children = list({each.child for each in found.values()})
    for child, record in storing.fetch(_OTHERS, [children, list(new_of)]):
        by_child.setdefault(child, []).append(record)
    for each in found.values():
        each.others = by_child.get(each.child, [])
    return found


def returned(arrived: Sequence[UUID]) -> dict[UUID, UUID]:
    """Return for each row that is back on its list the row it was, if a person decided about it.

    An answer stands for ever: that the row was off the list for a while does not undo it.
    """
    return dict(storing.fetch(_RETURNED, [list(arrived)])) if arrived else {}


def placed_by_hand(back: Mapping[UUID, UUID]) -> dict[UUID, Earlier]:
    """Return where people had put rows that are back on their list."""
    new_of = {old: new for new, old in back.items()}
    rows = storing.fetch(_LAST_LINKS, [list(new_of)]) if back else ()
    return {new_of[record]: Earlier(child, by, {}) for record, child, by in rows if by is not None}


def carry_decisions(superseded: Mapping[UUID, UUID]) -> None:
    """Let people's decisions about a row speak of its new version from now on."""
    if not superseded:
        return
    new_of = {old: new for new, old in superseded.items()}
    for side in ("record_a", "record_b"):
        for apart in Apart.objects.filter(**{f"{side}__in": list(new_of)}, lifted_at=None):
            setattr(apart, f"{side}_id", new_of[getattr(apart, f"{side}_id")])
            apart.save(update_fields=[side])
    upholding.carry(superseded)
    texts = {str(old): str(new) for old, new in new_of.items()}
    named = [event for (event,) in storing.fetch(_NAMING, [list(texts), list(texts)])]
    for event in ChildEvent.objects.filter(pk__in=named).only("id", "moves") if named else ():
        rows, confirmed = event.moves.get("rows", {}), event.moves.get("confirmed", [])
        stale, stood = rows.keys() & texts.keys(), texts.keys() & set(confirmed)
        if stale:
            event.moves["rows"] = {**rows, **{texts[old]: rows[old] for old in stale}}
        if stood:
            event.moves["confirmed"] = [*confirmed, *(texts[old] for old in stood)]
        if stale or stood:
            event.save(update_fields=["moves"])


def end_links(records: Sequence[UUID], now: datetime) -> None:
    """End the links of rows that a newer version replaced."""
    if records:
        storing.run(
            "UPDATE registry_link SET state = 'ENDED', ended_at = %s"
            " WHERE record_id = ANY(%s) AND state <> 'ENDED'",
            [now, list(records)],
        )


def withdraw(records: Sequence[UUID], now: datetime) -> list[UUID]:
    """End the links of rows that their list dropped, and return the files they were in.

    The last row of a file stays linked: the file keeps its values and can still be found, and
    the fact `unlisted` asks a person to look (docs/explanation/one-file-per-child.md).
    """
    if not records:
        return []
    children = storing.fetch(
        "SELECT DISTINCT child_id FROM registry_link "
        "WHERE record_id = ANY(%s) AND state <> 'ENDED'",
        [list(records)],
    )
    storing.run(_WITHDRAW, [now, list(records)])
    return [child for (child,) in children]
