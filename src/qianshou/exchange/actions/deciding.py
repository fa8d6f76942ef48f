"""What a person decides about a run: let it through, turn it away, start it anew."""

import json
from typing import Any

from django.db import transaction
from django.utils import timezone

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.audit import actions as audit
from qianshou.common import rowsecurity
from qianshou.common.errors import Refused
from qianshou.exchange import permissions
from qianshou.exchange.actions import queueing, receiving, tracing, undoing
from qianshou.exchange.connectors import staging
from qianshou.exchange.models import ImportRun, RunTrace

State = ImportRun.State


class NotWaiting(Refused):
    """The run is not waiting for anybody."""


class OwnDelivery(Refused):
    """Whoever delivered a list does not let it through herself; a colleague decides."""


class Overtaken(Refused):
    """A newer list of this source has been taken in since. Turn this one away."""


@transaction.atomic
def approve_run(run: ImportRun, *, by: User) -> ImportRun:
    """Let a waiting delivery through; the job then starts again and stores it."""
    run = _waiting(run, by)
    if permissions.is_own(by, run):
        raise OwnDelivery
    if _is_overtaken(run):
        raise Overtaken
    run.approved_by, run.state = by, State.RECEIVED
    run.save(update_fields=["approved_by", "state"])
    tracing.forget_examples(run)
    alone: dict[str, Any] = {"exception": "one-person office", "colleagues": 0}
    _recorded("approved", run, by, **(alone if run.by_id == by.pk else {}))
    receiving.start(run)
    return run


def _is_overtaken(run: ImportRun) -> bool:
    """Tell whether a newer whole list of the same area has been stored while this one waited."""
    if run.source.profile.get("delivery") != "full" or run.mends_id is not None:
        return False
    return ImportRun.objects.filter(
        source=run.source_id, area_code=run.area_code, state=State.DONE, mends=None, repeats=None,
        created_at__gt=run.created_at,
    ).exists()  # fmt: skip


@transaction.atomic
def refuse_run(run: ImportRun, *, by: User, reason: str = "") -> ImportRun:
    """Turn a waiting delivery away, or one that failed; nothing of it is kept but the trail.

    Portions that one had stored before it failed are undone.
    """
    run = _waiting(run, by, states=queueing.HELD)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        if run.state == State.FAILED and run.records.exists():
            undoing.roll_back_run(run, by=by, reason=reason)
    run.state, run.finished_at = State.REFUSED, timezone.now()
    run.notes = [*run.notes, {"code": "TURNED_AWAY", "reason": reason[:200]}]
    run.save(update_fields=["state", "finished_at", "notes"])
    tracing.forget_examples(run)
    staging.drop(run)
    _recorded("turned_away", run, by, reason=reason)
    with rowsecurity.acting(rowsecurity.SYSTEM):
        queueing.start_next(run)
    return run


def _waiting(run: ImportRun, by: User, *, states: tuple[str, ...] = (State.WAITING,)) -> ImportRun:
    powers.require(by, Power.APPROVE_IMPORTS, run.area_code)
    rows = ImportRun.objects.select_for_update(of=("self",)).select_related("source")
    locked = rows.get(pk=run.pk)
    if locked.state not in states:
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
def read_examples(run: ImportRun, *, by: User) -> list[dict[str, Any]]:
    """Return a few rows that a waiting delivery would change; the reading goes into the trail."""
    powers.require(by, Power.APPROVE_IMPORTS, run.area_code)
    found = RunTrace.objects.filter(run=run).first()
    _recorded("examples_read", run, by)
    text = found.examples.open() if found else ""
    shown: list[dict[str, Any]] = json.loads(text or "[]")
    return shown
