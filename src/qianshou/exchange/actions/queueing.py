"""Keeping the order of a source that sends changes: what comes later waits for what came before.

A list of changes only means something after the one before it. While a delivery waits for a
person, those that follow are taken in and queue behind it; none is turned away.
"""

from typing import Final

from django.db.models import Q, QuerySet

from qianshou.areas import rules as area_rules
from qianshou.exchange.actions import receiving
from qianshou.exchange.models import ImportRun
from qianshou.exchange.rules import fetch as rules

State = ImportRun.State
IN_ORDER: Final = (rules.PUSH, rules.REST, rules.VIEW)
# What only a person can settle.
HELD: Final = (State.WAITING, State.FAILED)


def blocker_of(run: ImportRun) -> ImportRun | None:
    """Return the first unsettled delivery that a run has to wait for."""
    profile = run.source.profile
    if profile.get("fetch", {}).get("kind") not in IN_ORDER or run.mends_id is not None:
        return None
    if profile.get("delivery", "changes") != "changes":
        return None
    return _before(run).order_by("created_at", "pk").first()


def _before(run: ImportRun) -> QuerySet[ImportRun]:
    low, high = area_rules.subtree(run.area_code)
    around = _ancestors(run.area_code)
    unsettled = (*HELD, *ImportRun.OPEN_STATES)
    return ImportRun.objects.filter(
        Q(area_code__range=(low, high)) | Q(area_code__in=around),
        source=run.source_id, state__in=unsettled, mends=None, created_at__lt=run.created_at,
    )  # fmt: skip


def _ancestors(code: str) -> list[str]:
    return [code[:length].ljust(12, "0") for length in (2, 4, 6, 9, 12)]


def note(run: ImportRun, blocker: ImportRun) -> None:
    """Tell at a run what it waits for."""
    run.notes = [{"code": "QUEUED", "value": blocker.file_name, "run": str(blocker.pk)}]
    run.save(update_fields=["notes"])


def start_next(run: ImportRun) -> None:
    """Start the first delivery of the source that queued behind a settled one.

    What overlaps one that queues before it has to wait for that one in any case.
    """
    before: list[tuple[str, str]] = []
    waiting = ImportRun.objects.filter(
        source=run.source_id, state=State.RECEIVED, notes__contains=[{"code": "QUEUED"}]
    ).select_related("source").order_by("created_at", "pk")  # fmt: skip
    for each in waiting:
        low, high = area_rules.subtree(each.area_code)
        if any(low <= other_high and other_low <= high for other_low, other_high in before):
            continue
        if each.mends_id is None:
            before.append((low, high))
        if blocker_of(each) is None:
            receiving.start(each)
