"""Writing news about children, telling open pages that something changed, noting a visit."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.audit import actions as audit
from qianshou.common import bus
from qianshou.common.copying import copy_rows
from qianshou.common.errors import Refused
from qianshou.common.identity import new_ids
from qianshou.registry.actions import storing
from qianshou.registry.events import ChildrenInNews
from qianshou.registry.models import Notice
from qianshou.registry.rules import news

# child, area, kind, fields
News = tuple[UUID, str, str, Sequence[str]]
_DUE: Final = """
SELECT child_id, kind FROM registry_notice WHERE child_id = ANY(%s) AND visit = 'DUE'
"""
# A visit that is due follows the child to where it lives now.
_FOLLOW: Final = """
UPDATE registry_notice n SET area_code = c.area_code FROM registry_child c
WHERE c.id = n.child_id AND n.child_id = ANY(%s) AND n.visit = 'DUE'
"""
# In the order of the codes, so that two deliveries never wait for each other.
_PULSE: Final = """
INSERT INTO registry_pulse (area_code, at)
SELECT DISTINCT area_code, %s::timestamptz FROM registry_child WHERE id = ANY(%s)
ORDER BY area_code
ON CONFLICT (area_code) DO UPDATE SET at = greatest(registry_pulse.at, excluded.at)
"""


class NoVisitDue(Refused):
    """Somebody has noted this visit already."""


def tell(found: Iterable[News], *, run_id: UUID | None, now: datetime) -> None:
    """Write news, and announce it to the rooms above; a visit that is due is not asked twice."""
    given = list(found)
    if not given:
        return
    due = set(storing.fetch(_DUE, [list({child for child, *_ in given})]))
    rows: list[tuple[Any, ...]] = []
    for pk, (child, area_code, kind, fields) in zip(new_ids(len(given)), given, strict=True):
        asks = news.VISIT in news.CALLS[kind] and (child, kind) not in due
        due.add((child, kind))
        visit = Notice.Visit.DUE if asks else Notice.Visit.NONE
        rows.append((pk, child, area_code, kind, _json(fields), now, run_id, visit.value, b""))
    copy_rows(
        Notice,
        ("id", "child_id", "area_code", "kind", "fields", "at", "run_id", "visit", "said"),
        rows,
    )
    moved = [child for child, _, kind, _ in given if kind == news.MOVED]
    if moved:
        storing.run(_FOLLOW, [moved])
    bus.publish(ChildrenInNews(tuple((child, kind) for child, _, kind, _ in given), run_id))


def _json(fields: Sequence[str]) -> str:
    return "[" + ",".join(f'"{name}"' for name in fields) + "]"


def beat(children: Iterable[UUID], now: datetime) -> None:
    """Let the open pages of these children's villages know that something changed."""
    ids = list(children)
    if ids:
        storing.run(_PULSE, [now, ids])


@transaction.atomic
def note_visit(notice: Notice, *, by: User, said: str = "") -> Notice:
    """Say that the village has looked in on the child; what was seen stays sealed."""
    accounts.require(by, Power.VIEW_CHILDREN, notice.area_code)
    locked = Notice.objects.select_for_update(of=("self",)).get(pk=notice.pk)
    if locked.visit != Notice.Visit.DUE:
        raise NoVisitDue
    locked.visit, locked.done_by, locked.done_at = Notice.Visit.DONE, by, timezone.now()
    locked.said = said.strip()[:500]
    locked.save(update_fields=["visit", "done_by", "done_at", "said"])
    audit.record(
        "registry.visit.noted",
        by=by,
        subject_kind="child",
        subject_id=locked.child_id,
        area_code=locked.area_code,
        kind=locked.kind,
    )
    beat([locked.child_id], locked.done_at)
    return locked
