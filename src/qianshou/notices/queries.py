"""What a person has been told, put into words; what could not be sent; and the times that hold."""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Final, TypeVar
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotAllowed, NotFound
from qianshou.notices import permissions
from qianshou.notices.models import Notice, Quiet, Timetable
from qianshou.notices.rules import calendar
from qianshou.notices.rules.calendar import Calendar

EVERYWHERE: Final = "000000000000"
Read = TypeVar("Read")
DEFAULT_LANGUAGE = "zh-hans"


def notices_for(user: User) -> QuerySet[Notice]:
    """Return what the person may read in the app, newest first."""
    own = Q(to_kind=Notice.To.USER, to_id=user.pk)
    if user.person_id:
        own |= Q(to_kind=Notice.To.MOTHER, to_id=user.person_id)
    return Notice.objects.filter(own).shown(timezone.now()).order_by("-created_at", "-id")


def notice_for(user: User, notice_id: UUID) -> Notice:
    """Return one notice of the person; raises `NotFound`."""
    found = notices_for(user).filter(pk=notice_id).first()
    if found is None:
        raise NotFound
    return found


def unread_count(user: User) -> int:
    """Count what the person has not read."""
    return notices_for(user).filter(read_at=None).count()


def shown(notices: list[Notice]) -> list[dict[str, Any]]:
    """Return notices in the words of the present language."""
    return [
        {
            "notice": each,
            "subject": gettext(each.subject) % each.params,
            "text": gettext(each.text) % each.params,
            "lines": lines_of(each),
            "tone": "quiet" if each.read_at else "",
        }
        for each in notices
    ]


def lines_of(notice: Notice) -> list[dict[str, str]]:
    """Return the lines of a digest in words, room by room."""
    return [
        {"text": gettext(line["text"]) % line["params"], "link": line["link"]}
        for room in sorted(notice.parts)
        for line in notice.parts[room]
    ]


def words_outside(notice: Notice, *, link: str) -> str:
    """Return the sentence that leaves the house, in the person's language."""
    with translation.override(notice.language or DEFAULT_LANGUAGE):
        return gettext(notice.short or notice.text) % {**notice.params, "link": link}


def about(subject_id: UUID) -> QuerySet[Notice]:
    """Return what people were told about one thing, newest first."""
    return Notice.objects.filter(about_id=subject_id).order_by("-created_at")


def set_aside_for(user: User, area_code: str) -> QuerySet[Notice]:
    """Return what could not be sent in an area; who works with its people sees it."""
    if not powers.may(user, Power.CONFIRM_GRADES, area_code):
        raise NotAllowed
    inside = area_rules.subtree(area_code)
    rows = Notice.objects.filter(state=Notice.State.ASIDE, area_code__range=inside)
    return rows.order_by("-created_at")


def one_set_aside(user: User, notice_id: UUID) -> Notice:
    """Return one message that could not be sent; raises `NotFound`."""
    found = Notice.objects.filter(pk=notice_id, state=Notice.State.ASIDE).first()
    if found is None or not powers.may(user, Power.CONFIRM_GRADES, found.area_code):
        raise NotFound
    return found


# -- times ----------------------------------------------------------------------------------------


def quiet_hours_of(person_id: UUID) -> tuple[int, int]:
    """Return the hours in which a person is not disturbed: the own ones, or the office's."""
    own = Quiet.objects.filter(pk=person_id).first()
    if own is not None:
        return own.begins, own.ends
    begins, ends = settings.QUIET_HOURS
    return begins, ends


def quiet_hours_of_all(person_ids: Iterable[UUID]) -> dict[UUID, tuple[int, int]]:
    """Return the quiet hours of many people, in one query."""
    wanted = set(person_ids)
    begins, ends = settings.QUIET_HOURS
    rows = Quiet.objects.filter(pk__in=wanted).values_list("pk", "begins", "ends")
    own = {pk: (first, last) for pk, first, last in rows}
    return {each: own.get(each, (begins, ends)) for each in wanted}


def own_quiet_hours(user: User) -> Quiet | None:
    """Return the quiet hours that the person has set, if any."""
    return Quiet.objects.filter(pk=user.person_id or user.pk).first()


def _chain(area_code: str) -> list[str]:
    return [EVERYWHERE, *area_rules.ancestors(area_code), area_code]


def timetable_in_force(kind: str, subject: str, area_code: str) -> Timetable | None:
    """Return the version that holds in an area: its own, or that of the nearest one above."""
    rows = Timetable.objects.current().filter(kind=kind, subject=subject)
    return max(rows.filter(area_code__in=_chain(area_code)), key=_narrowness, default=None)


def _narrowness(timetable: Timetable) -> int:
    code = timetable.area_code
    return 0 if code == EVERYWHERE else len(area_rules.significant(code))


def what_holds(
    kind: str, area_code: str, read: Callable[[Mapping[str, Any]], Read], *, subject: str = ""
) -> Read | None:
    """Return what a timetable in force says; each text is read once."""
    found = timetable_in_force(kind, subject, area_code)
    return None if found is None else said(found, read)


def what_holds_in(
    kind: str, areas: Iterable[str], read: Callable[[Mapping[str, Any]], Read]
) -> dict[str, Read | None]:
    """Return what holds in each of many areas, in one query."""
    chains = {area: _chain(area) for area in areas}
    near = _by_area(Timetable.objects.filter(kind=kind, subject=""), chains)
    return {
        area: said(near[area][-1], read) if near[area] else None for area in chains
    }  # fmt: skip


def _by_area(
    rows: QuerySet[Timetable], chains: Mapping[str, list[str]]
) -> dict[str, list[Timetable]]:
    """Return the versions in force around each area, the nearest last."""
    wanted = {code for chain in chains.values() for code in chain}
    standing: dict[str, list[Timetable]] = {}
    for each in rows.filter(is_current=True, area_code__in=wanted):
        standing.setdefault(each.area_code, []).append(each)
    return {
        area: sorted((row for code in chain for row in standing.get(code, ())), key=_narrowness)
        for area, chain in chains.items()
    }  # fmt: skip


def said(timetable: Timetable, read: Callable[[Mapping[str, Any]], Read]) -> Read:
    """Return what one version says."""
    found: Read = _said(timetable.text, read)
    return found


@lru_cache(maxsize=256)
def _said(text: str, read: Callable[[Mapping[str, Any]], Any]) -> Any:
    return read(tomllib.loads(text))


def calendar_for(area_code: str) -> Calendar:
    """Return the days off and working days of an area, every year that somebody has described."""
    return calendars_for([area_code])[area_code]


def calendars_for(areas: Iterable[str]) -> dict[str, Calendar]:
    """Return the calendars of many areas, in one query."""
    chains = {area: _chain(area) for area in areas}
    near = _by_area(Timetable.objects.filter(kind=Timetable.Kind.CALENDAR), chains)
    return {area: _calendar_of(rows) for area, rows in near.items()}


def _calendar_of(timetables: Iterable[Timetable]) -> Calendar:
    years = (said(each, calendar.year_from) for each in timetables)
    return Calendar({each.year: each for each in years})


def versions_of(user: User, area_code: str, *, kind: str, subject: str = "") -> list[Timetable]:
    """Return the versions that hold or held in an area, its own first, the newest on top."""
    if not permissions.can_see_times(user, area_code):
        raise NotAllowed
    rows = Timetable.objects.filter(kind=kind, subject=subject, area_code__in=_chain(area_code))
    return sorted(
        rows.select_related("by"), key=lambda each: (-_narrowness(each), -each.version)
    )  # fmt: skip


def version_for(user: User, version_id: UUID, area_code: str) -> Timetable:
    """Return one version that matters to an area; raises `NotFound`."""
    found = Timetable.objects.filter(pk=version_id, area_code__in=_chain(area_code)).first()
    if found is None or not permissions.can_see_times(user, area_code):
        raise NotFound
    return found


def calendar_versions(user: User, area_code: str, number: int) -> list[Timetable]:
    """Return the versions of a year that hold or held in an area."""
    return versions_of(user, area_code, kind=Timetable.Kind.CALENDAR, subject=str(number))


def may_change(user: User, area_code: str) -> bool:
    """Tell whether the person may change the timetables of an area."""
    return permissions.can_set_times(user, area_code)


def year_for(user: User, area_code: str, number: int) -> calendar.Year | None:
    """Return a year as it holds in an area, for whoever works by it; None: nobody described it."""
    if not permissions.can_see_times(user, area_code):
        raise NotAllowed
    return calendar_for(area_code).years.get(number)


def unknown_years(area_code: str, days: Iterable[date]) -> list[int]:
    """Return the years of some days that no calendar of an area describes."""
    return calendar_for(area_code).unknown(*days)
