"""Writing rows as Parquet, and keeping the file sealed on disk until it is opened or forgotten."""

import io
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from qianshou.common import crypto
from qianshou.outbound.rules.datasets import Column

COLUMN: Final = "outbound_export.file"
TYPES: Final = {
    "text": pa.string(), "texts": pa.list_(pa.string()), "number": pa.int32(),
    "flag": pa.bool_(), "day": pa.date32(),
}  # fmt: skip


class Written(NamedTuple):
    """How many rows a file holds, its size in bytes, and its hash before sealing."""

    rows: int
    size: int
    sha256: str


def write(
    export_id: UUID,
    columns: Sequence[Column],
    batches: Iterable[Sequence[Mapping[str, Any]]],
    *,
    marks: Mapping[str, str],
) -> Written:
    """Write batches of rows with the marks of the export in the file's own metadata, sealed.

    Every column says in its field metadata what it means. `marks` name who took the file, when,
    and the number in the register: that is the watermark of a table.
    """
    schema = pa.schema(
        [
            pa.field(each.name, TYPES[each.kind], metadata={"meaning": each.meaning})
            for each in columns
        ],
        metadata={f"qianshou.{key}": value for key, value in marks.items()},
    )
    target, rows = io.BytesIO(), 0
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_table(pa.Table.from_pylist(list(batch), schema=schema))
            rows += len(batch)
    body = target.getvalue()
    path = _path(export_id)
    part = path.with_suffix(".part")
    part.write_bytes(crypto.seal_bytes(body, column=COLUMN, row=export_id))
    part.chmod(0o600)
    part.replace(path)
    return Written(rows, len(body), sha256(body).hexdigest())


def read(export_id: UUID) -> bytes | None:
    """Return the file of an export as it was written, or None once it is deleted."""
    try:
        raw = _path(export_id).read_bytes()
    except FileNotFoundError:
        return None
    return crypto.unseal_bytes(raw, column=COLUMN, row=export_id)


def delete(export_id: UUID) -> None:
    """Delete the file of an export."""
    _path(export_id).unlink(missing_ok=True)


def _path(export_id: UUID) -> Path:
    folder = Path(settings.MEDIA_ROOT) / "exports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / f"{export_id}.sealed"
