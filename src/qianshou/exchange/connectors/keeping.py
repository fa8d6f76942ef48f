"""Keeping of a delivered file only what its source's agreement names, in the places it stood in.

A file is read minutes after it came. What the agreement does not name is gone from then on: the
sender's file makes room for a copy in which every other cell is empty. Rows keep their numbers.
"""

import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as arrow
import pyarrow.ipc

from qianshou.exchange.connectors.reader import LOST, ROW, Found, Sheet
from qianshou.exchange.rules.headings import Heading

SUFFIX: Final = ".kept"
INDEX: Final = "sheets.json"


def is_copy(path: Path) -> bool:
    """Tell whether a file is such a copy, which only this program writes."""
    return path.suffix == SUFFIX


def copy(
    path: Path, found: Found, folder: Path, *, tables: Sequence[tuple[Sheet, Heading]],
    also: Sequence[str] = (),
) -> Path:  # fmt: skip
    """Put a copy in the place of a file that was read, and return where it lies.

    Kept are the columns that fill a field, and those whose heading is in `also`.
    """
    target = path.with_suffix(SUFFIX)
    fresh = target.with_suffix(".part")
    with zipfile.ZipFile(fresh, "w") as pack:
        sheets = []
        for sheet, heading in tables:
            _thin(folder / sheet.file, heading, also)
            pack.write(folder / sheet.file, sheet.file)
            # Titles above the heading are gone, so the merges that belong to them are, too.
            top = heading.rows[0] - 1
            merges = [merge for merge in sheet.merges if merge[0] >= top]
            sheets.append(sheet._replace(merges=merges)._asdict())
        index = {**found._asdict(), "sheets": sheets}
        pack.writestr(INDEX, json.dumps(index, ensure_ascii=False))
    fresh.chmod(0o600)
    fresh.replace(target)
    if path != target:
        path.unlink(missing_ok=True)
    return target


def _thin(file: Path, heading: Heading, also: Sequence[str]) -> None:
    """Empty every column that fills no field, and every row above the heading."""
    kept = {place for places in heading.places.values() for place in places}
    kept |= {at for at, name in enumerate(heading.names) if name in also}
    thinned = file.with_suffix(".thin")
    with pa.memory_map(str(file)) as source:
        reader = pa.ipc.open_file(source)
        with pa.OSFile(str(thinned), "wb") as sink, pa.ipc.new_file(sink, reader.schema) as target:
            for number in range(reader.num_record_batches):
                batch = reader.get_batch(number)
                above = arrow.less(batch[ROW], heading.rows[0])
                columns = []
                for at, name in enumerate(batch.schema.names):
                    column = batch.column(at)
                    if name not in (ROW, LOST):
                        empty = pa.scalar("", column.type)
                        place = at - 2
                        column = (
                            arrow.if_else(above, empty, column)
                            if place in kept
                            else pa.repeat(empty, len(batch))
                        )
                    columns.append(column)
                target.write_batch(pa.record_batch(columns, schema=reader.schema))
    thinned.replace(file)


def opened(path: Path, folder: Path) -> Found:
    """Lay such a copy out in a folder as the reader would have, and return what it holds."""
    with zipfile.ZipFile(path) as pack:
        index: Mapping[str, Any] = json.loads(pack.read(INDEX))
        sheets = [
            Sheet(**{**each, "merges": [tuple(merge) for merge in each["merges"]]})
            for each in index["sheets"]
        ]
        for sheet in sheets:
            (folder / Path(sheet.file).name).write_bytes(pack.read(sheet.file))
    return Found(index["kind"], index["encoding"], index["delimiter"], sheets)
