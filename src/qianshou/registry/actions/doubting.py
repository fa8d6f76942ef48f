"""Raising questions about doubtful links, each pair of files once, the urgent ones first."""

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import polars as pl

from qianshou.common.identity import new_ids
from qianshou.registry.actions import storing
from qianshou.registry.rules import worth

_LINKS: Final = """
SELECT l.record_id, l.child_id, l.by_id IS NOT NULL, c.area_code, c.facts
FROM registry_link l JOIN registry_child c ON c.id = l.child_id
WHERE l.record_id = ANY(%s) AND l.state <> 'ENDED'
"""
# Pairs of files that people keep apart or are being asked about already.
_SETTLED: Final = """
SELECT la.child_id, lb.child_id FROM registry_apart p
JOIN registry_link la ON la.record_id = p.record_a_id AND la.state <> 'ENDED'
JOIN registry_link lb ON lb.record_id = p.record_b_id AND lb.state <> 'ENDED'
WHERE p.lifted_at IS NULL AND (la.child_id = ANY(%s) OR lb.child_id = ANY(%s))
UNION ALL
SELECT la.child_id, lb.child_id FROM registry_doubt d
JOIN registry_link la ON la.record_id = d.record_a_id AND la.state <> 'ENDED'
JOIN registry_link lb ON lb.record_id = d.record_b_id AND lb.state <> 'ENDED'
WHERE d.state = 'OPEN' AND la.child_id <> lb.child_id
  AND (la.child_id = ANY(%s) OR lb.child_id = ANY(%s))
"""
_RAISE: Final = """
INSERT INTO registry_doubt (id, area_code, record_a_id, record_b_id, reason, weight_bits,
  probability, levels, value, postponed, state, raised_at)
SELECT i, area, a, b, reason, bits, p, levels, value, 0, 'OPEN', %s
FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::text[], %s::float[], %s::float[],
  %s::text[], %s::float[]) AS q(i, area, a, b, reason, bits, p, levels, value)
ON CONFLICT (record_a_id, record_b_id) DO UPDATE SET
  reason = excluded.reason, weight_bits = excluded.weight_bits, levels = excluded.levels,
  probability = excluded.probability, value = excluded.value, state = 'OPEN', decided_at = NULL
WHERE registry_doubt.state IN ('OPEN', 'GONE')
"""
_GONE: Final = """
UPDATE registry_doubt d SET state = 'GONE', decided_at = %s
WHERE d.state = 'OPEN' AND (
  NOT EXISTS (SELECT 1 FROM registry_link l WHERE l.record_id = d.record_a_id
              AND l.state <> 'ENDED')
  OR NOT EXISTS (SELECT 1 FROM registry_link l WHERE l.record_id = d.record_b_id
                 AND l.state <> 'ENDED'))
"""
# The engine left a pair unjoined because both sides are on file: two files fit.
_TWO_FILES: Final = "APART:entity"


def raise_doubts(doubtful: pl.DataFrame, arrived: Collection[UUID], now: datetime) -> int:
    """Store the questions that new rows raise and nobody has answered; return how many."""
    new = {str(record) for record in arrived}
    asked = [
        row
        for row in doubtful.iter_rows(named=True)
        if (row["row_a"] in new or row["row_b"] in new) and _reason(row["reason"])
    ]
    if not asked:
        return 0
    homes = _homes(asked)
    settled = _settled({home[0] for home in homes.values()})
    kept = [_question(row, homes) for row in asked if _is_open(row, homes, settled)]
    columns = list(zip(*kept, strict=True)) if kept else []
    if kept:
        storing.run(_RAISE, [now, new_ids(len(kept)), *(list(column) for column in columns)])
    return len(kept)


Home = tuple[UUID, bool, str, dict[str, Any]]


def _reason(code: str) -> str:
    if code == _TWO_FILES:
        return "MARGIN"
    return "" if code.startswith("APART") else code


def _homes(asked: Iterable[dict[str, Any]]) -> dict[str, Home]:
    records = list({UUID(row[side]) for row in asked for side in ("row_a", "row_b")})
    return {
        str(record): (child, by_hand, area_code, json.loads(facts))
        for record, child, by_hand, area_code, facts in storing.fetch(_LINKS, [records])
    }


def _settled(children: Collection[UUID]) -> set[frozenset[UUID]]:
    ids = list(children)
    return {frozenset(pair) for pair in storing.fetch(_SETTLED, [ids] * 4)}


def _is_open(row: dict[str, Any], homes: dict[str, Home], settled: set[frozenset[UUID]]) -> bool:
    one, other = homes.get(row["row_a"]), homes.get(row["row_b"])
    if one is None or other is None:
        return False
    if one[0] == other[0]:
        # A weak link inside a file is a question until a person has put the row there.
        return not (one[1] or other[1])
    pair = frozenset((one[0], other[0]))
    if pair in settled:
        return False
    settled.add(pair)
    return True


def _question(row: dict[str, Any], homes: dict[str, Home]) -> tuple[Any, ...]:
    one, other = homes[row["row_a"]], homes[row["row_b"]]
    low, high = sorted((row["row_a"], row["row_b"]))
    reason = _reason(row["reason"])
    urgency = worth.value(row["probability"], reason, (one[3], other[3]))
    return (
        one[2], UUID(low), UUID(high), reason, row["weight_bits"], row["probability"],
        row["levels"], urgency,
    )  # fmt: skip


def asks_about(doubtful: pl.DataFrame, record: UUID, others: Iterable[UUID]) -> bool:
    """Tell whether the engine was unsure between a row and any of some others."""
    row_id, known = str(record), [str(other) for other in others]
    one = doubtful.filter((pl.col("row_a") == row_id) & pl.col("row_b").is_in(known))
    other = doubtful.filter((pl.col("row_b") == row_id) & pl.col("row_a").is_in(known))
    return len(one) + len(other) > 0


def close_gone(now: datetime) -> int:
    """Close the open questions about rows that no longer stand in any file."""
    return storing.run(_GONE, [now])
