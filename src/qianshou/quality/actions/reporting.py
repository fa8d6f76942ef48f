"""The report that a county hands to a department: its own rows with what is wrong, and no others.

Only what the department itself sent stands in it. That another department says otherwise is told
by the name of the field; what it says, and who says it, is not.
"""

import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

import xlsxwriter  # type: ignore[import-untyped]
from django.db import transaction
from django.utils.translation import gettext as _

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.audit import actions as audit
from qianshou.common import rowsecurity
from qianshou.common.errors import Refused
from qianshou.exchange.models import Source
from qianshou.quality.actions import scoring
from qianshou.quality.actions.scoring import Checked
from qianshou.quality.queries import fault_words, row_words, shares_of
from qianshou.registry import permissions
from qianshou.registry.queries import words
from qianshou.registry.rules.fields import PLACES

# Nothing that a department wrote may become a formula or a link when somebody opens the file.
SAFE: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
SHORTEST_REASON: Final = 4
_WIDEST: Final = 40


class ReceiverMissing(Refused):
    """Say to whom the report goes."""


@transaction.atomic
def report(source: Source, county: str, *, by: User, reason: str) -> bytes:
    """Return the workbook for a department; who took it, and for whom, is on record."""
    accounts.require(by, Power.RUN_IMPORTS, county)
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReceiverMissing
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = [row for row in scoring.checked_rows(source, county) if row.faults]
        figures = scoring.figures_of(source, county)
    audit.record(
        "quality.report.taken", by=by, subject_kind="source", subject_id=source.pk,
        area_code=county, reason=reason.strip(), rows=len(rows),
    )  # fmt: skip
    summary = _summary(source, county, figures)
    return _workbook(summary, _table(rows, by))


def _workbook(summary: Sequence[tuple[str, str]], table: "_Table") -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, SAFE) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        faulty = book.add_format({"bg_color": "#FCE4D6", "text_wrap": True, "valign": "top"})
        first = book.add_worksheet(_("Summary"))
        first.set_column(0, 0, 34)
        first.set_column(1, 1, 24)
        for number, (label, value) in enumerate(summary):
            first.write_string(number, 0, label, bold)
            first.write_string(number, 1, value, wrap)
        _write_rows(book.add_worksheet(_("Rows")), table, (bold, wrap, faulty))
    return target.getvalue()


def _summary(source: Source, county: str, figures: Mapping[str, Any]) -> list[tuple[str, str]]:
    lines = [
        (_("Source"), source.name),
        (_("Area"), areas.full_names_of({county}).get(county, county)),
        (_("Rows in force"), str(figures["rows"])),
        (_("Rows kept out"), str(figures["kept_out"])),
    ]
    lines += [(str(each["label"]), each["words"]) for each in shares_of(figures)]
    lines += [(fault_words(code)[0], str(many)) for code, many in figures["faults"].items()]
    return lines


# Heads, and for each row its cells with the numbers of those at fault.
_Table = tuple[list[str], list[tuple[list[str], set[int]]]]


def _table(rows: Sequence[Checked], by: User) -> _Table:
    """Lay the rows out: what is wrong first, then the department's own fields and no others."""
    fields = list(dict.fromkeys(name for row in rows for name in row.values))
    fields.sort(key=lambda name: (name != "key", list(words.LABELS).index(name)
                                  if name in words.LABELS else len(words.LABELS)))  # fmt: skip
    lead = [_("Sheet"), _("Row"), _("Reason"), _("How to mend it")]
    heads = [*lead, *(_("Key") if name == "key" else words.label_of(name) for name in fields)]
    return heads, [_line(row, fields, by) for row in rows]


def _line(row: Checked, fields: Sequence[str], by: User) -> tuple[list[str], set[int]]:
    hidden = row.child is not None and not permissions.can_see_place(by, row.child)
    reasons, mends = row_words(row.faults)
    cells = [row.sheet, str(row.row_no), reasons, mends]
    cells += [
        "" if hidden and name in PLACES else _text(name, row.values.get(name)) for name in fields
    ]
    wrong = {name for _code, name in row.faults}
    return cells, {4 + number for number, name in enumerate(fields) if name in wrong}


def _text(name: str, value: Any) -> str:
    """Return a cell as people write it: the department never saw our codes."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return words.value_of(name, value)


def _write_rows(sheet: Any, table: _Table, formats: tuple[Any, Any, Any]) -> None:
    (heads, lines), (bold, wrap, faulty) = table, formats
    widths = [len(head) * 2 for head in heads]
    for column, head in enumerate(heads):
        sheet.write_string(0, column, head, bold)
    for number, (cells, wrong) in enumerate(lines, start=1):
        for column, cell in enumerate(cells):
            sheet.write_string(number, column, cell, faulty if column in wrong else wrap)
            widths[column] = max(widths[column], len(cell) + 2)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, min(width, _WIDEST))
    sheet.freeze_panes(1, 4)
