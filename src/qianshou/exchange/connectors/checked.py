"""A long delivery that was read and checked, on disk until it is compared.

Reading and checking take a tenth of an import. A worker that is killed as often as that takes would
never come to the first portion; its successor goes on from here.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from typing import Any, Final

from qianshou.areas.models import Area
from qianshou.exchange.connectors import files, parts
from qianshou.exchange.connectors.intake import Delivery
from qianshou.exchange.models import ImportRun
from qianshou.exchange.rules.profile import Profile
from qianshou.exchange.rules.rows import GoodRow

FORMAT: Final = 1
NAME: Final = "checked"
CHUNK: Final = 20_000


def keep(run: ImportRun, delivery: Delivery, profile: Profile, *, today: date) -> None:
    """Write a checked delivery down; its head comes last, so that half of it is nothing."""
    starts = range(0, len(delivery.good), CHUNK)
    for number, start in enumerate(starts):
        parts.write(run, f"{NAME}-{number}", delivery.good[start : start + CHUNK])
    head = {
        "as": _as(profile, today), "chunks": len(starts), "area_code": delivery.area_code,
        "bad": delivery.bad, "repeated": delivery.repeated, "notes": delivery.notes,
        "mended": [[*place, pk] for place, pk in delivery.mended.items()],
        "timings": delivery.timings, "columns": delivery.columns,
        "copy": delivery.copy.name if delivery.copy else None,
    }  # fmt: skip
    parts.write(run, NAME, head)


def found(run: ImportRun, profile: Profile, *, today: date) -> Delivery | None:
    """Return a delivery that was checked before, on this day and in this way; else None."""
    if not parts.path_of(run, NAME).is_file():
        return None
    with suppress(parts.DamagedError, KeyError, TypeError):
        head = parts.read(run, NAME)
        if head["as"] == _as(profile, today):
            return _delivery(run, head)
    drop(run)
    return None


def drop(run: ImportRun) -> None:
    """Delete what a comparison has taken the place of."""
    parts.drop(run, only=NAME)


def _delivery(run: ImportRun, head: dict[str, Any]) -> Delivery:
    return Delivery(
        head["area_code"], list(_rows(run, head["chunks"])), parts.bad_rows_of(head["bad"]),
        head["repeated"], {(sheet, row_no): pk for sheet, row_no, pk in head["mended"]},
        head["notes"], head["timings"], head["columns"],
        files.folder() / head["copy"] if head["copy"] else None,
    )  # fmt: skip


def _rows(run: ImportRun, chunks: int) -> Iterator[GoodRow]:
    for number in range(chunks):
        for sheet, row_no, area, as_of, payload, remarks in parts.read(run, f"{NAME}-{number}"):
            yield GoodRow(sheet, row_no, area, as_of, payload, parts.problems_of(remarks))


def _as(profile: Profile, today: date) -> list[Any]:
    """Return what the outcome of a check hangs on, besides the file."""
    return [FORMAT, parts.mark_of(profile), today.isoformat(), Area.objects.count()]
