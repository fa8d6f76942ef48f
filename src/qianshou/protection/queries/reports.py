"""What the circle of a report asks: the worklist with its clocks, one report, reports beside it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.utils.translation import gettext as _

from qianshou.accounts.models import User
from qianshou.areas import queries as areas
from qianshou.common import rowsecurity
from qianshou.common.errors import NotFound
from qianshou.protection import permissions
from qianshou.protection.models import Access, Report, Step
from qianshou.protection.models.reports import ReportQuerySet
from qianshou.protection.rules import codes, levels, life
from qianshou.registry.models import Child

_RANK = Case(
    When(state=life.RECEIVED, danger_now=True, then=Value(0)),
    When(state=life.RECEIVED, then=Value(1)),
    When(state__in=(life.ACCEPTED, life.HANDED_OVER), then=Value(2)),
    When(state=life.FEEDBACK, then=Value(3)),
    default=Value(4),
    output_field=IntegerField(),
)


def seen_by(user: User) -> ReportQuerySet:
    """Return the reports in whose circle the person is; row security says the same."""
    return Report.objects.filter(circle__user=user, circle__ended_at=None).distinct()


def reports_for(user: User, *, closed: bool = False) -> QuerySet[Report]:
    """Return what waits, the most urgent first; refused to whoever never receives reports."""
    rows = seen_by(user)
    if not permissions.is_receiver(user) and not rows.exists():
        raise NotFound
    rows = rows.filter(state=life.CLOSED) if closed else rows.open()
    return rows.select_related("child", "accepted_by").annotate(rank=_RANK).order_by(
        "rank", "-received_at"
    )  # fmt: skip


def report_for(user: User, report_id: UUID) -> Report:
    """Return one report for its circle; raises `NotFound`, as for a report that is not there."""
    found = seen_by(user).select_related("child", "accepted_by").filter(pk=report_id).first()
    if found is None:
        raise NotFound
    return found


def knows_reporter(user: User, report: Report) -> bool:
    """Tell whether the person may look up who reported."""
    return report.circle.filter(user=user, ended_at=None, sees_reporter=True).exists()


def waiting_count(user: User) -> int:
    """Count the reports that wait for this person to accept them."""
    return seen_by(user).unaccepted().count()


def owed_count(user: User) -> int:
    """Count the reports whose makers have still to hear."""
    return seen_by(user).filter(state__in=(life.ACCEPTED, life.HANDED_OVER)).count()


@dataclass(frozen=True)
class Clock:
    """One clock of a report: what it waits for, until when, and whether that is over."""

    words: str
    until: datetime | None
    is_late: bool


def clock_of(report: Report, *, now: datetime) -> Clock | None:
    """Return the clock that runs, None once nothing is owed."""
    if report.state == life.RECEIVED:
        late = report.level != report.lowest or bool(
            report.escalate_at and report.escalate_at < now
        )
        return Clock(_("to be accepted"), report.escalate_at, late)
    if report.state in (life.ACCEPTED, life.HANDED_OVER):
        late = bool(report.feedback_by and report.feedback_by < now)
        return Clock(_("to tell the reporter"), report.feedback_by, late)
    return None


def lines(rows: list[Report], *, now: datetime) -> list[dict[str, Any]]:
    """Return reports as the worklist shows them; no sealed word is opened for it."""
    names = areas.names_of({each.county for each in rows})
    return [
        {
            "report": each,
            "county": names.get(each.county, each.county),
            "situation": situation_of(each),
            "clock": clock_of(each, now=now),
            "level": _(levels.WORDS[each.level]),
        }
        for each in rows
    ]


def situation_of(report: Report) -> str:
    """Return the situation in words, or that it was not said."""
    words = codes.MANDATORY_REPORT_SITUATION.get(report.situation or 0)
    return _(words) if words else _("situation not said")


def steps_of(report: Report) -> list[dict[str, Any]]:
    """Return what happened to a report, the latest first, in words."""
    rows = Step.objects.filter(report=report).select_related("by").order_by("-at", "-id")
    return [
        {
            "step": each,
            "kind": _(codes.STEPS[each.kind]),
            "level": _(levels.WORDS[each.level]) if each.level else "",
            "authority": _(codes.AUTHORITIES[each.authority]) if each.authority else "",
            "words": each.words.open(),
        }
        for each in rows
    ]


def beside(user: User, report: Report) -> QuerySet[Report]:
    """Return the other reports about the same child that the person may see; never one of them."""
    if report.child is None:
        return Report.objects.none()
    rows = seen_by(user).filter(child_id__in=_files_of(report.child)).exclude(pk=report.pk)
    return rows.order_by("-received_at")


def _files_of(child: Child) -> set[UUID]:
    """Return every file of the same child: a report stays with the file it named.

    Files join and part in the scope of people who must not find reports, so nothing moves: what
    belongs together is found when it is read.
    """
    known = {child.pk, child.merged_into_id or child.pk}
    return known | set(Child.objects.filter(merged_into_id__in=known).values_list("pk", flat=True))


def flags_of(report: Report) -> list[str]:
    """Return what is unusual about how a report came, in words."""
    return [_(codes.FLAGS[each]) for each in report.flags if each in codes.FLAGS]


def circle_of(report: Report) -> list[dict[str, Any]]:
    """Return who sees a report now, with the level by which they do."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        rows = Access.objects.filter(report=report, ended_at=None).select_related("user")
        return [
            {"user": each.user, "level": _(levels.WORDS[each.level])}
            for each in rows.order_by("given_at", "id")
        ]
