"""Who may see a report: the people of each level, less whom it is about and their office.

Everything here runs as the system; the rows that it writes are what row security reads.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from qianshou.accounts.models import Grant, User
from qianshou.areas import rules as area_rules
from qianshou.common.identity import new_id
from qianshou.pairing.models import Pairing
from qianshou.protection.models import Access, Report
from qianshou.protection.rules import codes, levels
from qianshou.protection.rules.levels import Post


def offices_around(county: str) -> tuple[str, ...]:
    """Return a county with the areas above it, which may be asked in its stead."""
    return (county, *area_rules.ancestors(county))


def posts_in(county: str) -> list[Post]:
    """Return every role in force in a county, in its towns and villages, and above it."""
    rows = (
        Grant.objects.in_force(timezone.localdate())
        .filter(
            Q(area__code__range=area_rules.subtree(county)) | Q(area_id__in=offices_around(county)),
            user__is_active=True,
        )
        .exclude(role="mother")
    )
    return [Post(each.user_id, each.role, each.area_id, each) for each in rows]


def accused_by(report: Report, posts: Iterable[Post]) -> frozenset[object]:
    """Return the accounts that a report is about, as far as it says so."""
    found: set[object] = set()
    if report.accused == codes.MOTHER and report.child_id:
        mothers = Pairing.objects.filter(child_id=report.child_id).values("mother_id")
        found |= set(User.objects.filter(person_id__in=mothers).values_list("pk", flat=True))
    words = report.accused_words.open()
    if words:
        people: set[Any] = {post.user for post in posts}
        named = User.objects.filter(pk__in=people).values_list("pk", "display_name")
        found |= {pk for pk, name in named if len(name) > 1 and name in words}
    return frozenset(found)


def shut_out(report: Report, accused: frozenset[object], posts: list[Post]) -> list[str]:
    """Return everybody who must not see the report: whom it is about, with their offices.

    Somebody of the staff of whom nothing more is said may be of the county's own office.
    """
    closed = set(levels.chain_of(accused, posts))
    if report.accused == codes.STAFF and not accused and report.post in ("COUNTY", ""):
        closed |= {post.user for post in posts if post.office == report.county}
    return sorted({*report.shut_out, *map(str, closed)})


def people_of(report: Report, level: str, posts: list[Post]) -> list[Post]:
    """Return the people of one level who may see the report."""
    closed, roles = frozenset(report.shut_out), levels.ROLES[level]
    above = area_rules.ancestors(report.county)
    if level == levels.CITY:
        there = [post for post in posts if post.office in above or _is_top(report, post)]
        found = [post for post in there if post.role in roles]
        found = found or [post for post in there if post.role == levels.LAST_ROLE]
    else:
        found = [post for post in posts if post.office == report.county and post.role in roles]
    return [post for post in found if str(post.user) not in closed]


def _is_top(report: Report, post: Post) -> bool:
    """Tell whether a report of an unknown county lies at the city itself."""
    return post.office == report.county and area_rules.level_of(report.county) != area_rules.COUNTY


def settle(report: Report, posts: list[Post]) -> None:
    """Choose the level that hears of a report first: the lowest one that has somebody."""
    order = levels.ORDER[levels.ORDER.index(report.level) :]
    staffed = (level for level in order if people_of(report, level, posts))
    report.level = report.lowest = next(staffed, levels.CITY)


def admit(report: Report, posts: list[Post], *, now: datetime) -> list[Access]:
    """Give the people of the levels reached their sight of the report; return who is new.

    The deputy sees it from the beginning, and is told only if the lead does not accept it.
    """
    reached = {*levels.up_to(report.level), levels.DEPUTY}
    before = set(Access.objects.filter(report=report).values_list("grant_id", flat=True))
    fresh = [
        _access(report, post, level, now=now)
        for level in levels.ORDER
        if level in reached and levels.ORDER.index(level) >= levels.ORDER.index(report.lowest)
        for post in people_of(report, level, posts)
        if post.grant.pk not in before  # type: ignore[attr-defined]
    ]
    Access.objects.bulk_create(fresh, ignore_conflicts=True)
    return fresh


def _access(report: Report, post: Post, level: str, *, now: datetime) -> Access:
    grant: Any = post.grant
    return Access(
        id=new_id(), report=report, user_id=grant.user_id, grant=grant, level=level,
        sees_reporter=post.role in levels.KNOWING, given_at=now,
    )  # fmt: skip


def expel(report: Report, *, now: datetime) -> int:
    """End the sight of everybody who is shut out by now."""
    closed = [UUID(each) for each in report.shut_out]
    standing = Access.objects.filter(report=report, ended_at=None, user_id__in=closed)
    return standing.update(ended_at=now)


def members(report: Report, level: str = "") -> list[User]:
    """Return the people who see a report now, perhaps those of one level only."""
    rows = Access.objects.filter(report=report, ended_at=None).select_related("user", "grant")
    today = timezone.localdate()
    in_force = set(
        Grant.objects.in_force(today)
        .filter(pk__in=[each.grant_id for each in rows])
        .values_list("pk", flat=True)
    )
    people = {
        each.user_id: each.user
        for each in rows
        if each.grant_id in in_force and level in ("", each.level)
    }
    return list(people.values())
