"""Taking a delivered file in, as it came, and handing its run to the worker; nothing is read here.

`by` is None for the operator at the command line.
"""

from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.db import transaction

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.audit import actions as audit
from qianshou.common import queueing
from qianshou.common.errors import Refused
from qianshou.common.identity import new_id
from qianshou.exchange.connectors import files
from qianshou.exchange.models import ImportRun, Source
from qianshou.exchange.queries import contracts


class OutsideSource(Refused):
    """The source delivers for another area."""


def receive_file(
    source: Source,
    *,
    by: User | None,
    file: BinaryIO,
    name: str,
    area_code: str,
    mends: ImportRun | None = None,
    run_id: UUID | None = None,
    own: bool = False,
) -> ImportRun:
    """Put a delivered file on disk as it came and open a run for it; nothing is read yet.

    A connector names the run itself (`run_id`): after a crash it finds by it whether the delivery
    was taken in, and a copy that was left half written makes room for the whole one. `own` tells
    that this program wrote the table itself, so that it needs no sandbox to be read.
    """
    if by is not None:
        powers.require(by, Power.RUN_IMPORTS, area_code)
    contracts.require_agreement(source)
    low, high = area_rules.subtree(source.area_code)
    if not source.is_active or not low <= area_code <= high:
        raise OutsideSource
    run_id = run_id or new_id()
    suffix = files.OWN if own else Path(name).suffix.lower()[:8]
    path = files.folder() / f"{run_id}{suffix}"
    path.unlink(missing_ok=True)
    digest, size = files.write(file, path)
    with transaction.atomic():
        run = ImportRun.objects.create(
            pk=run_id, source=source, source_version=source.version, area_code=area_code,
            file_name=Path(name).name[-200:], file_path=path.name, sha256=digest, size=size,
            by=by, mends=mends,
        )  # fmt: skip
        audit.record(
            "exchange.file.received", by=by, subject_kind="import_run", subject_id=run.pk,
            area_code=area_code, source=source.code, size=size, sha256=digest,
            mends=str(mends.pk) if mends else "",
        )  # fmt: skip
    return run


def start(run: ImportRun) -> None:
    """Hand a run to the worker, once; it begins when the present transaction is over."""
    queueing.ask(
        "exchange.process_run",
        f"run-{run.pk}",
        lock=f"source-{run.source_id}",
        run_id=str(run.pk),
    )


def start_undoing(run: ImportRun, by: User) -> None:
    """Hand a run to the worker to be undone, in turn with the deliveries of its source."""
    queueing.ask(
        "exchange.roll_back",
        f"undo-{run.pk}",
        lock=f"source-{run.source_id}",
        run_id=str(run.pk),
        by_id=str(by.pk),
    )
