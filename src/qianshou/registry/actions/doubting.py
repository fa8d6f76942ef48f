"""Raising questions about doubtful links, each pair of files once, the urgent ones first."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import polars as pl
from django.utils import timezone

from qianshou.common import rowsecurity
from qianshou.common.identity import new_ids
from qianshou.engines.linkage import review
from qianshou.registry.actions import modelling, storing
from qianshou.registry.models import Doubt
from qianshou.registry.queries import extensions
from qianshou.registry.rules import worth

# What the nightly check finds has no reason of the engine's, by which answers are counted.
NIGHT_WRONG: Final = 0.5
_LINKS: Final = """
SELECT l.record_id, l.child_id, l.by_id IS NOT NULL, c.area_code, c.facts
FROM registry_link l JOIN registry_child c ON c.id = l.child_id
WHERE l.record_id = ANY(%s) AND l.state <> 'ENDED'
"""
# The open questions and answers are found by the rows of the children: asking each of them which
# children it is about would cost more with every question that waits.
_ROWS: Final = "SELECT record_id FROM registry_link WHERE child_id = ANY(%s) AND state <> 'ENDED'"
# Pairs of files that people keep apart or are being asked about already.
_SETTLED: Final = """
SELECT la.child_id, lb.child_id FROM registry_apart p
JOIN registry_link la ON la.record_id = p.record_a_id AND la.state <> 'ENDED'
JOIN registry_link lb ON lb.record_id = p.record_b_id AND lb.state <> 'ENDED'
WHERE p.lifted_at IS NULL AND (p.record_a_id = ANY(%s) OR p.record_b_id = ANY(%s))
UNION ALL
SELECT la.child_id, lb.child_id FROM registry_doubt d
JOIN registry_link la ON la.record_id = d.record_a_id AND la.state <> 'ENDED'
JOIN registry_link lb ON lb.record_id = d.record_b_id AND lb.state <> 'ENDED'
WHERE d.state = 'OPEN' AND (d.record_a_id = ANY(%s) OR d.record_b_id = ANY(%s))
  AND la.child_id <> lb.child_id
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


_VALUED: Final = """
SELECT d.id, d.weight_bits, d.reason, d.postponed, ca.id, cb.id, ca.facts, cb.facts
FROM registry_doubt d
JOIN registry_link la ON la.record_id = d.record_a_id AND la.state <> 'ENDED'
JOIN registry_link lb ON lb.record_id = d.record_b_id AND lb.state <> 'ENDED'
JOIN registry_child ca ON ca.id = la.child_id JOIN registry_child cb ON cb.id = lb.child_id
WHERE d.state = 'OPEN' AND (d.record_a_id = ANY(%s) OR d.record_b_id = ANY(%s))
"""
# What `raise_doubts` reads of a question, whether the engine asks it or we do.
QUESTION: Final = {
    "row_a": pl.String, "row_b": pl.String, "weight_bits": pl.Float64, "probability": pl.Float64,
    "reason": pl.String, "levels": pl.String,
}  # fmt: skip


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
    urgency = extensions.urgency_of(sorted({home[0] for home in homes.values()}))
    rates = _rates()
    kept = [
        _question(row, homes, urgency, rates=rates)
        for row in asked
        if _is_open(row, homes, settled)
    ]
    columns = list(zip(*kept, strict=True)) if kept else []
    if kept:
        storing.run(_RAISE, [now, new_ids(len(kept)), *(list(column) for column in columns)])
    return len(kept)


Home = tuple[UUID, bool, str, dict[str, Any]]


def _reason(code: str) -> str:
    return "" if code.startswith("APART") else code


def _homes(asked: Iterable[dict[str, Any]]) -> dict[str, Home]:
    records = list({UUID(row[side]) for row in asked for side in ("row_a", "row_b")})
    return {
        str(record): (child, by_hand, area_code, json.loads(facts))
        for record, child, by_hand, area_code, facts in storing.fetch(_LINKS, [records])
    }


def _settled(children: Collection[UUID]) -> set[frozenset[UUID]]:
    return {frozenset(pair) for pair in storing.fetch(_SETTLED, [_rows_of(children)] * 4)}


def _rows_of(children: Collection[UUID]) -> list[UUID]:
    return [record for (record,) in storing.fetch(_ROWS, [list(children)])]


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


def _question(
    row: dict[str, Any],
    homes: dict[str, Home],
    urgency: Mapping[UUID, float],
    *,
    rates: review.Rates,
) -> tuple[Any, ...]:
    one, other = homes[row["row_a"]], homes[row["row_b"]]
    low, high = sorted((row["row_a"], row["row_b"]))
    reason = _reason(row["reason"])
    above = max(urgency.get(each[0], 0.0) for each in (one, other))
    wrong = _wrong(reason, row["weight_bits"], together=one[0] == other[0], rates=rates)
    value = worth.value(wrong, (one[3], other[3]), urgency=above)
    return (
        one[2], UUID(low), UUID(high), reason, row["weight_bits"], row["probability"],
        row["levels"], value,
    )  # fmt: skip


def _rates() -> review.Rates:
    """Return how often automatic answers are wrong, by what answers have taught so far."""
    return modelling.current().questions


def _wrong(reason: str, bits: float, *, together: bool, rates: review.Rates) -> float:
    """Return how likely an answer changes a file."""
    if reason == Doubt.Reason.NIGHT:
        return NIGHT_WRONG
    return review.likely_wrong(reason, bits, together=together, rates=rates)


def ask(one: UUID, other: UUID, *, levels: str, bits: float, probability: float) -> bool:
    """Ask about two rows that a person has met outside the queue; False if that is settled."""
    low, high = sorted((str(one), str(other)))
    row = {"row_a": low, "row_b": high, "reason": "BAND", "weight_bits": bits,
           "probability": probability, "levels": levels}  # fmt: skip
    homes = _homes([row])
    if not _is_open(row, homes, _settled({home[0] for home in homes.values()})):
        return False
    urgency = extensions.urgency_of(sorted({home[0] for home in homes.values()}))
    columns = list(zip(_question(row, homes, urgency, rates=_rates()), strict=True))
    storing.run(_RAISE, [timezone.now(), new_ids(1), *(list(column) for column in columns)])
    return True


def value_anew(children: Collection[UUID]) -> int:
    """Reckon anew what the open questions about these children are worth; return how many."""
    if not children:
        return 0
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = storing.fetch(_VALUED, [_rows_of(children)] * 2)
        urgency = extensions.urgency_of(sorted({child for row in rows for child in row[4:6]}))
        _value(rows, urgency)
    return len(rows)


def _value(rows: Iterable[tuple[Any, ...]], urgency: Mapping[UUID, float]) -> None:
    rates = _rates()
    for doubt, bits, reason, postponed, one, other, one_facts, other_facts in rows:
        above = max(urgency.get(child, 0.0) for child in (one, other))
        facts = (json.loads(one_facts), json.loads(other_facts))
        wrong = _wrong(reason, bits, together=one == other, rates=rates)
        value = worth.value(wrong, facts, urgency=above) * 0.5**postponed
        storing.run("UPDATE registry_doubt SET value = %s WHERE id = %s", [value, doubt])


def asks_about(doubtful: pl.DataFrame, record: UUID, others: Iterable[UUID]) -> bool:
    """Tell whether the engine was unsure between a row and any of some others."""
    row_id, known = str(record), [str(other) for other in others]
    one = doubtful.filter((pl.col("row_a") == row_id) & pl.col("row_b").is_in(known))
    other = doubtful.filter((pl.col("row_b") == row_id) & pl.col("row_a").is_in(known))
    return len(one) + len(other) > 0


def close_gone(now: datetime, left: Collection[UUID] | None = None) -> int:
    """Close the open questions about rows that no longer stand in any file.

    `left` are the rows that may have left theirs; without it all questions are looked at.
    """
    if left is None:
        return storing.run(_GONE, [now])
    if not left:
        return 0
    some = f"{_GONE} AND (d.record_a_id = ANY(%s) OR d.record_b_id = ANY(%s))"
    return storing.run(some, [now, list(left), list(left)])
