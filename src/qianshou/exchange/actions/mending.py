"""What people do with the rows that were kept out: read them, mend them, put them aside."""

import io
from collections.abc import Mapping
from typing import Any, BinaryIO

from django.db import transaction

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.audit import actions as audit
from qianshou.common.errors import NotFound, Refused
from qianshou.exchange import permissions, queries
from qianshou.exchange.actions import receiving
from qianshou.exchange.connectors import workbook
from qianshou.exchange.models import ImportRun, QuarantinedRow


class RowClosed(Refused):
    """The row is no longer open."""


def mend_rows(run: ImportRun, *, by: User | None, file: BinaryIO, name: str) -> ImportRun:
    """Take the corrected list of bad rows back in, as a delivery of changes for the same source."""
    return receiving.receive_file(
        run.source, by=by, file=file, name=name, area_code=run.area_code, mends=run
    )


def mend_row(row: QuarantinedRow, *, by: User, texts: Mapping[int, str]) -> ImportRun:
    """Send one corrected row back in, as a delivery of its own; `texts` are cells by position."""
    powers.require(by, Power.RUN_IMPORTS, row.area_code)
    if row.state != QuarantinedRow.State.OPEN:
        raise RowClosed
    cells = queries.opened(row)["cells"]
    mended = {
        header: texts.get(position, text) for position, (header, text) in enumerate(cells.items())
    }
    content = workbook.bad_rows([], [([str(row.pk)], mended, set())])
    return mend_rows(row.run, by=by, file=io.BytesIO(content), name=f"row-{row.row_no}.xlsx")


@transaction.atomic
def dismiss_row(row: QuarantinedRow, *, by: User, reason: str) -> QuarantinedRow:
    """Decide that a bad row will not be mended, with the reason."""
    powers.require(by, Power.RUN_IMPORTS, row.area_code)
    row = QuarantinedRow.objects.select_for_update().get(pk=row.pk)
    if row.state != QuarantinedRow.State.OPEN:
        raise RowClosed
    row.state, row.closed_by = QuarantinedRow.State.DISMISSED, by
    row.save(update_fields=["state", "closed_by"])
    audit.record(
        "exchange.row.dismissed", by=by, subject_kind="quarantined_row", subject_id=row.pk,
        area_code=row.area_code, reason=reason, run=str(row.run_id),
    )  # fmt: skip
    return row


@transaction.atomic
def reveal_row(row: QuarantinedRow, *, by: User, reason: str) -> dict[str, Any]:
    """Return what stands in a bad row; the reading goes into the trail."""
    powers.require(by, Power.RUN_IMPORTS, row.area_code)
    audit.record(
        "exchange.row.read", by=by, subject_kind="quarantined_row", subject_id=row.pk,
        area_code=row.area_code, reason=reason, run=str(row.run_id),
    )  # fmt: skip
    return queries.opened(row)


@transaction.atomic
def read_bad_rows(
    run: ImportRun, *, by: User | None
) -> list[tuple[QuarantinedRow, dict[str, Any]]]:
    """Return a run's open bad rows with their content, for the download; one entry for all."""
    if by is not None and not permissions.can_read_rows(by, run):
        raise NotFound
    found = list(run.bad_rows.filter(state=QuarantinedRow.State.OPEN).order_by("sheet", "row_no"))
    audit.record(
        "exchange.run.bad_rows_read", by=by, subject_kind="import_run", subject_id=run.pk,
        area_code=run.area_code, reason="", rows=len(found),
    )  # fmt: skip
    return [(row, queries.opened(row)) for row in found]


def bad_rows_workbook(run: ImportRun, *, by: User | None) -> bytes:
    """Return the open bad rows of a run as a workbook with reasons, ready to be mended."""
    return workbook.of_rows(read_bad_rows(run, by=by))
