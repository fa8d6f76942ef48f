"""What stands against the rows of today: grave facts they no longer state, values people set.

A feed may raise a warning and never lower one: what was known stands until a person says that it
is over. A person may set a value with a reason; a feed that says otherwise is shown beside it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from qianshou.registry.rules import reading
from qianshou.registry.rules.fields import KINDS, LEAST_HELD, ORDERS, PLACE, SAFETY, UNION
from qianshou.registry.rules.golden import Golden, Row, contradict

PINNED, HELD = "PINNED", "HELD"
# The place of a value's row in the provenance when no row states it.
NO_ROW: Final = -1


@dataclass(frozen=True)
class Statement:
    """A grave fact that stands, with the row that stated it."""

    field: str
    value: Any
    record: str
    department: str
    as_of: str


@dataclass
class Upheld:
    """What people set in one file, and the grave facts that stand in it."""

    pins: dict[str, Any] = field(default_factory=dict)
    holds: list[Statement] = field(default_factory=list)


def uphold(made: Golden, rows: Sequence[Row], upheld: Upheld) -> None:
    """Let held facts and set values stand in a file computed from its rows."""
    for held in upheld.holds:
        if is_lower(held.field, made.facts.get(held.field), held.value):
            made.sources.append([held.record, held.department, held.as_of])
            others = _dissenters(held.field, held.value, rows)
            made.keep(held.field, held.value, (len(made.sources) - 1, HELD, others))
    for name, value in upheld.pins.items():
        made.keep(name, value, (NO_ROW, PINNED, _dissenters(name, value, rows)))


def lowered(before: Mapping[str, Any], made: Golden) -> Iterator[tuple[str, Any]]:
    """Yield the grave facts of the file before that its rows do not state any more."""
    for name in SAFETY:
        known = before.get(name)
        if known is not None and is_lower(name, made.facts.get(name), known):
            yield name, known


def is_lower(name: str, now: Any, known: Any) -> bool:
    """Tell whether a safety field would say less than what is known, if that is grave at all."""
    if name not in ORDERS:
        return bool(known) and not now
    order = ORDERS[name]
    weight = order.get(known, -1)
    return weight >= order[LEAST_HELD[name]] and order.get(now, -1) < weight


def _dissenters(name: str, value: Any, rows: Sequence[Row]) -> int:
    return sum(name in row.values and differs(name, row.values[name], value) for row in rows)


def differs(name: str, said: Any, value: Any) -> bool:
    """Tell whether a row says something else; spelling and a less exact place do not count."""
    if name == "name":
        return reading.person_name(said) != reading.person_name(value)
    if name == "id_number":
        return bool(reading.id_number(said)[0] != value)
    if KINDS[name] == PLACE:
        return contradict(said, value)
    if KINDS[name] == UNION:
        return not set(said) <= set(value)
    return bool(said != value)
