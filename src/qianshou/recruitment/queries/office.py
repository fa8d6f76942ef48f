"""What an office asks: the list of applications by state, and where to find one person."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common import crypto
from qianshou.common.errors import NotFound
from qianshou.engines.linkage import normalise
from qianshou.mothers.queries import is_number
from qianshou.mothers.rules import applications as remarks
from qianshou.recruitment import permissions
from qianshou.recruitment.models import Likeness, MotherApplication, ScreeningCheck
from qianshou.recruitment.models.applications import ApplicationQuerySet
from qianshou.recruitment.queries import mine
from qianshou.recruitment.rules import life

_LAST: Final = "\U0010ffff"
# What somebody of the office does next in a state.
DUE: Final[Mapping[str, str]] = {
    life.SUBMITTED: gettext_noop("take up"),
    life.ELIGIBILITY: gettext_noop("check the criteria"),
    life.SCREENING: gettext_noop("ask for records, enter the answers"),
    life.REFERENCES: gettext_noop("hear the references"),
    life.INTERVIEW: gettext_noop("hold the interview"),
    life.TRAINING: gettext_noop("train, let her sign"),
    life.COMMITTED: gettext_noop("approve"),
    life.APPROVED: gettext_noop("let her begin"),
    life.APPEALED: gettext_noop("decide about the appeal"),
    life.RECHECK_DUE: gettext_noop("ask for records again"),
    life.SUSPENDED: gettext_noop("ask for records again"),
    life.EXITING: gettext_noop("re-arrange her children"),
}


UNSIGNED: Final = gettext_noop("let her sign the newer text")


def due_of(application: MotherApplication) -> str:
    """Return what somebody of the office does next, or nothing."""
    mother = application.mother
    if mother is not None and mother.remark == remarks.TEXT_UNSIGNED:
        return _(UNSIGNED)
    return _(DUE[application.state]) if application.state in DUE else ""


@dataclass(frozen=True)
class Wanted:
    """What the list is narrowed to."""

    search: str = ""
    state: str = ""
    campaign: str = ""
    sort: str = "since"


_ORDERS: Final[dict[str, tuple[str, ...]]] = {
    "since": ("state_since", "id"), "-since": ("-state_since", "-id"),
    "name": ("pinyin", "id"), "-name": ("-pinyin", "-id"),
    "area": ("area_code", "pinyin", "id"), "-area": ("-area_code", "pinyin", "id"),
}  # fmt: skip


def _visible(user: User, area_code: str) -> ApplicationQuerySet:
    powers.require(user, Power.VIEW_RECRUITS, area_code)
    inside = area_rules.subtree(area_code)
    return MotherApplication.objects.handed_in().filter(
        area_code__range=inside, submitted_at__isnull=False
    )


def applications_for(user: User, *, area_code: str, wanted: Wanted) -> ApplicationQuerySet:
    """Return the applications of an area that a list asks for, those that wait longest first."""
    rows = _found_by(wanted.search, _visible(user, area_code))
    if wanted.state in life.APPLICATION.labels:
        rows = rows.filter(state=wanted.state)
    elif not wanted.search.strip() and not wanted.state:
        rows = rows.filter(state__in=tuple(DUE))
    if _is_id(wanted.campaign):
        rows = rows.filter(campaign_id=wanted.campaign)
    return rows.select_related("campaign", "mother").order_by(
        *_ORDERS.get(wanted.sort, _ORDERS["since"])
    )


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _found_by(text: str, rows: ApplicationQuerySet) -> ApplicationQuerySet:
    typed = text.strip()
    if not typed:
        return rows
    if is_number(typed):
        plain = typed.replace(" ", "")
        number, phone = normalise.id_number(plain)[0] or plain, normalise.phone(plain) or plain
        by_id = rows.filter(id_token=crypto.blind(number, purpose="mother.id"))
        return by_id | rows.filter(phone_token=crypto.blind(phone, purpose="mother.phone"))
    if typed.isascii():
        letters = re.sub(r"[^a-z]", "", typed.lower())
        by_pinyin = rows.filter(pinyin__gte=letters, pinyin__lt=letters + _LAST)
        return by_pinyin | rows.filter(initials__gte=letters, initials__lt=letters + _LAST)
    name = normalise.person_name(typed) or typed
    return rows.filter(search_name__gte=name, search_name__lt=name + _LAST)


def counts_of(user: User, area_code: str) -> dict[str, int]:
    """Count the applications of an area by state."""
    rows = _visible(user, area_code).values_list("state")
    return dict(rows.annotate(n=Count("pk")).order_by())


def state_filter(counts: Mapping[str, int]) -> dict[str, Any]:
    """Return the chips of the list: every state that somebody is in, with how many."""
    return {
        "name": "state", "label": _("State"),
        "choices": [
            (state, f"{_(label)} {counts[state]}")
            for state, label in life.APPLICATION.labels.items() if counts.get(state)
        ],
    }  # fmt: skip


def lines_of(
    rows: Iterable[MotherApplication], *, area_code: str, today: date
) -> list[dict[str, Any]]:
    """Return applications as lines of the list."""
    shown = list(rows)
    names = areas.full_names_of({each.area_code for each in shown}, within=area_code)
    doubles = set(
        Likeness.objects.filter(
            application__in=[each.pk for each in shown], state=Likeness.State.OPEN
        ).values_list("application_id", flat=True)
    )
    return [
        {
            "application": each,
            "area": names[each.area_code],
            "state": mine.state_word(each.state),
            "tone": mine.tone_of(each.state),
            "due": due_of(each),
            "days": (today - each.state_since.date()).days,
            "double": each.pk in doubles,
            "campaign": each.campaign.name if each.campaign else "",
        }
        for each in shown
    ]


def application_for(user: User, application_id: UUID) -> MotherApplication:
    """Return an application for those who work where she lives; raises `NotFound`."""
    rows = MotherApplication.objects.select_related("rulebook", "campaign", "mother")
    found = rows.filter(pk=application_id).first()
    if found is None or not permissions.can_see(user, found):
        raise NotFound
    return found


def check_for(user: User, check_id: UUID) -> ScreeningCheck:
    """Return a background query for the two roles; raises `NotFound` for all others."""
    rows = ScreeningCheck.objects.select_related("application__mother", "application__rulebook")
    found = rows.filter(pk=check_id).first()
    if found is None or not permissions.can_see_screening(user, found.area_code):
        raise NotFound
    return found


def likeness_for(user: User, likeness_id: UUID) -> Likeness:
    """Return a likeness for those who work with the application; raises `NotFound`."""
    found = Likeness.objects.select_related("application").filter(pk=likeness_id).first()
    if found is None or not permissions.can_see(user, found.application):
        raise NotFound
    return found


def count_due(inside: Mapping[str, Any]) -> int:
    """Count the applications of an area that wait for somebody of the office."""
    return MotherApplication.objects.filter(state__in=tuple(DUE), **inside).count()
