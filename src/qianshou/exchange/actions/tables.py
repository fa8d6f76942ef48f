"""Reading a small list that a person sends in, under the same limits as any delivery.

For rooms above that keep a list of their own: they name its columns and check the cells; what
they cannot take goes back as a workbook with the reasons beside it.
"""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from django.conf import settings
from django.utils.translation import gettext as _

from qianshou.common.errors import Refused
from qianshou.exchange.connectors import files, sandbox, workbook
from qianshou.exchange.connectors.reader import Sheet
from qianshou.exchange.rules import headings
from qianshou.exchange.rules.problems import REFUSALS, FileRefused

MOST_ROWS: Final = 20_000


class TableRefused(Refused):
    """This file is not a list that can be read."""


def read_rows(
    file: BinaryIO, *, name: str, columns: Sequence[str], optional: Sequence[str] = ()
) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of the sheet with these columns as (row number, text by column).

    `optional` columns are read where the sheet has them.

    Raises `TableRefused` with what is wrong and how to mend it.
    """
    place = Path(settings.VAR) / "tables"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="reading-", dir=place) as made:
        folder = Path(made)
        try:
            files.write(file, folder / "list")
            found, _memory = sandbox.read_file(folder / "list", folder, name=name)
        except FileRefused as refusal:
            says, mend = REFUSALS[refusal.code]
            raise TableRefused(f"{_(says)} {_(mend)}" % refusal.params) from refusal
        for sheet in found.sheets:
            rows = _rows(sheet, folder, columns, optional)
            if rows is not None:
                return rows
    words = _(
        "No sheet has a row with the headings %(headings)s. Write them in one row above the list."
    )
    raise TableRefused(words % {"headings": "、".join(columns)})


def _rows(  # noqa: PLR0917 - one call
    sheet: Sheet, folder: Path, columns: Sequence[str], optional: Sequence[str]
) -> list[tuple[int, dict[str, str]]] | None:
    """Return the rows under the heading; None if the sheet has no such heading."""
    wanted = {headings.plain(column): column for column in (*columns, *optional)}
    names: dict[int, str] | None = None
    found: list[tuple[int, dict[str, str]]] = []
    for batch in sandbox.batches(sheet, folder):
        for row_no, *cells in zip(batch.rows, *batch.columns, strict=True):
            if names is None:
                named = {at: wanted.get(headings.plain(text)) for at, text in enumerate(cells)}
                placed = {at: column for at, column in named.items() if column}
                names = placed if set(placed.values()) >= set(columns) else None
                continue
            row = {column: cells[at].strip() for at, column in names.items()}
            if any(row.values()):
                found.append((row_no, row))
            if len(found) > MOST_ROWS:
                raise TableRefused(
                    _("The list has more than %(count)d rows. Send it in parts.")
                    % {"count": MOST_ROWS}
                )
    return None if names is None else found


def given_back(rows: Iterable[tuple[int, Mapping[str, str], Mapping[str, str]]]) -> bytes:
    """Return rows as a workbook: row number, text by column, and what is wrong by column."""
    kept = [
        (
            ["", str(row_no), "\n".join(f"{column}: {says}" for column, says in wrong.items())],
            dict(cells),
            set(wrong),
        )
        for row_no, cells, wrong in rows
    ]
    return workbook.bad_rows([_("Row"), _("Reason")], kept)
