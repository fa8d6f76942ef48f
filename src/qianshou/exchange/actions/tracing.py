"""What a delivery leaves besides its rows: what it looked like, and where it drifts."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.audit import actions as audit
from qianshou.common import rowsecurity
from qianshou.exchange.connectors import guarding, storing
from qianshou.exchange.connectors.intake import Delivery
from qianshou.exchange.models import Drift, ImportRun, RunTrace, Source
from qianshou.exchange.queries import contracts
from qianshou.exchange.rules import drift as rules
from qianshou.exchange.rules.profile import BadProfile, Profile

State = ImportRun.State
TELLING: Final = 0.2
MOST_COLUMNS: Final = 300


def notes_on(
    delivery: Delivery, difference: storing.Difference, *, full: bool
) -> list[dict[str, Any]]:
    """Return what else a person should know of a delivery, so that she knows what to ask."""
    read = delivery.read
    kept_out = {
        code: sum(any(p.rule == rule for p in row.problems[: row.refusing])
                  for row in delivery.bad)
        for code, rule in (("OTHER_AREA", "AREA_OTHER_COUNTY"), ("OTHER_CENTURY", "BIRTH_CENTURY"))
    }  # fmt: skip
    counts = {
        **kept_out, "CLOCK_BACK": len(difference.outdated), "DATE_ONLY": difference.date_only,
    }  # fmt: skip
    notes: list[dict[str, Any]] = [
        {"code": code, "value": count}
        for code, count in counts.items()
        if count > storing.SMALL and count >= TELLING * read
    ]
    if full and read > storing.SMALL and difference.same == read and not difference.withdrawn:
        notes.append({"code": "NOTHING_NEW"})
    return notes


def note_columns(run: ImportRun, names: Iterable[str]) -> None:
    """Note the columns that a department offered, also those that no field is mapped to."""
    shape = {"columns": list(dict.fromkeys(names))[:MOST_COLUMNS]}
    RunTrace.objects.create(run=run, area_code=run.area_code, shape=shape)


def shape_of(run: ImportRun, delivery: Delivery, profile: Profile) -> dict[str, Any]:
    """Return what a delivery looks like; rows that mend others are none of its own."""
    if run.mends_id is not None:
        return {}
    rows = [row.payload for row in delivery.good]
    offered = RunTrace.objects.filter(run=run).values_list("shape", flat=True).first() or {}
    columns = [*offered.get("columns", ()), *delivery.columns]
    return rules.shape_of(rows, profile, columns=columns, read=delivery.read)


def keep(run: ImportRun, difference: storing.Difference, shape: dict[str, Any], *,
         profile: Profile) -> None:  # fmt: skip
    """Keep what a stored delivery looked like, and tell where it drifts from those before."""
    is_list = profile.delivery == "full" and run.mends_id is None
    same = b"" if is_list else storing.packed_keys(difference.unchanged)
    if shape:
        _tell(run, rules.findings(shape, _earlier(run), profile))
        _settle(run, shape, profile)
    RunTrace.objects.update_or_create(
        run=run,
        defaults={
            "area_code": run.area_code, "same_keys": same, "shape": shape, "examples": "",
        },
    )  # fmt: skip


def _earlier(run: ImportRun) -> list[dict[str, Any]]:
    """Return the shapes of the deliveries before, of the same source and area, newest first."""
    traces = RunTrace.objects.filter(
        run__source=run.source_id, area_code=run.area_code, run__state=State.DONE
    ).exclude(run=run).filter(shape__has_key="good")  # fmt: skip
    newest = traces.order_by("-run__created_at").values_list("shape", flat=True)
    return list(newest[: rules.EARLIER])


def _tell(run: ImportRun, found: list[rules.Finding]) -> None:
    for each in found:
        Drift.objects.update_or_create(
            source=run.source, area_code=run.area_code, kind=each.kind, column=each.column,
            closed_at=None, defaults={"run": run, "details": each.details},
        )  # fmt: skip


def _settle(run: ImportRun, shape: dict[str, Any], profile: Profile) -> None:
    """Close what no longer holds: the source speaks again, or a column has come back."""
    mine = Drift.objects.open().filter(source=run.source, area_code=run.area_code)
    if not mine.exists():
        return
    mine.filter(kind=Drift.Kind.SILENT).update(closed_at=timezone.now())
    mine.filter(kind=Drift.Kind.LOST_COLUMN, column__in=shape["columns"]).update(
        closed_at=timezone.now()
    )
    mine.filter(kind=Drift.Kind.NEW_COLUMN, column__in=list(profile.headers)).update(
        closed_at=timezone.now()
    )


def show(run: ImportRun, difference: storing.Difference, profile: Profile) -> None:
    """Keep a few sealed examples of what a waiting delivery would change."""
    RunTrace.objects.update_or_create(
        run=run,
        defaults={
            "area_code": run.area_code, "examples": guarding.examples(difference, profile),
        },
    )  # fmt: skip


def forget_examples(run: ImportRun) -> None:
    """Drop the examples of a delivery that has been decided."""
    RunTrace.objects.filter(run=run).update(examples=b"")


def look_for_silence(now: datetime | None = None) -> int:
    """Tell which active sources have been silent for too long; returns how many are new."""
    moment = now or timezone.now()
    count = 0
    with rowsecurity.acting(rowsecurity.SYSTEM):
        for source in Source.objects.filter(is_active=True):
            count += _silence_of(source, moment)
    return count


def _silence_of(source: Source, moment: datetime) -> int:
    try:
        limit = rules.silent_hours(contracts.profile_of(source))
    except BadProfile:
        return 0
    last = source.runs.filter(state=State.DONE).order_by("-created_at").first()
    since = last.created_at if last else source.updated_at
    if not limit or moment - since <= timedelta(hours=limit):
        return 0
    hours = int((moment - since).total_seconds() // 3600)
    _drift, fresh = Drift.objects.update_or_create(
        source=source, area_code=last.area_code if last else source.area_code,
        kind=Drift.Kind.SILENT, column="", closed_at=None,
        defaults={"details": {"hours": hours, "limit": limit}},
    )  # fmt: skip
    return int(fresh)


@transaction.atomic
def close_drift(drift: Drift, *, by: User, reason: str = "") -> Drift:
    """Note that a person has looked at a finding and what she made of it."""
    powers.require(by, Power.EDIT_SOURCES, drift.area_code)
    drift = Drift.objects.select_for_update().get(pk=drift.pk)
    if drift.closed_at is None:
        drift.closed_at, drift.closed_by = timezone.now(), by
        drift.save(update_fields=["closed_at", "closed_by"])
        audit.record(
            "exchange.drift.closed", by=by, subject_kind="source", subject_id=drift.source_id,
            area_code=drift.area_code, reason=reason, kind=drift.kind, column=drift.column,
        )  # fmt: skip
    return drift
