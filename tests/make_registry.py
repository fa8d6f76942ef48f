"""Builders for files of children: sources, and a small hub that delivers rows to the registry."""

import hashlib
import json
from datetime import date
from typing import Any
from uuid import UUID

from django.utils import timezone

from qianshou.common import bus, crypto
from qianshou.common.copying import copy_rows
from qianshou.common.identity import new_ids
from qianshou.exchange.events import RowsReady, RunRolledBack
from qianshou.exchange.models import ImportRun, Record, Source
from qianshou.registry.models import Child, Link
from tests import make

TRUST: dict[str, dict[str, int]] = {
    "civil_affairs": {"default": 80, "categories": 90, "guardianship": 90},
    "education": {"default": 75, "school": 90, "stage": 90, "class_name": 90, "boarding": 90},
    "disabled_persons": {"default": 70, "disability": 95, "disability_level": 95},
    "health": {"default": 60, "serious_illness": 90, "growth": 90},
}
AS_OF = date(2026, 10, 31)
VILLAGE = "500236103205"
# The same child everywhere: 张雨桐, a girl of 奉节, with a number whose check digit holds.
CHILD: dict[str, Any] = {
    "key": "MZ1",
    "name": "张雨桐",
    "sex": "F",
    "birth_on": "2014-07-17",
    "id_number": "50023620140717312X",
    "area_code": VILLAGE,
    "father_name": "张建国",
    "father_phone": "15412345678",
    "father_status": "MIGRANT_WORK",
}


def number_of(first17: str) -> str:
    """An ID number with its check digit (ISO 7064 MOD 11-2)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(first17, weights, strict=True))
    return first17 + "10X98765432"[total % 11]


def a_row(**values: Any) -> dict[str, Any]:
    """The child's row with other values; None takes a value away."""
    return {name: value for name, value in {**CHILD, **values}.items() if value is not None}


def a_source(department: str = "civil_affairs", **fields: Any) -> Source:
    """A department's feed with its usual trust; the same one on the next call."""
    code = fields.pop("code", department.replace("_", "-"))
    found, _ = Source.objects.get_or_create(
        code=code,
        defaults={
            "name": department,
            "department": department,
            "target": "CHILD",
            "area_code": make.CITY,
            "profile": {"trust": fields.pop("trust", TRUST.get(department, {}))},
            **fields,
        },
    )
    return found


def deliver(
    rows: list[dict[str, Any]],
    department: str = "civil_affairs",
    *,
    as_of: date = AS_OF,
    full_list: bool = False,
    area_code: str = make.COUNTY,
) -> RowsReady:
    """Do what the hub does with a checked file, and return what it announced."""
    source = a_source(department)
    run = ImportRun.objects.create(
        source=source, area_code=area_code, file_name="rows.csv", sha256=hashlib.sha256(
            repr((rows, as_of, ImportRun.objects.count())).encode()).hexdigest(), size=1,
        state="APPLYING",
    )  # fmt: skip
    event = RowsReady(run.pk, "CHILD", department, source.profile["trust"], [], [], {}, _quiet)
    arriving = _sorted_out(rows, source, event, full_list=full_list)
    _end(event, run)
    _store(arriving, source, run, as_of)
    event.arrived.extend((record, _area(values), values) for record, values in arriving)
    bus.publish(event)
    ImportRun.objects.filter(pk=run.pk).update(state="DONE", counts=event.counts)
    return event


def _quiet(percent: int, step: str) -> None:
    """Nobody watches."""


def _area(values: dict[str, Any]) -> str:
    return values.get("area_code") or values.get("hukou_code") or make.COUNTY


def _sorted_out(
    rows: list[dict[str, Any]], source: Source, event: RowsReady, *, full_list: bool
) -> list[tuple[UUID, dict[str, Any]]]:
    known = {
        bytes(key): (record, bytes(digest))
        for record, key, digest in Record.objects.filter(source=source, state="CURRENT")
        .values_list("id", "key_token", "payload_hash")
    }  # fmt: skip
    arriving, seen = [], set()
    for record, values in zip(new_ids(len(rows)), rows, strict=True):
        token = _token(values, source)
        seen.add(token)
        old = known.get(token)
        if old and old[1] == _digest(values):
            continue
        if old:
            event.superseded[record] = old[0]
        arriving.append((record, values))
    if full_list:
        event.withdrawn.extend(old for token, (old, _) in known.items() if token not in seen)
    return arriving


def _end(event: RowsReady, run: ImportRun) -> None:
    old = list(event.superseded.values())
    Record.objects.filter(pk__in=old).update(state="SUPERSEDED", ended_run=run)
    Record.objects.filter(pk__in=event.withdrawn).update(state="WITHDRAWN", ended_run=run)


def _token(values: dict[str, Any], source: Source) -> bytes:
    return crypto.blind(str(values["key"]), purpose=f"source/{source.code}")


def _text(values: dict[str, Any]) -> str:
    return json.dumps(values, sort_keys=True, ensure_ascii=False)


def _digest(values: dict[str, Any]) -> bytes:
    return hashlib.sha256(_text(values).encode()).digest()


def _store(
    arriving: list[tuple[UUID, dict[str, Any]]], source: Source, run: ImportRun, as_of: date
) -> None:
    now = timezone.now()
    copy_rows(
        Record,
        ("id", "source_id", "run_id", "key_token", "area_code", "version", "state", "sheet",
         "row_no", "as_of", "payload", "payload_hash", "remarks", "received_at"),
        (
            (
                record, source.pk, run.pk, _token(values, source), _area(values), 1, "CURRENT", "",
                number, values.get("updated_on", as_of),
                crypto.seal(_text(values), column="exchange_record.payload", row=record),
                _digest(values), "[]", now,
            )
            for number, (record, values) in enumerate(arriving, start=2)
        ),
    )  # fmt: skip


def roll_back(event: RowsReady) -> None:
    """Undo a delivery as the hub does."""
    removed = [record for record, _, _ in event.arrived]
    restored = [*event.superseded.values(), *event.withdrawn]
    Record.objects.filter(pk__in=removed).update(state="WITHDRAWN")
    Record.objects.filter(pk__in=restored).update(state="CURRENT", ended_run=None)
    bus.publish(RunRolledBack(event.run_id, "CHILD", removed, restored))


def a_child(**values: Any) -> Child:
    """A child known from one civil affairs row."""
    event = deliver([a_row(**values)])
    return child_of(event.arrived[0][0])


def child_of(record: UUID) -> Child:
    """The file a row stands in."""
    return Child.objects.get(links__in=Link.objects.filter(record=record).exclude(state="ENDED"))


def grouping() -> set[frozenset[str]]:
    """Which rows stand together, by record id."""
    groups: dict[UUID, set[str]] = {}
    for child, record in Link.objects.exclude(state="ENDED").values_list("child", "record"):
        groups.setdefault(child, set()).add(str(record))
    return {frozenset(group) for group in groups.values()}
