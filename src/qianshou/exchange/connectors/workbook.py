"""Writing the rows that were kept out as a workbook that can be corrected and sent back."""

import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

import xlsxwriter  # type: ignore[import-untyped]
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from qianshou.exchange import queries
from qianshou.exchange.connectors.intake import MEND_HEADER
from qianshou.exchange.models import QuarantinedRow

# Nothing a department wrote may become a formula or a link when a clerk opens the file.
SAFE: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
WIDEST: Final = 40


def without_lead(cells: dict[str, str]) -> dict[str, str]:
    """Return the sender's own cells of a row that came back in such a workbook, in any language."""
    if MEND_HEADER not in cells:
        return cells
    ours = {MEND_HEADER}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            # A heading is read without the spaces inside.
            ours.update("".join(title.split()) for title in _titles())
    return {header: text for header, text in cells.items() if header not in ours}


def _titles() -> list[str]:
    return [_("Sheet"), _("Row"), _("Reason"), _("How to mend it")]


def bad_rows(
    titles: Sequence[str], rows: Iterable[tuple[Sequence[str], dict[str, str], set[str]]]
) -> bytes:
    """Return an XLSX: `titles` first, then the file's own columns; faulty cells are coloured.

    Each row is (cells under the titles, the file's cells by header, headers at fault). The first
    title's column holds the quarantined row's id, under the name by which it is found again.
    """
    kept = list(rows)
    headers = list(dict.fromkeys(name for _lead, cells, _faults in kept for name in cells))
    headers = [name for name in headers if name not in (MEND_HEADER, *titles)]
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, SAFE) as book:
        sheet = book.add_worksheet("rows")
        _write_rows(book, sheet, kept, titles=[MEND_HEADER, *titles], headers=headers)
    return target.getvalue()


def _write_rows(
    book: Any, sheet: Any, kept: Sequence[Any], *, titles: Sequence[str], headers: Sequence[str]
) -> None:
    # The number format "text" keeps an ID number whole when somebody types it again.
    looks = {"text": book.add_format({"num_format": "@", "valign": "top"}),
             "fault": book.add_format({"num_format": "@", "valign": "top", "bg_color": "#FCE4D6"}),
             "lead": book.add_format({"num_format": "@", "valign": "top", "text_wrap": True,
                                      "font_color": "#7A4B00"}),
             "head": book.add_format({"num_format": "@", "bold": True, "bottom": 1})}  # fmt: skip
    names = [*titles, *headers]
    for column, name in enumerate(names):
        sheet.write_string(0, column, name[:32_000], looks["head"])
        sheet.set_column(column, column, _width(column, len(titles), name))
    sheet.freeze_panes(1, len(titles))
    for row_no, (lead, cells, faults) in enumerate(kept, start=1):
        for column, text in enumerate(lead):
            sheet.write_string(row_no, column, text[:32_000], looks["lead"])
        for column, name in enumerate(headers, start=len(titles)):
            look = looks["fault" if name in faults else "text"]
            sheet.write_string(row_no, column, cells.get(name, "")[:32_000], look)


def _width(column: int, leading: int, name: str) -> int:
    if column == 0:
        return 6
    return WIDEST if leading - 2 <= column < leading else max(12, min(24, 2 * len(name)))


def of_rows(rows: Iterable[tuple[QuarantinedRow, dict[str, Any]]]) -> bytes:
    """Return quarantined rows with their content as such a workbook, in the reader's language."""
    kept = []
    for row, content in rows:
        words = queries.problems_in(content)
        reason = "\n".join(f"{each['column']}: {each['says']}" for each in words)
        mend = "\n".join(each["mend"] for each in words)
        lead = [str(row.pk), row.sheet, str(row.row_no), reason, mend]
        kept.append((lead, content["cells"], {each["column"] for each in words}))
    return bad_rows(_titles(), kept)
