"""Finding the rows on file that a new row could belong with, by equality on keyed tokens.

The tokens are all that the database knows of names, birthdays and numbers, so this look-up needs
no plain text and works the same for one row and for a hundred thousand.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import polars as pl

from qianshou.common import crypto
from qianshou.common.copying import copy_rows
from qianshou.engines.linkage import engine
from qianshou.registry.actions import filing, storing
from qianshou.registry.models import BlockKey
from qianshou.registry.rules import columns

# A key held by more rows than this says nothing: a common name in a large town, a placeholder.
COMMON: Final = 240
CHUNK: Final = 4000

_NEAR: Final = """
WITH hits AS MATERIALIZED (
  SELECT k.token, k.record_id FROM wanted_tokens w JOIN registry_blockkey k ON k.token = w.token
), common AS (SELECT token FROM hits GROUP BY token HAVING count(*) > %s)
SELECT DISTINCT l.child_id
FROM (SELECT DISTINCT record_id FROM hits WHERE token NOT IN (SELECT token FROM common)) h
JOIN registry_link l ON l.record_id = h.record_id AND l.state <> 'ENDED'
"""
_ROWS: Final = """
SELECT r.id, l.child_id, r.source_id, r.payload
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


def remember(tokens: pl.DataFrame, areas: Mapping[UUID, str]) -> None:
    """Store the tokens of newly arrived rows."""
    places = pl.DataFrame({"row_id": map(str, areas), "area_code": areas.values()})
    rows = tokens.join(places, on="row_id", maintain_order="left")
    copy_rows(
        BlockKey,
        ("token", "record_id", "area_code"),
        rows.select("token", "row_id", "area_code").iter_rows(),
    )


def near(tokens: pl.DataFrame, also: Sequence[UUID] = ()) -> Iterator[Neighbour]:
    """Yield every row of every file that shares a token, so that a file is judged as a whole.

    `also` are files that are asked whatever their tokens say.
    """
    storing.fill_temporary("wanted_tokens", "token bigint", tokens["token"].unique())
    files = list({child for (child,) in storing.fetch(_NEAR, [COMMON])}.union(also))
    # By chunks of files: the planner takes the indexes for each, whatever its statistics say.
    for chunk in storing.in_chunks(sorted(files), CHUNK):
        for record, child, source, payload in storing.fetch(_ROWS, [list(chunk)]):
            yield Neighbour(record, child, source, filing.opened(payload, record))


def frame_of(rows: Sequence[tuple[str, dict[str, str | None]]]) -> pl.DataFrame:
    """Return the engine's frame of (row id, engine row)."""
    names = columns.COLUMNS
    data: dict[str, list[str | None]] = {"row_id": [row_id for row_id, _ in rows]}
    for name in names:
        data[name] = [values[name] for _, values in rows]
    return pl.DataFrame(data, schema={"row_id": pl.String, **dict.fromkeys(names, pl.String)})
