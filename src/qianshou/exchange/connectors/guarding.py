"""What a delivery would do to the rows on file, looked at before anything is stored."""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

from qianshou.exchange.connectors.storing import Arriving, Difference
from qianshou.exchange.models import Record
from qianshou.exchange.rules import guardians
from qianshou.exchange.rules.profile import Profile

CHUNK: Final = 5000
EXAMPLES: Final = 5
Pair = tuple[dict[str, Any], dict[str, Any]]


def weigh(difference: Difference, profile: Profile) -> None:
    """Count the rows in which a guardian is replaced, and those in which only the date is new."""
    names_adults = any(column.name in guardians.FIELDS for column in profile.columns)
    if not names_adults and not profile.as_of:
        return
    for old, new in _pairs(difference.arriving):
        difference.swapped += guardians.swapped(old, new)
        if profile.as_of:
            difference.date_only += {**old, profile.as_of: ""} == {**new, profile.as_of: ""}


def _pairs(arriving: Sequence[Arriving]) -> Iterator[Pair]:
    """Yield the content of each changed row, before and after."""
    changed = {each.before.id: each.row.payload for each in arriving if each.before is not None}
    ids = list(changed)
    for start in range(0, len(ids), CHUNK):
        rows = Record.objects.filter(pk__in=ids[start : start + CHUNK]).only("pk", "payload")
        for row in rows:
            yield json.loads(row.payload.open()), changed[row.pk]


def examples(difference: Difference, profile: Profile) -> str:
    """Return a few rows of each kind of change, as JSON that is sealed at once."""
    swaps: list[dict[str, Any]] = []
    changes: list[dict[str, Any]] = []
    for old, new in _pairs(difference.arriving):
        if guardians.swapped(old, new) and len(swaps) < EXAMPLES:
            swaps.append(_shown("swapped", old, new, profile=profile))
        elif len(changes) < EXAMPLES:
            changes.append(_shown("changed", old, new, profile=profile))
        if len(swaps) + len(changes) >= 2 * EXAMPLES:
            break
    removed = Record.objects.filter(pk__in=difference.withdrawn[:EXAMPLES]).only("pk", "payload")
    gone = [_shown("removed", json.loads(row.payload.open()), {}, profile=profile)
            for row in removed]  # fmt: skip
    fresh = (each for each in difference.arriving if each.before is None)
    new_rows = [_shown("new", {}, each.row.payload, profile=profile)
                for each in islice(fresh, EXAMPLES)]  # fmt: skip
    return json.dumps([*swaps, *gone, *changes, *new_rows], ensure_ascii=False)


def _shown(
    kind: str, old: dict[str, Any], new: dict[str, Any], *, profile: Profile
) -> dict[str, Any]:
    names = [column.name for column in profile.columns]
    changed = [name for name in names if old.get(name) != new.get(name)]
    listed = changed if kind in ("swapped", "changed") else []
    return {
        "kind": kind,
        "name": str(new.get("name") or old.get("name") or ""),
        "changes": [[name, old.get(name), new.get(name)] for name in listed[:8]],
    }
