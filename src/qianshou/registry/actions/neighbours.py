"""Finding the rows on file that a new row could belong with, by equality on keyed tokens.

The tokens are all that the database knows of names, birthdays and numbers, so this look-up needs
no plain text and works the same for one row and for a hundred thousand.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import polars as pl

from qianshou.common import crypto, portions
from qianshou.common.copying import copy_rows
from qianshou.engines.linkage import engine, normalise
from qianshou.engines.linkage.spec import PHONE_SHARED_BY
from qianshou.registry.actions import filing, storing
from qianshou.registry.models import BlockKey
from qianshou.registry.rules import columns

# A key held by more rows than this says nothing: a common name in a large town, a placeholder.
COMMON: Final = 240
CHUNK: Final = 4000
FEW_TOKENS: Final = 2000
# Up to so many pages of links they are counted; more take longer to count than a row to link.
COUNTED: Final = 24
# As the planner reckons: rows per page when last looked at, times the pages of now. The index holds
# the links in force alone, and its share of all links is that of when last looked at.
_ROUGH: Final = """
SELECT pg_relation_size(t.oid) / 8192, t.reltuples, t.relpages, i.reltuples
FROM pg_class t, pg_class i
WHERE t.oid = 'registry_link'::regclass AND i.oid = 'link_one_child_per_record'::regclass
"""

_NEAR: Final = """
hits AS MATERIALIZED (
  SELECT k.token, k.record_id FROM wanted_tokens w JOIN registry_blockkey k ON k.token = w.token
), common AS (SELECT token FROM hits GROUP BY token HAVING count(*) > %s)
SELECT DISTINCT l.child_id
FROM (SELECT DISTINCT record_id FROM hits WHERE token NOT IN (SELECT token FROM common)) h
JOIN registry_link l ON l.record_id = h.record_id AND l.state <> 'ENDED'
"""
# How many standing rows hold a telephone, beyond those that the caller has at hand.
_HOLDERS: Final = """
holders AS (
  SELECT k.token, count(*) AS rows FROM wanted_phones w
  JOIN registry_blockkey k ON k.token = w.token
  JOIN registry_link l ON l.record_id = k.record_id AND l.state <> 'ENDED'
  WHERE NOT k.record_id = ANY(%s)
  GROUP BY k.token)
SELECT token, rows FROM holders
"""
_COMPLETE: Final = """
INSERT INTO registry_blockkey (token, record_id, area_code)
SELECT * FROM unnest(%s::bigint[], %s::uuid[], %s::varchar[]) ON CONFLICT DO NOTHING
"""
_ROWS: Final = """
SELECT r.id, l.child_id, r.source_id, r.payload, bool_or(l.by_id IS NOT NULL)
  OVER (PARTITION BY l.child_id)
FROM registry_link l JOIN exchange_record r ON r.id = l.record_id
WHERE l.child_id = ANY(%s) AND l.state <> 'ENDED' AND r.state <> 'SUPERSEDED'
"""


@dataclass(frozen=True)
class Neighbour:
    """A row on file and the child it belongs to, opened for comparison."""

    record: UUID
    child: UUID
    source: UUID
    values: Mapping[str, Any]
    # A person put a row of this file where it is.
    held: bool


def rows_on_file(*, counted: bool = False) -> int:
    """Return about how many rows stand in files: exact while that is cheap, else by statistics.

    `counted` is for a list: the figure goes into the weights, and statistics are of whatever moment
    the database last looked, so a list that was cut short could end otherwise than in peace.
    """
    pages, links, looked_at, standing = storing.fetch(_ROUGH)[0]
    if pages > COUNTED and looked_at and links > 0 and not counted:
        return int(min(standing, links) * pages / looked_at)
    return int(storing.fetch("SELECT count(*) FROM registry_link WHERE state <> 'ENDED'")[0][0])


def tokens_of(frame: pl.DataFrame) -> pl.DataFrame:
    """Return (row_id, token) for every blocking key of a frame, each pair once."""
    keys = engine.block_keys(frame, columns.spec()).select("row_id", "key")
    distinct = keys["key"].unique()
    table = pl.DataFrame(
        {"key": distinct, "token": crypto.block_tokens(distinct.to_list())},
        schema={"key": pl.String, "token": pl.Int64},
    )
    # In the order of the index, so that its pages are written one after the other.
    return keys.join(table, on="key").select("row_id", "token").unique().sort("token")


def phone_tokens(frame: pl.DataFrame) -> pl.DataFrame:
    """Return (row_id, token, phone) for every telephone of a frame, one token for each mention."""
    found = []
    for row_id, *given in frame.select("row_id", *columns.PHONES).iter_rows():
        seen: Counter[str] = Counter()
        for text in given:
            phone = normalise.phone(text) if text else None
            if phone:
                seen[phone] += 1
                found.append((row_id, f"phone:{seen[phone]}:{phone}", phone))
    tokens = crypto.block_tokens([key for _row, key, _phone in found])
    return pl.DataFrame(
        [(row, token, phone) for (row, _, phone), token in zip(found, tokens, strict=True)],
        schema={"row_id": pl.String, "token": pl.Int64, "phone": pl.String}, orient="row",
    )  # fmt: skip


def common_phones(held: pl.DataFrame, replaced: Sequence[UUID]) -> list[str]:
    """Return the telephones that too many rows share to say anything, as a batch would count.

    `held` are the telephones of the rows at hand, by `phone_tokens`; the rest of the rows is
    counted in the database, without those that are `replaced`.
    """
    if not len(held):
        return []
    here = [UUID(row) for row in held["row_id"].unique()]
    found = _among(
        "wanted_phones", held["token"].unique(), sql=_HOLDERS, parameters=[[*here, *replaced]]
    )
    elsewhere = dict(found)
    total: Counter[str] = Counter(held["phone"])
    for token, phone in held.select("token", "phone").unique().iter_rows():
        total[phone] += elsewhere.get(token, 0)
    return sorted(phone for phone, count in total.items() if count > PHONE_SHARED_BY)


def remember(tokens: pl.DataFrame, areas: Mapping[UUID, str]) -> None:
    """Store the tokens of newly arrived rows."""
    places = pl.DataFrame({"row_id": map(str, areas), "area_code": areas.values()})
    rows = tokens.join(places, on="row_id", maintain_order="left")
    copy_rows(
        BlockKey,
        ("token", "record_id", "area_code"),
        rows.select("token", "row_id", "area_code").iter_rows(),
    )


def complete(frame: pl.DataFrame, areas: Mapping[str, str]) -> int:
    """Store the tokens that rows on file lack, as after a version with more blocking rules.

    Returns how many there were. Tokens that no rule makes any more do no harm and stay.
    """
    phones = phone_tokens(frame).select("row_id", "token")
    tokens, count = pl.concat([tokens_of(frame), phones]).unique(), 0
    for part in tokens.iter_slices(CHUNK * 5):
        rows = part["row_id"].to_list()
        given = [part["token"].to_list(), rows, [areas[row] for row in rows]]
        count += storing.run(_COMPLETE, given)
    return count


def _among(
    name: str, tokens: pl.Series, *, sql: str, parameters: Sequence[Any]
) -> list[tuple[Any, ...]]:
    """Ask about many tokens: few travel with the question, many in a table with statistics."""
    if len(tokens) > FEW_TOKENS:
        storing.fill_temporary(name, "token bigint", tokens)
        return storing.fetch(f"WITH {sql}", parameters)
    wanted = f"WITH {name} AS MATERIALIZED (SELECT unnest(%s::bigint[]) AS token), "
    return storing.fetch(wanted + sql, [tokens.to_list(), *parameters])


def near(tokens: pl.DataFrame, also: Sequence[UUID] = ()) -> Iterator[Neighbour]:
    """Yield every row of every file that shares a token, so that a file is judged as a whole.

    `also` are files that are asked whatever their tokens say.
    """
    found = _among("wanted_tokens", tokens["token"].unique(), sql=_NEAR, parameters=[COMMON])
    files = list({child for (child,) in found}.union(also))
    # By chunks of files: the planner takes the indexes for each, whatever its statistics say.
    for chunk in portions.of(sorted(files), CHUNK):
        for record, child, source, payload, held in storing.fetch(_ROWS, [list(chunk)]):
            yield Neighbour(record, child, source, filing.opened(payload, record), held)


def frame_of(rows: Sequence[tuple[str, dict[str, str | None]]]) -> pl.DataFrame:
    """Return the engine's frame of (row id, engine row)."""
    names = columns.COLUMNS
    data: dict[str, list[str | None]] = {"row_id": [row_id for row_id, _ in rows]}
    for name in names:
        data[name] = [values[name] for _, values in rows]
    return pl.DataFrame(data, schema={"row_id": pl.String, **dict.fromkeys(names, pl.String)})
