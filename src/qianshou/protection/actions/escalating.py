"""A report that nobody accepts goes up, one level after another, until somebody does.

Each report is one transaction under its lock: a worker that dies leaves it due, and two workers
never raise it twice.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from qianshou.areas import rules as area_rules
from qianshou.common import portions, rowsecurity
from qianshou.protection.actions import circles, telling
from qianshou.protection.models import Report, Step
from qianshou.protection.queries import terms
from qianshou.protection.rules import levels, life

AT_ONCE: Final = 200


def escalate_due(*, now: datetime) -> int:
    """Raise every report whose time is over; returns how many. One that fails holds up no other."""
    due = Report.objects.unaccepted().filter(escalate_at__lte=now)
    return portions.each(
        _waiting(due.order_by("escalate_at")[:AT_ONCE]),
        lambda report: _held(due.filter(pk=report), lambda held: _raise(held, now=now)),
    )


def _waiting(rows: QuerySet[Report]) -> list[UUID]:
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return list(rows.values_list("pk", flat=True))


def _held(rows: QuerySet[Report], work: Callable[[Report], int]) -> int:
    """Do some work on a report in a transaction of its own, unless it is held or done meanwhile."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        report = rows.select_for_update(skip_locked=True).first()
        return work(report) if report else 0


def _raise(report: Report, *, now: datetime) -> int:
    """Tell the next level that has somebody; on the last one everybody is told again."""
    posts = circles.posts_in(report.county)
    above = levels.after(report.level)
    while above != levels.CITY and not circles.people_of(report, above, posts):
        above = levels.after(above)
    again = above == report.level
    report.level = above
    report.escalate_at = now + terms.limits_of(report.county).wait(now=bool(report.danger_now))
    report.save(update_fields=["level", "escalate_at"])
    kind = "REMINDED" if again else "ESCALATED"
    Step.objects.create(report=report, kind=kind, at=now, level=above)
    circles.admit(report, posts, now=now)
    people = circles.members(report) if again else circles.members(report, above)
    telling.tell_circle(people, telling.LATE, report=report, occasion=f"late/{now.isoformat()}")
    telling.note("protection.report.escalated", report, by=None, level=above)
    return 1


def remind_feedback(*, now: datetime) -> int:
    """Say once that a reporter has not heard in time, to whoever accepted and to the next level."""
    owed = Report.objects.filter(
        state__in=(life.ACCEPTED, life.HANDED_OVER), feedback_late=False, feedback_by__lt=now
    )
    return portions.each(
        _waiting(owed.order_by("feedback_by")[:AT_ONCE]),
        lambda report: _held(owed.filter(pk=report), lambda held: _owed(held, now=now)),
    )


def _owed(report: Report, *, now: datetime) -> int:
    report.feedback_late = True
    report.save(update_fields=["feedback_late"])
    Step.objects.create(report=report, kind="FEEDBACK_LATE", at=now)
    people = circles.members(report)
    telling.tell_circle(people, telling.OWED, report=report, occasion="owed")
    telling.note("protection.report.feedback_late", report, by=None)
    return 1


def admit_successors(*, now: datetime) -> int:
    """Let whoever took up a post since see the reports that are open; returns how many came in.

    The circle follows the post: a new lead finds what the former one left. It follows the child as
    well: where the child has moved to another county, its lead comes in.
    """
    counties: dict[str, list[levels.Post]] = {}
    standing = Report.objects.open()
    return portions.each(
        _waiting(standing),
        lambda report: _held(
            standing.filter(pk=report), lambda held: _admit(held, counties, now=now)
        ),
    )


def _admit(report: Report, counties: dict[str, list[levels.Post]], *, now: datetime) -> int:
    has_moved = _moved(report)
    if report.county not in counties:
        counties[report.county] = circles.posts_in(report.county)
    posts = counties[report.county]
    if has_moved:
        _follow(report, posts)
    if report.state == life.RECEIVED and not circles.members(report, report.level):
        circles.settle(report, posts)
        report.save(update_fields=["level", "lowest"])
    fresh = circles.admit(report, posts, now=now)
    people = [each.user for each in fresh if each.level in levels.up_to(report.level)]
    telling.tell_circle(people, telling.WAITS, report=report, occasion="joined")
    return len(fresh)


def _moved(report: Report) -> bool:
    """Tell whether the child lives in another county by now, and let the report lie there too."""
    if report.child is None:
        return False
    county = area_rules.county_code(report.child.area_code)
    if county == report.county:
        return False
    report.county = county
    return True


def _follow(report: Report, posts: list[levels.Post]) -> None:
    """Choose the level of the new county that hears first; whoever saw the report still does."""
    report.shut_out = circles.shut_out(report, circles.accused_by(report, posts), posts)
    report.level = levels.LEAD
    circles.settle(report, posts)
    report.save(update_fields=["county", "shut_out", "level", "lowest"])


def unseen() -> int:
    """Count the open reports that nobody may open: their counties and the city want people."""
    with rowsecurity.acting(rowsecurity.SYSTEM):
        return sum(1 for report in Report.objects.open() if not circles.members(report))
