"""Raising questions about doubtful links, each pair of files once, the urgent ones first."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self
from uuid import UUID

import polars as pl
from django.utils import timezone

from qianshou.common import portions, rowsecurity
from qianshou.common.identity import new_ids
from qianshou.engines.linkage import review
from qianshou.engines.linkage.outcome import Linked
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
SELECT d.id, d.record_a_id, d.record_b_id, d.weight_bits, d.reason, d.postponed, ca.id, cb.id,
  ca.facts, cb.facts
FROM registry_doubt d
JOIN registry_link la ON la.record_id = d.record_a_id AND la.state <> 'ENDED'
JOIN registry_link lb ON lb.record_id = d.record_b_id AND lb.state <> 'ENDED'
JOIN registry_child ca ON ca.id = la.child_id JOIN registry_child cb ON cb.id = lb.child_id
WHERE d.state = 'OPEN' AND (d.record_a_id = ANY(%s) OR d.record_b_id = ANY(%s))
"""
_ASKED_ABOUT: Final = """
SELECT DISTINCT l.child_id FROM registry_doubt d
JOIN registry_link l ON l.record_id = d.record_a_id AND l.state <> 'ENDED' WHERE d.state = 'OPEN'
ORDER BY l.child_id
"""
VALUED_AT_ONCE: Final = 500
# Whether one department lists both: of two files, any of their rows; within one file, these two.
# With one department only, who lists whom says nothing.
_MET: Final = """
SELECT q.a, q.b, CASE
  WHEN (SELECT count(DISTINCT department) FROM exchange_source WHERE target = 'CHILD') < 2 THEN NULL
  WHEN la.child_id = lb.child_id THEN sa.department = sb.department
  ELSE EXISTS (
    SELECT 1 FROM registry_link lx JOIN exchange_record rx ON rx.id = lx.record_id
    JOIN exchange_source sx ON sx.id = rx.source_id
    JOIN registry_link ly ON ly.child_id = lb.child_id AND ly.state <> 'ENDED'
    JOIN exchange_record ry ON ry.id = ly.record_id JOIN exchange_source sy ON sy.id = ry.source_id
    WHERE lx.child_id = la.child_id AND lx.state <> 'ENDED' AND sx.department = sy.department)
  END
FROM unnest(%s::uuid[], %s::uuid[]) AS q(a, b)
JOIN registry_link la ON la.record_id = q.a AND la.state <> 'ENDED'
JOIN registry_link lb ON lb.record_id = q.b AND lb.state <> 'ENDED'
JOIN exchange_record ra ON ra.id = q.a JOIN exchange_source sa ON sa.id = ra.source_id
JOIN exchange_record rb ON rb.id = q.b JOIN exchange_source sb ON sb.id = rb.source_id
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
    wrong = _Wrong.of((UUID(row["row_a"]), UUID(row["row_b"])) for row in asked)
    kept = [
        _question(row, homes, urgency, wrong=wrong)
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
    wrong: "_Wrong",
) -> tuple[Any, ...]:
    one, other = homes[row["row_a"]], homes[row["row_b"]]
    low, high = sorted((row["row_a"], row["row_b"]))
    reason = _reason(row["reason"])
    above = max(urgency.get(each[0], 0.0) for each in (one, other))
    rows, together = (UUID(row["row_a"]), UUID(row["row_b"])), one[0] == other[0]
    likely = wrong.likely(rows, reason, row["weight_bits"], together=together)
    value = worth.value(likely, (one[3], other[3]), urgency=above)
    return (
        one[2], UUID(low), UUID(high), reason, row["weight_bits"], row["probability"],
        row["levels"], value,
    )  # fmt: skip


@dataclass(frozen=True)
class _Wrong:
    """How likely an answer changes a file, by what answers have taught so far."""

    rates: review.Rates
    # Two rows -> whether one department lists both their files; None if that says nothing.
    met: Mapping[frozenset[UUID], bool | None]

    @classmethod
    def of(cls, pairs: Iterable[tuple[UUID, UUID]]) -> Self:
        """Gather what is to be known of these pairs of rows."""
        one, other = zip(*pairs, strict=True)
        rows = storing.fetch(_MET, [list(one), list(other)])
        return cls(modelling.current().questions, {frozenset((a, b)): met for a, b, met in rows})

    def likely(self, rows: Iterable[UUID], reason: str, bits: float, *, together: bool) -> float:
        """Return how likely the answer about two rows changes a file."""
        if reason == Doubt.Reason.NIGHT:
            return NIGHT_WRONG
        met = self.met.get(frozenset(rows))
        return review.likely_wrong(reason, bits, together=together, met=met, rates=self.rates)


def ask(one: UUID, other: UUID, *, levels: str, bits: float, probability: float) -> bool:
    """Ask about two rows that a person has met outside the queue; False if that is settled."""
    low, high = sorted((str(one), str(other)))
    row = {"row_a": low, "row_b": high, "reason": "BAND", "weight_bits": bits,
           "probability": probability, "levels": levels}  # fmt: skip
    homes = _homes([row])
    if not _is_open(row, homes, _settled({home[0] for home in homes.values()})):
        return False
    urgency = extensions.urgency_of(sorted({home[0] for home in homes.values()}))
    question = _question(row, homes, urgency, wrong=_Wrong.of([(one, other)]))
    columns = list(zip(question, strict=True))
    storing.run(_RAISE, [timezone.now(), new_ids(1), *(list(column) for column in columns)])
    return True


def value_anew(children: Collection[UUID]) -> int:
    """Reckon anew what the open questions about these children are worth; return how many."""
    if not children:
        return 0
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = storing.fetch(_VALUED, [_rows_of(children)] * 2)
        urgency = extensions.urgency_of(sorted({child for row in rows for child in row[6:8]}))
        if rows:
            _value(rows, urgency)
    return len(rows)


def value_everywhere() -> int:
    """Reckon anew what all open questions are worth, by what answers have taught since."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        asked = [child for (child,) in storing.fetch(_ASKED_ABOUT)]
    return portions.through(portions.of(asked, VALUED_AT_ONCE), value_anew)


def _value(rows: Sequence[tuple[Any, ...]], urgency: Mapping[UUID, float]) -> None:
    wrong = _Wrong.of((a, b) for _doubt, a, b, *_rest in rows)
    for doubt, a, b, bits, reason, postponed, one, other, *told in rows:
        above = max(urgency.get(child, 0.0) for child in (one, other))
        likely = wrong.likely((a, b), reason, bits, together=one == other)
        value = worth.value(likely, map(json.loads, told), urgency=above) * 0.5**postponed
        storing.run("UPDATE registry_doubt SET value = %s WHERE id = %s", [value, doubt])


def listed(one: UUID, other: UUID) -> bool | None:
    """Tell whether one department lists both files of two rows; None if that says nothing."""
    return _Wrong.of([(one, other)]).met.get(frozenset((one, other)))


def asks_about(linked: Linked, record: UUID, others: Iterable[UUID]) -> bool:
    """Tell whether the engine was unsure between a row and any of some others.

    A question that only the departments' lists raise says nothing of how the rows look.
    """
    row_id, known = str(record), [str(other) for other in others]
    faint = (pl.col("reason") == "BAND") & (pl.col("weight_bits") < linked.model.band_low)
    unsure = linked.doubtful.filter(~faint)
    one = unsure.filter((pl.col("row_a") == row_id) & pl.col("row_b").is_in(known))
    other = unsure.filter((pl.col("row_b") == row_id) & pl.col("row_a").is_in(known))
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
