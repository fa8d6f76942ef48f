"""How a delivery looks as a whole, and in what it differs from the ones before. No person in it.

Drift is told and never keeps a good row out: a source may change for good reasons, but somebody
has to know. Shares of few rows say nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from qianshou.exchange.rules.profile import Profile

CODED: Final = frozenset(("sex", "code", "codes", "flag"))
# Figures of fewer rows than this say nothing.
FEW: Final = 50
EARLIER: Final = 5
# More cells are empty: the share of filled ones has fallen by this much.
FALL: Final = 0.2
# A code that stood in at least this share of the rows and in as many rows as FEW is missed.
COMMON: Final = 0.02
LIST_JUMP: Final = 0.3
CHANGES_JUMP: Final = 5.0


class Finding(NamedTuple):
    """One difference: its kind, the column or field it is about, and figures for its sentence."""

    kind: str
    column: str
    details: dict[str, Any]


def shape_of(
    rows: Sequence[Mapping[str, Any]], profile: Profile, *, columns: Iterable[str], read: int
) -> dict[str, Any]:
    """Return what a delivery looks like: its columns, how full they are, and its codes."""
    filled = {each.name: sum(each.name in row for row in rows) for each in profile.columns}
    codes: dict[str, dict[str, int]] = {}
    for each in profile.columns:
        if each.field.kind in CODED:
            codes[each.name] = dict(_counted(row.get(each.name) for row in rows))
    return {
        "columns": list(dict.fromkeys(columns))[:300], "rows": read, "good": len(rows),
        "filled": filled, "codes": codes,
    }  # fmt: skip


def _counted(values: Iterable[Any]) -> Counter[str]:
    found: Counter[str] = Counter()
    for value in values:
        if isinstance(value, list):
            found.update(map(str, value))
        elif value is not None:
            found[str(value)] += 1
    return found


def findings(
    shape: Mapping[str, Any], before: Sequence[Mapping[str, Any]], profile: Profile
) -> list[Finding]:
    """Return how a delivery differs from the ones before it, the newest of them first."""
    if not before:
        return []
    return [
        *_columns(shape, before[0], profile),
        *_nulls(shape, before, profile),
        *_codes(shape, before),
        *_rows(shape, before, is_full=profile.delivery == "full"),
    ]


def _columns(shape: Mapping[str, Any], last: Mapping[str, Any], profile: Profile) -> list[Finding]:
    now, then = set(shape["columns"]), set(last["columns"])
    mapped = profile.headers
    new = sorted(now - then - mapped.keys())
    lost = sorted(name for name in then - now if name in mapped)
    return [
        *(Finding("NEW_COLUMN", name[:120], {}) for name in new),
        *(Finding("LOST_COLUMN", name[:120], {"field": mapped[name]}) for name in lost),
    ]


def _share(shape: Mapping[str, Any], field: str) -> float:
    return float(shape["filled"].get(field, 0)) / max(1, int(shape["good"]))


def _nulls(
    shape: Mapping[str, Any], before: Sequence[Mapping[str, Any]], profile: Profile
) -> list[Finding]:
    known = [each for each in before if each["good"] >= FEW]
    if shape["good"] < FEW or not known:
        return []
    gone = set(profile.headers) - set(shape["columns"])
    found = []
    for column in profile.columns:
        usual = sorted(_share(each, column.name) for each in known)[len(known) // 2]
        now = _share(shape, column.name)
        if usual - now > FALL and not gone.issuperset(column.headers):
            details = {"field": column.name, "usual": round(usual, 3), "now": round(now, 3)}
            found.append(Finding("NULLS", column.headers[0][:120], details))
    return found


def _codes(shape: Mapping[str, Any], before: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """Find codes that stood in every earlier delivery, often, and now in none of many rows."""
    known = [each for each in before if each["good"] >= FEW]
    if shape["good"] < FEW or not known:
        return []
    found = []
    for field, counts in known[0]["codes"].items():
        if field not in shape["codes"] or not shape["codes"][field]:
            continue
        for code, count in counts.items():
            least = min(each["codes"].get(field, {}).get(code, 0) / each["good"] for each in known)
            expected = least * shape["good"]
            if least >= COMMON and expected >= 5 and code not in shape["codes"][field]:
                found.append(Finding("LOST_CODE", f"{field}:{code}"[:120],
                                     {"field": field, "code": code, "before": count}))  # fmt: skip
    return found


def _rows(
    shape: Mapping[str, Any], before: Sequence[Mapping[str, Any]], *, is_full: bool
) -> list[Finding]:
    usual = sorted(each["rows"] for each in before)[len(before) // 2]
    now = shape["rows"]
    if max(usual, now) < FEW or not usual:
        return []
    jump = abs(now - usual) / usual > LIST_JUMP if is_full else now > CHANGES_JUMP * usual
    return [Finding("ROWS", "", {"usual": usual, "now": now})] if jump else []


def silent_hours(profile: Profile) -> int:
    """Return after how many hours without a delivery a source is silent; 0 if it never is."""
    if profile.silent_after:
        return profile.silent_after
    if profile.fetch is None or profile.fetch.kind not in ("rest", "view"):
        return 0
    return max(24, profile.fetch.every * 5 // 60)
