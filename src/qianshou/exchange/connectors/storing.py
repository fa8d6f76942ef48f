"""Keeping what a delivery brought: what is new against what is on file, and writing it in bulk."""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection

from qianshou.areas import rules as area_rules
from qianshou.common import crypto
from qianshou.common.copying import copy_rows
from qianshou.common.identity import new_ids
from qianshou.exchange.connectors import workbook
from qianshou.exchange.connectors.intake import Delivery
from qianshou.exchange.models import ImportRun, QuarantinedRow, Record
from qianshou.exchange.rules.problems import Problem
from qianshou.exchange.rules.profile import Profile
from qianshou.exchange.rules.rows import BadRow, GoodRow

RECORD_COLUMNS: Final = (
    "id",
    "source_id",
    "run_id",
    "key_token",
    "area_code",
    "version",
    "state",
    "ended_run_id",
    "sheet",
    "row_no",
    "as_of",
    "payload",
    "payload_hash",
    "remarks",
    "received_at",
)
BAD_COLUMNS: Final = (
    "id",
    "run_id",
    "area_code",
    "sheet",
    "row_no",
    "key_token",
    "content",
    "rules",
    "state",
    "closed_by_id",
    "closed_by_run_id",
)
# Portions of a long delivery; rows of the smallest; rows that are stored at once in any case.
PORTIONS: Final = 80
SMALLEST: Final = 2_000
WHOLE: Final = 5_000
# So many keys travel as an array, by which the planner takes the index of keys for each.
FEW_KEYS: Final = 2000
# A longer list of tokens travels as one text, which is several times as quick to write as an array.
TOKENS: Final = "(SELECT decode(hex, 'hex') FROM unnest(string_to_array(%(tokens)s, ',')) AS hex)"
VERSIONS: Final = """
SELECT key_token, id, payload_hash, version, as_of, area_code, run_id FROM exchange_record
WHERE state = 'CURRENT' AND source_id = %(source)s
"""
MENDED: Final = """
UPDATE exchange_quarantinedrow AS bad SET state = 'MENDED', closed_by_run_id = %(run)s
FROM exchange_importrun AS earlier
WHERE earlier.id = bad.run_id AND earlier.source_id = %(source)s AND bad.run_id <> %(run)s
  AND bad.state = 'OPEN' AND (bad.key_token IN tokens
  OR (bad.run_id = %(mends)s AND bad.id = ANY(%(named)s)))
""".replace("IN tokens", f"IN {TOKENS}")
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


class Known(NamedTuple):
    """The version of a row that is on file."""

    id: UUID
    payload_hash: bytes
    version: int
    as_of: date
    area_code: str
    run_id: UUID


class Arriving(NamedTuple):
    """A row that brings something: its canonical text, and the version it takes the place of."""

    row: GoodRow
    token: bytes
    text: str
    digest: bytes
    as_of: date
    before: Known | None


@dataclass
class Difference:
    """What a delivery would change in what is on file."""

    arriving: list[Arriving] = field(default_factory=list)
    withdrawn: list[UUID] = field(default_factory=list)
    outdated: list[BadRow] = field(default_factory=list)
    tokens: set[bytes] = field(default_factory=set)
    # keys of the rows that it brings unchanged
    unchanged: list[bytes] = field(default_factory=list)
    # rows of the source on file in the delivery's area, and how many of them it touches
    standing: int = 0
    touched: int = 0
    # rows in which one guardian is replaced by another
    swapped: int = 0
    # rows that differ from those on file by their date alone
    date_only: int = 0
    # rows that an attempt before, which was cut short, has stored: new ones and changed ones
    done_new: int = 0
    done_changed: int = 0

    @property
    def same(self) -> int:
        """Return how many rows it brings unchanged."""
        return len(self.unchanged)

    @property
    def done(self) -> int:
        """Return how many rows were stored by an attempt before."""
        return self.done_new + self.done_changed

    @property
    def counts(self) -> dict[str, int]:
        """Return the figures a person weighs."""
        changed = sum(each.before is not None for each in self.arriving)
        return {
            "new": len(self.arriving) - changed + self.done_new,
            "changed": changed + self.done_changed,
            "same": self.same,
            "removed": len(self.withdrawn),
            "standing": self.standing,
        }

    def over_limits(self, profile: Profile, *, read: int, bad: int) -> list[dict[str, Any]]:
        """Return which shares are unusual for this source (blast radius, trust.md T32)."""
        shares = {
            "max_changed_share": (self.touched, self.standing),
            "max_removed_share": (len(self.withdrawn), self.standing),
            "max_swapped_share": (self.swapped, self.standing),
            "max_bad_share": (bad, read),
        }
        return [
            {"code": name.upper(), "share": round(part / whole, 4), "limit": profile.limits[name]}
            for name, (part, whole) in shares.items()
            if whole > SMALL and part / whole > profile.limits[name]
        ]


# Below this many rows a share says nothing.
SMALL: Final = 20


def compare(run: ImportRun, delivery: Delivery, profile: Profile, *, today: date) -> Difference:
    """Return what a delivery brings against the rows on file."""
    purpose = f"source/{run.source.code}"
    keys = [str(row.payload["key"]) for row in delivery.good]
    tokens = [crypto.blind(key, purpose=purpose) for key in keys]
    is_full = profile.delivery == "full" and run.mends_id is None
    low, high = area_rules.subtree(delivery.area_code)
    known = _known(run, tokens, area=(low, high) if is_full else None)
    difference = Difference()
    # A row that could not enter is still on the list, so its earlier version stays.
    difference.tokens = {*tokens, *_tokens_of(delivery.bad, purpose)}
    for row, token in zip(delivery.good, tokens, strict=True):
        before = known.get(token)
        if before is not None and before.run_id == run.pk:
            difference.done_new += before.version == 1
            difference.done_changed += before.version > 1
            continue
        _place(difference, row, token, before=before, profile=profile, today=today)
    inside = {token: old for token, old in known.items() if low <= old.area_code <= high}
    difference.touched = sum(
        each.before is not None and each.token in inside for each in difference.arriving
    )
    if is_full:
        difference.standing = len(inside)
    else:
        changed = sum(each.before is not None for each in difference.arriving)
        difference.standing = _standing(run, profile, changed=changed)
    if is_full:
        difference.withdrawn = [
            old.id for token, old in inside.items() if token not in difference.tokens
        ]
    return difference


def _tokens_of(bad: Iterable[BadRow], purpose: str) -> Iterator[bytes]:
    return (crypto.blind(row.key, purpose=purpose) for row in bad if row.key)


def _known(
    run: ImportRun, tokens: list[bytes], *, area: tuple[str, str] | None
) -> dict[bytes, Known]:
    """Return the current versions of the delivered rows, and for a full list all of its area.

    Never all of the source: one county's list must not cost what every county has sent.
    """
    found: dict[bytes, Known] = {}
    if area:
        inside = {"low": area[0], "high": area[1]}
        found.update(_versions(run, "area_code BETWEEN %(low)s AND %(high)s", **inside))
    others = [token for token in tokens if token not in found]
    if len(others) <= FEW_KEYS:
        found.update(_versions(run, "key_token = ANY(%(keys)s)", keys=others))
    else:
        found.update(_versions(run, f"key_token IN {TOKENS}", tokens=_hexes(others)))
    return found


def _versions(run: ImportRun, condition: str, **values: Any) -> Iterator[tuple[bytes, Known]]:
    with connection.cursor() as cursor:
        cursor.execute(f"{VERSIONS} AND {condition}", {"source": run.source_id, **values})
        while chunk := cursor.fetchmany(20_000):
            for token, pk, digest, version, as_of, area, brought in chunk:
                yield bytes(token), Known(pk, bytes(digest), version, as_of, area, brought)


def _standing(run: ImportRun, profile: Profile, *, changed: int) -> int:
    """Return how many rows of the source stand in the run's area.

    Two pushes a second need not count a county twice a second: within a minute the last delivery's
    figure serves, as long as what changes is far from what is unusual.
    """
    told = _told_before(run)
    least = min(profile.limits["max_changed_share"], profile.limits["max_swapped_share"])
    if told is not None and told > SMALL and 2 * changed < least * told:
        return told
    low, high = area_rules.subtree(run.area_code)
    rows = Record.objects.current().filter(source=run.source_id, area_code__range=(low, high))
    return rows.count()


def _told_before(run: ImportRun) -> int | None:
    """Return what stood after the delivery before, if that came within the same minute."""
    minute = run.created_at.replace(second=0, microsecond=0)
    last = (
        ImportRun.objects.filter(source=run.source_id, created_at__gte=minute)
        .exclude(pk=run.pk)
        .order_by("-created_at")
        .values_list("state", "area_code", "counts")
        .first()
    )
    if last is None or last[:2] != (ImportRun.State.DONE, run.area_code):
        return None
    counts = last[2]
    if not {"standing", "new", "removed"} <= counts.keys():
        return None
    return int(counts["standing"] + counts["new"] - counts["removed"])


# Keys are kept by their first bytes: enough to know a row of one source again.
KEPT: Final = 8


def packed_keys(keys: Iterable[bytes]) -> bytes:
    """Return blind keys as one value, by which undoing an earlier delivery knows them."""
    return b"".join(key[:KEPT] for key in keys)


def keys_in(packed: bytes) -> Iterator[bytes]:
    """Yield what `packed_keys` put together."""
    return (packed[at : at + KEPT] for at in range(0, len(packed), KEPT))


def _hexes(tokens: Iterable[bytes]) -> str:
    return ",".join(token.hex() for token in tokens)


def _place(
    difference: Difference,
    row: GoodRow,
    token: bytes,
    *,
    before: Known | None,
    profile: Profile,
    today: date,
) -> None:
    """Sort one row into new, changed, same or outdated."""
    text = _encode(row.payload)
    digest = sha256(text.encode()).digest()
    if before is not None and before.payload_hash == digest:
        difference.unchanged.append(token)
        return
    as_of = min(date.fromisoformat(row.as_of), today) if row.as_of else today
    if before is not None and row.as_of and as_of < before.as_of:
        header = profile.column(profile.as_of).headers[0]
        problem = Problem("OLDER_THAN_KNOWN", header, row.as_of, before.as_of.isoformat())
        if profile.weight(problem.rule) == "refuse":
            texts = {header: _shown(row.payload.get(name)) for name, header in _headers(profile)}
            key = str(row.payload["key"])
            difference.outdated.append(BadRow(row.sheet, row.row_no, key, texts, [problem], 1))
            return
    difference.arriving.append(Arriving(row, token, text, digest, as_of, before))


def _headers(profile: Profile) -> Iterator[tuple[str, str]]:
    return ((column.name, column.headers[0]) for column in profile.columns)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return (
        "、".join(map(str, value))
        if isinstance(value, list)
        else ""
        if value is None
        else str(value)
    )


def end_versions(run: ImportRun, arriving: list[Arriving], withdrawn: list[UUID]) -> None:
    """End the versions that are replaced or no longer delivered."""
    replaced = [each.before.id for each in arriving if each.before is not None]
    _end(run, replaced, Record.State.SUPERSEDED)
    _end(run, withdrawn, Record.State.WITHDRAWN)


def portion_size(rows: int, most: int) -> int:
    """Return how many rows one transaction stores of so many, never more than `most`.

    What a killed worker loses is half a portion: so a delivery has some eighty, unless they would
    be too small to be worth their while. A list of a few thousand rows is one.
    """
    if rows <= min(WHOLE, most):
        return max(rows, 1)
    return min(most, max(SMALLEST, -(-rows // PORTIONS)))


def portions(arriving: list[Arriving], size: int, *, of: int | None = None) -> list[list[Arriving]]:
    """Cut what arrives into portions of neighbours; there is one at least, perhaps empty.

    Rows of one place, and of one child, come together: a portion then meets few files twice.
    `of` is how many rows the delivery held before an earlier attempt stored some of them.
    """
    if max(len(arriving), of or 0) <= size:
        return [arriving]
    order = sorted(arriving, key=_neighbourhood)
    return [order[start : start + size] for start in range(0, len(order), size)] or [[]]


def _neighbourhood(each: Arriving) -> tuple[str, str]:
    return each.row.area_code, str(each.row.payload.get("name", ""))


def _end(run: ImportRun, ids: list[UUID], state: str) -> None:
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE exchange_record SET state = %s, ended_run_id = %s WHERE id = ANY(%s)",
            [state, run.pk, ids],
        )


Stored = list[tuple[UUID, str, dict[str, Any]]]


def store(
    run: ImportRun, arriving: list[Arriving], *, now: datetime
) -> tuple[Stored, dict[UUID, UUID]]:
    """Write the arriving rows; returns them with their ids, and which version each replaces."""
    ids = new_ids(len(arriving))
    copy_rows(Record, RECORD_COLUMNS, _record_rows(run, arriving, ids, now=now))
    stored = [
        (pk, each.row.area_code, each.row.payload) for pk, each in zip(ids, arriving, strict=True)
    ]
    superseded = {
        pk: each.before.id
        for pk, each in zip(ids, arriving, strict=True)
        if each.before is not None
    }
    return stored, superseded


def _record_rows(
    run: ImportRun, arriving: list[Arriving], ids: list[UUID], *, now: datetime
) -> Iterator[tuple[Any, ...]]:
    # What is the same for every row is written out once, not by the driver for each of them.
    source, here, received = str(run.source_id), str(run.pk), now.isoformat()
    for pk, each in zip(map(str, ids), arriving, strict=True):
        row, before = each.row, each.before
        remarks = [{"rule": p.rule, "column": p.column} for p in row.remarks]
        yield (
            pk, source, here, _bytea(each.token), row.area_code,
            before.version + 1 if before else 1, "CURRENT", None, row.sheet, row.row_no,
            each.as_of, _bytea(crypto.seal(each.text, column="exchange_record.payload", row=pk)),
            _bytea(each.digest), _encode(remarks) if remarks else "[]", received,
        )  # fmt: skip


def _bytea(value: bytes) -> str:
    """Write bytes as the database reads them, which is quicker here than in the driver."""
    return f"\\x{value.hex()}"


def quarantine(run: ImportRun, bad: list[BadRow], area_code: str) -> None:
    """Keep the rows that could not enter, with everything that stood in them."""
    if bad:
        copy_rows(QuarantinedRow, BAD_COLUMNS, _bad_rows(run, bad, area_code))


def _bad_rows(run: ImportRun, bad: list[BadRow], area_code: str) -> Iterator[tuple[Any, ...]]:
    purpose = f"source/{run.source.code}"
    for pk, row in zip(new_ids(len(bad)), bad, strict=True):
        own = workbook.without_lead(row.cells)
        content = {"cells": own, "problems": [list(problem) for problem in row.problems]}
        sealed = crypto.seal(
            json.dumps(content, ensure_ascii=False),
            column="exchange_quarantinedrow.content",
            row=pk,
        )
        reasons = row.problems[: row.refusing]
        rules = [{"rule": problem.rule, "column": problem.column} for problem in reasons]
        token = crypto.blind(row.key, purpose=purpose) if row.key else b""
        yield (
            pk, run.pk, area_code, row.sheet, row.row_no, token, sealed,
            json.dumps(rules, ensure_ascii=False), "OPEN", None, None,
        )  # fmt: skip


def close_mended(run: ImportRun, delivery: Delivery, difference: Difference) -> int:
    """Close the quarantined rows of earlier runs that this delivery brings again.

    A row that is still bad is kept open under this run, so the older entry closes too.
    """
    named = [pk for text in delivery.mended.values() if (pk := _uuid(text)) is not None]
    values = {
        "run": run.pk, "source": run.source_id, "mends": run.mends_id, "named": named,
        "tokens": _hexes(difference.tokens),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(MENDED, values)
        return int(cursor.rowcount)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def timed(timings: dict[str, float], name: str, begun: float) -> None:
    """Note the seconds since `begun` under a name."""
    timings[name] = round(time.perf_counter() - begun, 3)
