"""Taking a received run through reading, checking, comparing and storing, to its end.

Nobody stands behind these acts but the worker, or the operator at the command line. A run's own
entry in the trail is written when it ends.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common import bus, rowsecurity
from qianshou.common.errors import NotFound, Refused
from qianshou.exchange.actions import queueing, receiving, sources, tracing
from qianshou.exchange.connectors import (
    checked,
    files,
    guarding,
    intake,
    parts,
    progress,
    staging,
    storing,
)
from qianshou.exchange.connectors.staging import Work
from qianshou.exchange.events import RowsComing, RowsReady
from qianshou.exchange.models import ImportRun
from qianshou.exchange.queries import contracts
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


def process_run(run_id: UUID, *, keep: bool = False) -> ImportRun:
    """Take a received run through reading, checking, comparing and storing; safe to repeat.

    Rows change in transactions of a portion each, so a run that was cut short starts again from
    its file, finds what it has stored, and ends the same. A second worker leaves the run alone.
    `keep` is for a worker: the connection that holds the run stays open for the next one.
    """
    with progress.held(run_id, keep=keep) as teller:
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
            with rowsecurity.acting(rowsecurity.SYSTEM):
                run.refresh_from_db(fields=["counts"])
                if not run.records.exists():
                    run.counts = {}
            _finish(run, State.FAILED, message=type(problem).__name__)
        raise


def _process(run: ImportRun, teller: progress.Teller) -> None:
    if not _may_begin(run):
        return
    with rowsecurity.acting(rowsecurity.SYSTEM):
        profile = contracts.profile_of(run.source)
        if run.mends_id is not None:
            profile = profiles.for_mending(profile)
        work = staging.resumed(run, profile)
    if work is not None:
        try:
            _store_portions(run, work, teller=teller)
        except parts.DamagedError:
            staging.drop(run)
        else:
            return
    if not _repeats(run):
        _read(run, profile, teller)


def _read(run: ImportRun, profile: profiles.Profile, teller: progress.Teller) -> None:
    """Read and check a run's file, and go on with what it holds."""
    teller.tell(State.READING, 2)
    today = timezone.localdate()
    try:
        known = checked.found(run, profile, today=today)
        delivery = known or intake.take_in(
            files.folder() / run.file_path, profile, name=run.file_name, area_code=run.area_code,
            today=today,
            told=lambda done, counts: teller.tell(State.CHECKING, 5 + done // 3, counts=counts),
        )  # fmt: skip
    except FileRefused as refusal:
        if profile.closed:
            (files.folder() / run.file_path).unlink(missing_ok=True)
        run.notes = [{"code": "REFUSED", "why": refusal.code, **refusal.params}]
        _finish(run, State.REFUSED, message=str(refusal))
        return
    except FileNotFoundError:
        run.notes = [{"code": "FILE_GONE"}]
        _finish(run, State.REFUSED)
        return
    if delivery.copy is not None and delivery.copy.name != run.file_path:
        run.file_path = delivery.copy.name
        with rowsecurity.acting(rowsecurity.SYSTEM):
            run.save(update_fields=["file_path"])
    rows = len(delivery.good)
    is_long = known is not None or rows > storing.portion_size(rows, settings.IMPORT_PORTION)
    if is_long and known is None:
        checked.keep(run, delivery, profile, today=today)
    _apply(run, delivery, profile=profile, teller=teller)
    if is_long:
        checked.drop(run)


def _may_begin(run: ImportRun) -> bool:
    """Tell whether a run's turn has come and its source may deliver; else say why not."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        blocker = queueing.blocker_of(run)
        if blocker is not None:
            queueing.note(run, blocker)
            return False
        try:
            contracts.require_agreement(run.source)
        except Refused:
            run.notes, run.approved_by = [{"code": "AGREEMENT_ENDED"}], None
            run.save(update_fields=["approved_by"])
            _finish(run, State.WAITING)
            return False
    return True


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
    """Compare with what is on file and store the difference, or wait for a person.

    A delivery of one portion is compared and stored in one transaction, a longer one in one for
    each portion: then a killed worker loses a portion's work, and live rows wait for no longer.
    """
    run.area_code = delivery.area_code
    run.timings = dict(delivery.timings)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        work = _compared(run, delivery, profile)
        if work is None:
            return
        teller.tell(State.APPLYING, 42, counts=run.counts)
        arriving = work.difference.arriving
        # By the whole of it, so that an attempt that begins from the file again cuts as before.
        size = storing.portion_size(work.whole, settings.IMPORT_PORTION)
        portions = storing.portions(arriving, size, of=work.whole)
        if len(portions) == 1:
            _store(run, work, portions[0], teller=teller)
            return
        staging.keep(run, work, portions)
    work.portions = portions
    _store_portions(run, work, teller=teller)


def _store_portions(run: ImportRun, work: Work, *, teller: progress.Teller) -> None:
    """Store portion after portion, each in a transaction of its own."""
    portions = iter(work.portions)
    if not work.done:
        first = _first_rows(portions)
        _announce(work, first)
        portions = chain(first, portions)
    for portion in portions:
        with rowsecurity.acting(rowsecurity.SYSTEM):
            _store(run, work, portion, teller=teller)
    staging.drop(run)


def _first_rows(portions: Iterator[list[storing.Arriving]]) -> list[list[storing.Arriving]]:
    """Return the first portions that hold as many rows as one may hold at most."""
    found: list[list[storing.Arriving]] = []
    while sum(map(len, found)) < settings.IMPORT_PORTION:
        portion = next(portions, None)
        if portion is None:
            break
        found.append(portion)
    return found


def _announce(work: Work, portions: list[list[storing.Arriving]]) -> None:
    """Show the first rows to whoever learns from rows, before any is stored."""
    rows = [each.row.payload for portion in portions for each in portion]
    with rowsecurity.acting(rowsecurity.SYSTEM):
        bus.publish(RowsComing(work.profile.target, work.profile.department, rows))


def _compared(run: ImportRun, delivery: intake.Delivery, profile: profiles.Profile) -> Work | None:
    """Find what a delivery would change; None if a person has to look at that first."""
    begun = time.perf_counter()
    difference = storing.compare(run, delivery, profile, today=timezone.localdate())
    guarding.weigh(difference, profile)
    storing.timed(run.timings, "compare", begun)
    bad = [*delivery.bad, *difference.outdated]
    fresh = {
        "read": delivery.read, "bad": len(bad), "repeated": delivery.repeated,
        **difference.counts, **intake.by_rule(bad),
    }  # fmt: skip
    # What earlier attempts made of the rows that they stored is counted on.
    run.counts = {**(run.counts if difference.done else {}), **fresh}
    unusual = difference.over_limits(profile, read=delivery.read, bad=len(bad))
    is_list = profile.delivery == "full"
    run.notes = [
        *delivery.notes, *unusual, *tracing.notes_on(delivery, difference, full=is_list),
    ]  # fmt: skip
    if unusual and run.approved_by_id is None and not difference.done:
        tracing.show(run, difference, profile)
        _finish(run, State.WAITING)
        return None
    return Work(
        delivery, difference, bad, profile, (), shape=tracing.shape_of(run, delivery, profile),
        done=difference.done, whole=difference.done + len(difference.arriving),
    )  # fmt: skip


def _store(
    run: ImportRun, work: Work, portion: list[storing.Arriving], *, teller: progress.Teller
) -> None:
    """Store one portion with everything that follows from it; the last one ends the run."""
    begun = time.perf_counter()
    last = work.done + len(portion) == work.whole
    if last:
        work.complete()
    withdrawn = work.difference.withdrawn if last else []
    storing.end_versions(run, portion, withdrawn)
    stored, superseded = storing.store(run, portion, now=timezone.now())
    if last:
        storing.quarantine(run, work.bad, work.delivery.area_code)
        run.counts["mended"] = storing.close_mended(run, work.delivery, work.difference)
        tracing.keep(run, work.difference, work.shape, profile=work.profile)
    _add(run.timings, {"store": round(time.perf_counter() - begun, 3)})
    first, share = _span(work, len(portion))
    teller.tell(State.LINKING, first)
    ready = RowsReady(
        run_id=run.pk, target=work.profile.target, department=work.profile.department,
        trust=dict(work.profile.trust), arrived=stored, withdrawn=withdrawn,
        superseded=superseded, whole=work.whole, earlier=work.done,
        progress=lambda percent, words: teller.step(first + percent * share // 100, words),
    )  # fmt: skip
    bus.publish(ready)
    _add(run.counts, ready.counts)
    _add(run.timings, ready.timings)
    work.done += len(portion)
    if last:
        _finish(run, State.DONE)
    else:
        run.save(update_fields=["counts", "timings", "notes", "area_code"])


def _span(work: Work, rows: int) -> tuple[int, int]:
    """Return where a portion begins in the run's percentage, and how far it takes it."""
    whole = max(work.whole, 1)
    return 50 + 48 * work.done // whole, 48 * max(rows, 1) // whole or 1


def _add(figures: dict[str, Any], more: Mapping[str, float]) -> None:
    for name, number in more.items():
        figures[name] = round(figures.get(name, 0) + number, 3)


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
        if state not in queueing.HELD:
            queueing.start_next(run)


def resume_runs(*, older_than: timedelta = timedelta(minutes=2)) -> list[UUID]:
    """Return the open runs that no worker holds: their worker died, so they start again."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        waiting = list(
            ImportRun.objects.filter(
                state__in=ImportRun.OPEN_STATES, created_at__lt=timezone.now() - older_than
            ).values_list("pk", flat=True)
        )
    return [run_id for run_id in waiting if not progress.is_held(run_id)]
