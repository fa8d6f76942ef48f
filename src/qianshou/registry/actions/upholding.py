"""Reading and writing what stands against the rows of today: held facts and set values.

`docs/decisions/0072-a-feed-never-lowers-a-warning.md` tells why a hold is a row of its own.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from qianshou.common import crypto
from qianshou.registry.actions import storing
from qianshou.registry.models import Hold
from qianshou.registry.rules import upholding as rules
from qianshou.registry.rules.golden import why_of
from qianshou.registry.rules.upholding import Statement, Upheld

if TYPE_CHECKING:
    from qianshou.registry.actions.filing import Filing, Made

_PINS: Final = """
SELECT child_id, id, field, value FROM registry_pin
WHERE child_id = ANY(%s) AND ended_at IS NULL
"""
_HOLDS: Final = """
SELECT h.child_id, h.field, h.value, h.record_id, s.department, r.as_of
FROM registry_hold h JOIN exchange_record r ON r.id = h.record_id
JOIN exchange_source s ON s.id = r.source_id
WHERE h.child_id = ANY(%s) AND h.ended_at IS NULL ORDER BY h.id
"""
_PROVENANCE: Final = "SELECT id, provenance FROM registry_child WHERE id = ANY(%s)"
# The row in force in the file that is a later version of the row that stated the fact.
_VERSIONS: Final = """
SELECT o.id, n.id FROM exchange_record o
JOIN exchange_record n ON n.source_id = o.source_id AND n.key_token = o.key_token
  AND n.state = 'CURRENT'
WHERE o.id = ANY(%s)
"""


def standing(children: Sequence[UUID]) -> dict[UUID, Upheld]:
    """Return what people set and what is held, for the files that have any of it."""
    found: dict[UUID, Upheld] = {}
    ids = list(children)
    for child, pin, field, value in storing.fetch(_PINS, [ids]):
        text = crypto.unseal(value, column="registry_pin.value", row=pin)
        found.setdefault(child, Upheld()).pins[field] = json.loads(text)
    for child, field, value, record, department, as_of in storing.fetch(_HOLDS, [ids]):
        said = Statement(field, json.loads(value), str(record), department, as_of.isoformat())
        found.setdefault(child, Upheld()).holds.append(said)
    return found


def hold_lowered(made: Iterable["Made"], upheld: dict[UUID, Upheld], filing: "Filing") -> None:
    """Hold the grave facts that a delivery would lower, and let them stand from now on."""
    wanted = [
        (each, field, value)
        for each in made
        if each.before is not None
        for field, value in rules.lowered(each.before.facts, each.golden)
        if not _stands(field, value, upheld.get(each.id))
    ]
    if not wanted:
        return
    spoken = _spokesmen([each.id for each, _, _ in wanted])
    named = [
        (each, field, value, source)
        for each, field, value in wanted
        if (source := spoken.get((each.id, field))) is not None
    ]
    rows = dict(storing.fetch(_VERSIONS, [[UUID(source[0]) for _, _, _, source in named]]))
    for each, field, value, source in named:
        said = Statement(field, value, *source)
        upheld.setdefault(each.id, Upheld()).holds.append(said)
        Hold.objects.create(
            child_id=each.id,
            area_code=each.plain["area_code"],
            field=field,
            value=value,
            record_id=UUID(said.record),
            row_id=rows.get(UUID(said.record)),
            run_id=filing.run_id,
            since=filing.now,
        )


def _stands(field: str, value: Any, upheld: Upheld | None) -> bool:
    """Tell whether a fact is held already, or a person has said otherwise."""
    if upheld is None:
        return False
    held = any(
        each.field == field and not rules.is_lower(field, each.value, value)
        for each in upheld.holds
    )
    return held or field in upheld.pins


def _spokesmen(children: Sequence[UUID]) -> dict[tuple[UUID, str], list[str]]:
    """Return for each field of these files the row behind the value that stands so far."""
    found = {}
    for child, text in storing.fetch(_PROVENANCE, [list(children)]):
        provenance = json.loads(text)
        for field, (row, _rule, _others) in why_of(provenance).items():
            if row != rules.NO_ROW:
                found[child, field] = provenance["sources"][row]
    return found


def carry(superseded: Mapping[UUID, UUID]) -> None:
    """Let held facts follow the new versions of the rows they move with."""
    news = {old: new for new, old in superseded.items()}
    for hold in Hold.objects.filter(row__in=list(news), ended_at=None):
        if hold.row_id is not None:
            Hold.objects.filter(pk=hold.pk).update(row_id=news[hold.row_id])


def forget_run(run_id: UUID, removed: Sequence[UUID], now: datetime) -> None:
    """End what a delivery that is undone brought about: the rows it lowered come back."""
    standing_now = Hold.objects.filter(ended_at=None)
    standing_now.filter(run=run_id).update(ended_at=now)
    standing_now.filter(record__in=removed).update(ended_at=now)
