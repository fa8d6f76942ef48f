"""Taking a received run through reading, checking, comparing and storing, to its end.

Nobody stands behind these acts but the worker, or the operator at the command line. A run's own
entry in the trail is written when it ends.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common import bus, rowsecurity
from qianshou.common.errors import NotFound
from qianshou.exchange.actions import receiving, sources
from qianshou.exchange.connectors import files, intake, progress, storing
from qianshou.exchange.events import RowsReady
from qianshou.exchange.models import ImportRun
from qianshou.exchange.rules import profile as profiles
from qianshou.exchange.rules.problems import FileRefused

State = ImportRun.State


def import_file(
    profile: str, file: Path, *, area_code: str | None = None, by: User | None = None
) -> ImportRun:
    """Take one file through the hub at once: by a source's code, or by a TOML profile.

    A profile of an unknown code makes a new source, a changed one a new version. Returns the
    finished run; it may wait for a person, or be refused with the reason in `message`.
    """
    with rowsecurity.acting(rowsecurity.SYSTEM):
        source = sources.source_named(profile, by)
        with file.open("rb") as handle:
            run = receiving.receive_file(
                source, by=by, file=handle, name=file.name, area_code=area_code or source.area_code
            )
    return process_run(run.pk)


def process_run(run_id: UUID) -> ImportRun:
    """Take a received run through reading, checking, comparing and storing; safe to repeat.

    Everything that changes rows is one transaction, so a run that was cut short starts again
    from its file and ends the same. A second worker leaves the run alone.
    """
    with progress.held(run_id) as teller:
        run = _run(run_id)
        if teller is None or not (run.is_open or run.state == State.FAILED):
            return run
        with _failure_noted(run):
            _process(run, teller)
    return run


def _run(run_id: UUID) -> ImportRun:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        run = ImportRun.objects.select_related("source").filter(pk=run_id).first()
    if run is None:
        raise NotFound
    return run


@contextmanager
def _failure_noted(run: ImportRun) -> Iterator[None]:
    """Leave a run that met an error of ours as failed, so that a person sees it and may retry."""
    try:
        yield
    except Exception as problem:
        if not transaction.get_connection().needs_rollback:
            run.counts = {}
            _finish(run, State.FAILED, message=type(problem).__name__)
        raise


def _process(run: ImportRun, teller: progress.Teller) -> None:
    profile = profiles.parse(run.source.profile, run.source.code)
    if run.mends_id is not None:
        profile = profiles.for_mending(profile)
    if _repeats(run):
        return
    teller.tell(State.READING, 2)
    today = timezone.localdate()
    try:
        delivery = intake.take_in(
            files.folder() / run.file_path, profile, name=run.file_name, area_code=run.area_code,
            today=today,
            told=lambda done, counts: teller.tell(State.CHECKING, 5 + done // 3, counts=counts),
        )  # fmt: skip
    except FileRefused as refusal:
        run.notes = [{"code": "REFUSED", "why": refusal.code, **refusal.params}]
        _finish(run, State.REFUSED, message=str(refusal))
        return
    except FileNotFoundError:
        _finish(run, State.REFUSED, message="The file is no longer kept; send it again.")
        return
    _apply(run, delivery, profile=profile, teller=teller)


def _repeats(run: ImportRun) -> bool:
    """End a run at once whose very file was taken in before; nothing has to change."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        earlier = ImportRun.objects.filter(
            source=run.source_id, source_version=run.source_version, sha256=run.sha256,
            state=State.DONE, repeats=None,
        ).exclude(pk=run.pk).first()  # fmt: skip
    if earlier is None:
        return False
    read = int(earlier.counts.get("read", 0))
    run.repeats = earlier
    run.counts = {"read": read, "same": read, "new": 0, "changed": 0, "removed": 0, "bad": 0}
    run.notes = [{"code": "REPEATS", "run": str(earlier.pk)}]
    _finish(run, State.DONE)
    return True


def _apply(
    run: ImportRun,
    delivery: intake.Delivery,
    *,
    profile: profiles.Profile,
    teller: progress.Teller,
) -> None:
    """Compare with what is on file and store the difference, or wait for a person."""
    run.area_code = delivery.area_code
    run.timings = dict(delivery.timings)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        begun = time.perf_counter()
        difference = storing.compare(run, delivery, profile, today=timezone.localdate())
        storing.timed(run.timings, "compare", begun)
        bad = [*delivery.bad, *difference.outdated]
        run.counts = {
            "read": delivery.read, "bad": len(bad), "repeated": delivery.repeated,
            **difference.counts, **intake.by_rule(bad),
        }  # fmt: skip
        unusual = difference.over_limits(profile, read=delivery.read, bad=len(bad))
        run.notes = [*delivery.notes, *unusual]
        if unusual and run.approved_by_id is None:
            _finish(run, State.WAITING)
            return
        teller.tell(State.APPLYING, 42, counts=run.counts)
        _store(run, delivery, difference, bad=bad, profile=profile, teller=teller)
        _finish(run, State.DONE)


def _store(
    run: ImportRun,
    delivery: intake.Delivery,
    difference: storing.Difference,
    *,
    bad: list[Any],
    profile: profiles.Profile,
    teller: progress.Teller,
) -> None:
    begun = time.perf_counter()
    storing.end_versions(run, difference)
    stored, superseded = storing.store(run, difference.arriving, now=timezone.now())
    storing.quarantine(run, bad, delivery.area_code)
    run.counts["mended"] = storing.close_mended(run, delivery, difference)
    storing.timed(run.timings, "store", begun)
    teller.tell(State.LINKING, 50)
    ready = RowsReady(
        run_id=run.pk, target=profile.target, department=profile.department,
        trust=dict(profile.trust), arrived=stored, withdrawn=difference.withdrawn,
        superseded=superseded,
        progress=lambda percent, words: teller.step(50 + percent * 48 // 100, words),
    )  # fmt: skip
    bus.publish(ready)
    run.counts.update(ready.counts)
    run.timings.update(ready.timings)


def _finish(run: ImportRun, state: str, *, message: str = "") -> None:
    """Write a run's end and its entry in the trail."""
    run.state, run.message = state, message
    run.progress = 100 if state == State.DONE else run.progress
    run.finished_at = None if state == State.WAITING else timezone.now()
    with rowsecurity.acting(rowsecurity.SYSTEM):
        run.save(
            update_fields=[
                "state", "message", "progress", "finished_at", "counts", "timings", "notes",
                "repeats", "area_code",
            ]
        )  # fmt: skip
        audit.record(
            f"exchange.run.{state.lower()}", by=None, subject_kind="import_run", subject_id=run.pk,
            area_code=run.area_code, counts=run.counts,
        )  # fmt: skip


def resume_runs(*, older_than: timedelta = timedelta(minutes=2)) -> list[UUID]:
    """Return the open runs that no worker holds: their worker died, so they start again."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        waiting = list(
            ImportRun.objects.filter(
                state__in=ImportRun.OPEN_STATES, created_at__lt=timezone.now() - older_than
            ).values_list("pk", flat=True)
        )
    return [run_id for run_id in waiting if not progress.is_held(run_id)]
