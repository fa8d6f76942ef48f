"""Sending rows in again that were kept out for a reason which has gone."""

import io
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from qianshou.exchange import queries
from qianshou.exchange.actions import receiving
from qianshou.exchange.connectors import workbook
from qianshou.exchange.models import ImportRun, QuarantinedRow


def send_again(rows: Sequence[QuarantinedRow]) -> list[ImportRun]:
    """Send rows in again as they came, one delivery for each that had kept them out, in order."""
    runs = []
    for run, found in groupby(rows, key=attrgetter("run")):
        lines = [([str(row.pk)], queries.opened(row)["cells"], set[str]()) for row in found]
        content = workbook.bad_rows([], lines)
        again = receiving.receive_file(
            run.source, by=None, file=io.BytesIO(content), name=f"again-{run.file_name}.xlsx",
            area_code=run.area_code, mends=run,
        )  # fmt: skip
        receiving.start(again)
        runs.append(again)
    return runs
