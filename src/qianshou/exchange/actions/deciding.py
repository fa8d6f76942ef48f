"""What a person decides about a run: let it through, turn it away, start it anew, undo it."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.audit import actions as audit
from qianshou.common import bus, rowsecurity
from qianshou.common.errors import Refused
from qianshou.exchange.actions import receiving
from qianshou.exchange.events import RunRolledBack
from qianshou.exchange.models import ImportRun, QuarantinedRow, Record

State = ImportRun.State


class NotWaiting(Refused):
    """The run is not waiting for anybody."""


class CannotBeUndone(Refused):
    """Later deliveries build on this run; roll them back first."""


class NothingToUndo(Refused):
    """Only a run that has changed something can be rolled back."""


@transaction.atomic
def approve_run(run: ImportRun, *, by: User) -> ImportRun:
    """Let a waiting delivery through; the job then starts again and stores it."""
    run = _waiting(run, by)
    run.approved_by, run.state = by, State.RECEIVED
    run.save(update_fields=["approved_by", "state"])
    _recorded("approved", run, by)
    receiving.start(run)
    return run


@transaction.atomic
def refuse_run(run: ImportRun, *, by: User, reason: str = "") -> ImportRun:
    """Turn a waiting delivery away; nothing of it is kept but the trail."""
    run = _waiting(run, by)
    run.state, run.finished_at = State.REFUSED, timezone.now()
    run.notes = [*run.notes, {"code": "TURNED_AWAY", "reason": reason[:200]}]
    run.save(update_fields=["state", "finished_at", "notes"])
    _recorded("turned_away", run, by, reason=reason)
    return run


def _waiting(run: ImportRun, by: User) -> ImportRun:
    powers.require(by, Power.APPROVE_IMPORTS, run.area_code)
    locked = ImportRun.objects.select_for_update().get(pk=run.pk)
    if locked.state != State.WAITING:
        raise NotWaiting
    return locked


@transaction.atomic
def try_again(run: ImportRun, *, by: User) -> ImportRun:
    """Start a failed run anew."""
    powers.require(by, Power.RUN_IMPORTS, run.area_code)
    locked = ImportRun.objects.select_for_update().get(pk=run.pk)
    if locked.state != State.FAILED:
        raise NotWaiting
    locked.state = State.RECEIVED
    locked.save(update_fields=["state"])
    _recorded("tried_again", locked, by)
    receiving.start(locked)
    return locked


def _recorded(act: str, run: ImportRun, by: User | None, *, reason: str = "", **more: Any) -> None:
    audit.record(
        f"exchange.run.{act}", by=by, subject_kind="import_run", subject_id=run.pk,
        area_code=run.area_code, reason=reason, **more,
    )  # fmt: skip


@transaction.atomic
def roll_back_run(run: ImportRun, *, by: User | None, reason: str = "") -> ImportRun:
    """Undo a whole run: its rows go, the versions before them come back, files follow."""
    if by is not None:
        powers.require(by, Power.APPROVE_IMPORTS, run.area_code)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        run = ImportRun.objects.select_for_update().get(pk=run.pk)
        if run.state != State.DONE or run.repeats_id is not None:
            raise NothingToUndo
        ended = Record.objects.filter(ended_run=run).exclude(run=run)
        removed = _take_back(run, ended)
        restored = list(ended.values_list("pk", flat=True))
        ended.update(state=Record.State.CURRENT, ended_run=None)
        run.bad_rows.filter(state=QuarantinedRow.State.OPEN).update(
            state=QuarantinedRow.State.DISMISSED, closed_by=by
        )
        run.mended_rows.update(state=QuarantinedRow.State.OPEN, closed_by_run=None)
        bus.publish(RunRolledBack(run.pk, run.source.target, removed, restored))
        run.state, run.finished_at = State.ROLLED_BACK, timezone.now()
        run.save(update_fields=["state", "finished_at"])
        _recorded(
            "rolled_back", run, by, reason=reason, removed=len(removed), restored=len(restored)
        )
    return run


def _take_back(run: ImportRun, ended: QuerySet[Record]) -> list[UUID]:
    """End the rows of a run, unless a later delivery already stands on one of them."""
    mine = Record.objects.filter(run=run)
    again = Record.objects.current().filter(
        source=run.source_id, key_token__in=ended.values("key_token")
    )
    if mine.exclude(state=Record.State.CURRENT).exists() or again.exclude(run=run).exists():
        raise CannotBeUndone
    removed = list(mine.values_list("pk", flat=True))
    mine.update(state=Record.State.WITHDRAWN, ended_run=run)
    return removed
