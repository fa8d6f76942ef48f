"""Undoing a delivery of the mothers' list: each file is laid anew from the rows that remain."""

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from qianshou.common import bus, rowsecurity
from qianshou.exchange.events import RunRolledBack
from qianshou.exchange.models import Record
from qianshou.mothers.actions import intake
from qianshou.mothers.events import MothersChanged
from qianshou.mothers.models import Mother

Key = tuple[UUID, bytes]


@transaction.atomic
def roll_back(event: RunRolledBack) -> None:
    """Undo a run; what a person has settled stays, and no file is deleted."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        intake.roll_back(event.removed, event.restored)
        histories = _histories([*event.removed, *event.restored, *event.followed])
        newest = {rows[-1].pk: rows for rows in histories.values()}
        changed = []
        for start in range(0, len(newest), intake.CHUNK):
            keys = list(newest)[start : start + intake.CHUNK]
            files = Mother.objects.filter(record_id__in=keys)
            laid = [_laid(row, newest[row["record_id"]]) for row in files.values(*intake.FIELDS)]
            intake.store(row for row in laid if row is not None)
            changed += [row["id"] for row in laid if row is not None]
        event.counts["mothers_changed"] = len(changed)
        if changed:
            bus.publish(MothersChanged(tuple(changed)))


def _histories(records: Iterable[UUID]) -> dict[Key, list[Record]]:
    """Return the rows that remain of each sender's key, oldest first."""
    keys = {
        (source, bytes(token))
        for source, token in Record.objects.filter(pk__in=list(records)).values_list(
            "source_id", "key_token"
        )
    }
    found: dict[Key, list[Record]] = defaultdict(list)
    sources = {source for source, _token in keys}
    tokens = [token for _source, token in keys]
    rows = Record.objects.filter(source__in=sources, key_token__in=tokens).exclude(
        ended_run=F("run")
    )
    for row in rows.order_by("received_at", "version", "pk"):
        found[row.source_id, bytes(row.key_token)].append(row)
    return found


def _laid(row: dict[str, Any], history: list[Record]) -> dict[str, Any] | None:
    """Return a file as its remaining rows make it; None if other rows have made it, too."""
    if row["created_at"] < history[0].received_at:
        return None
    kept = {*row["settled"], *("remark" if name == "state" else name for name in row["settled"])}
    fresh = {**intake.FRESH, **{name: [] for name in intake.JSON_FIELDS - {"settled"}}}
    state = row["state"]
    plain = {name: value for name, value in fresh.items() if name not in kept}
    file = intake.File({**row, **plain}, is_new=False)
    if "state" not in row["settled"]:
        file.row["state"] = None
    for record in history:
        payload = json.loads(record.payload.open())
        intake.lay(file, {"area_code": record.area_code, **payload})
    file.row["state"] = file.row["state"] or state
    return file.row
