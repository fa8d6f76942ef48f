"""Taking data out: asked with a reason, allowed by a second person, sealed, marked, forgotten."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.audit import actions as audit
from qianshou.common import rowsecurity
from qianshou.common.errors import NotAllowed, NotFound, Refused
from qianshou.outbound import permissions
from qianshou.outbound.connectors import parquet
from qianshou.outbound.models import Export
from qianshou.outbound.queries import datasets
from qianshou.outbound.rules.datasets import columns_of

# Up to this many masked rows need no second person.
FREE_ROWS: Final = 200
KEPT: Final = timedelta(hours=24)


class NothingThere(Refused):
    """There is no row that you may take."""


class ReasonMissing(Refused):
    """Say in at least four characters what the data is needed for."""


class AlreadyDecided(Refused):
    """This export has been decided already."""


class OwnExport(Refused):
    """A second person decides, never the one who asked."""


class NotThere(Refused):
    """The file is not ready, or its time is over; ask for it again."""


@transaction.atomic
def ask(
    *, by: User, dataset: str, area_code: str, reason: str, named: bool = False, party: str = ""
) -> Export:
    """Ask for an export. It is made at once if it is small and masked; else it waits.

    With a `party` outside it holds only children whose guardians agree to sharing with it.
    """
    party = party.strip()[:120]
    permissions.require_export(by, dataset, area_code, named=named)
    if len(reason.strip()) < 4:
        raise ReasonMissing
    rows = datasets.count_for(dataset, area_code, party=party)
    if not rows:
        raise NothingThere
    free = rows <= FREE_ROWS and not named
    export = Export.objects.create(
        dataset=dataset, named=named, area_code=area_code, reason=reason.strip()[:200], rows=rows,
        party=party, asked_by=by, state=Export.State.MAKING if free else Export.State.ASKED,
    )  # fmt: skip
    _record("asked", export, by, reason=export.reason, party=party)
    if free:
        _start(export)
    return export


@transaction.atomic
def decide(export: Export, *, by: User, allowed: bool) -> Export:
    """Allow or refuse an export, as somebody other than the asker."""
    export = Export.objects.select_for_update().get(pk=export.pk)
    if export.state != Export.State.ASKED:
        raise AlreadyDecided
    if export.asked_by_id == by.pk:
        raise OwnExport
    if not permissions.can_decide(by, export):
        raise NotAllowed
    export.state = Export.State.MAKING if allowed else Export.State.REFUSED
    export.decided_by, export.decided_at = by, timezone.now()
    export.save(update_fields=["state", "decided_by", "decided_at"])
    _record("allowed" if allowed else "refused", export, by)
    if allowed:
        _start(export)
    return export


def _start(export: Export) -> None:
    jobs.configure_task("outbound.make_export", lock=f"export-{export.pk}").defer(
        export_id=str(export.pk)
    )


def make(export_id: UUID) -> None:
    """Write the file with the eyes of its asker as they are now; a second call does nothing."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        export = Export.objects.select_related("asked_by").get(pk=export_id)
    if export.state != Export.State.MAKING:
        return
    asker = export.asked_by
    if not permissions.can_export(asker, export.dataset, export.area_code, named=export.named):
        _finish(export, Export.State.FAILED)
        return
    now = timezone.now()
    with rowsecurity.acting(powers.scope_of(asker)):
        written = parquet.write(
            export.pk,
            columns_of(export.dataset, named=export.named),
            datasets.rows_for(
                asker, export.dataset, area_code=export.area_code, today=timezone.localdate(),
                party=export.party,
            ),
            marks={
                "export": str(export.pk), "taken_by": str(asker.pk), "taken_at": now.isoformat(),
                "area_code": export.area_code, "reason": export.reason, "party": export.party,
            },
        )  # fmt: skip
    export.rows, export.size, export.sha256 = written
    export.expires_at = now + KEPT
    _finish(export, Export.State.READY)


def _finish(export: Export, state: Export.State) -> None:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        export.state = state
        export.save(update_fields=["state", "rows", "size", "sha256", "expires_at"])
        _record(state.lower(), export, None, rows=export.rows, sha256=export.sha256)


@transaction.atomic
def open_file(export: Export, *, by: User) -> bytes:
    """Return the file to the person who asked for it; each opening stands in the trail."""
    export = Export.objects.select_for_update().get(pk=export.pk)
    if export.asked_by_id != by.pk:
        raise NotFound
    permissions.require_export(by, export.dataset, export.area_code, named=export.named)
    over = export.expires_at is None or export.expires_at <= timezone.now()
    body = parquet.read(export.pk) if export.state == Export.State.READY and not over else None
    if body is None:
        raise NotThere
    export.opened += 1
    export.save(update_fields=["opened"])
    _record("opened", export, by, rows=export.rows)
    return body


def forget() -> int:
    """Delete the files whose time is over; the register keeps its line."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        over = Export.objects.filter(state=Export.State.READY, expires_at__lte=timezone.now())
        ids = list(over.values_list("pk", flat=True))
        for each in ids:
            parquet.delete(each)
        return Export.objects.filter(pk__in=ids).update(state=Export.State.GONE)


def _record(what: str, export: Export, by: User | None, **details: Any) -> None:
    reason = str(details.pop("reason", ""))
    audit.record(
        f"outbound.export.{what}", by=by, subject_kind="export", subject_id=export.pk,
        area_code=export.area_code, reason=reason, dataset=export.dataset, named=export.named,
        **details,
    )  # fmt: skip
