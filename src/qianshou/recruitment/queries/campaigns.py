"""What an office asks about its campaigns, its training, and the lists it sends in."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import translation
from django.utils.translation import gettext as _

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.recruitment.models import (
    Campaign,
    CampaignDay,
    ListLoad,
    MotherApplication,
    TrainingSession,
)
from qianshou.recruitment.queries import books
from qianshou.recruitment.rules import life

SUBMITTED = Q(submitted_at__isnull=False)
ACTIVE = Q(state__in=(life.ACTIVE, life.RECHECK_DUE, life.ON_LEAVE, life.SUSPENDED))


def campaigns_for(user: User, area_code: str) -> QuerySet[Campaign]:
    """Return the campaigns of an area with how far each has come, the newest first."""
    powers.require(user, Power.VIEW_RECRUITS, area_code)
    inside = area_rules.subtree(area_code)
    return (
        Campaign.objects.filter(area_code__range=inside)
        .annotate(
            begun=Count("applications"),
            submitted=Count("applications", filter=Q(applications__submitted_at__isnull=False)),
            active=Count(
                "applications", filter=Q(applications__state__in=("ACTIVE", "RECHECK_DUE"))
            ),
        )
        .order_by("-opens_on", "name", "pk")
    )


def campaign_for(user: User, campaign_id: UUID) -> Campaign:
    """Return one campaign; raises `NotFound` when it belongs elsewhere."""
    found = Campaign.objects.filter(pk=campaign_id).first()
    if found is None or not powers.may(user, Power.VIEW_RECRUITS, found.area_code):
        raise NotFound
    return found


def channels_of(campaign: Campaign) -> list[dict[str, Any]]:
    """Return visits, drafts, applications and mothers by channel, the ways without a word last."""
    visits: dict[str, int] = defaultdict(int)
    by_channel = CampaignDay.objects.filter(campaign=campaign).values_list("channel")
    visits |= dict(by_channel.annotate(n=Sum("visits")).order_by())
    rows = MotherApplication.objects.filter(campaign=campaign).values_list("channel")
    counted = {
        channel: (begun, submitted, active)
        for channel, begun, submitted, active in rows.annotate(
            begun=Count("pk"),
            submitted=Count("pk", filter=SUBMITTED),
            active=Count("pk", filter=ACTIVE),
        ).order_by()
    }
    named = [*campaign.channels, {"slug": "", "name": _("directly, or by word of mouth")}]
    lines = []
    for each in named:
        begun, submitted, active = counted.get(each["slug"], (0, 0, 0))
        lines.append(
            {
                **each, "visits": visits[each["slug"]], "begun": begun, "submitted": submitted,
                "active": active,
            }
        )  # fmt: skip
    return lines


def totals_of(lines: list[dict[str, Any]]) -> dict[str, int]:
    """Add up the channels of a campaign."""
    names = ("visits", "begun", "submitted", "active")
    return {name: sum(line[name] for line in lines) for name in names}


def sessions_for(user: User, area_code: str) -> QuerySet[TrainingSession]:
    """Return the training sessions of an area with how many were there, the newest first."""
    powers.require(user, Power.VIEW_RECRUITS, area_code)
    rows = TrainingSession.objects.filter(area_code__range=area_rules.subtree(area_code))
    return rows.annotate(people=Count("attendances")).order_by("-held_on", "-pk")


def session_for(user: User, session_id: UUID) -> TrainingSession:
    """Return one session; raises `NotFound` when it belongs elsewhere."""
    found = TrainingSession.objects.filter(pk=session_id).first()
    if found is None or not powers.may(user, Power.VIEW_RECRUITS, found.area_code):
        raise NotFound
    return found


def session_lines(rows: list[TrainingSession]) -> list[dict[str, Any]]:
    """Return sessions with the words of their subjects."""
    book = books.book_of(books.version_of(None))
    language = translation.get_language() or "zh-hans"
    names = {each.code: each.text.in_language(language) for each in book.modules}
    return [{"row": each, "name": names.get(each.module, each.module)} for each in rows]


def trainees_for(user: User, session: TrainingSession) -> QuerySet[MotherApplication]:
    """Return who can be attested for a session: in training or serving, where it was held."""
    powers.require(user, Power.VIEW_RECRUITS, session.area_code)
    inside = area_rules.subtree(session.area_code)
    states = (life.TRAINING, life.COMMITTED, life.APPROVED, *life.SERVING)
    rows = MotherApplication.objects.filter(area_code__range=inside, state__in=states)
    there = Count("attendances", filter=Q(attendances__session=session))
    return rows.annotate(there=there).order_by("there", "pinyin", "pk")


def last_load(user: User, area_code: str) -> ListLoad | None:
    """Return the newest list that was sent in for exactly this area."""
    powers.require(user, Power.VIEW_RECRUITS, area_code)
    rows = ListLoad.objects.filter(area_code=area_code).select_related("by")
    return rows.order_by("-created_at").first()


def load_for(user: User, load_id: UUID) -> ListLoad:
    """Return one list that was sent in; raises `NotFound` when it belongs elsewhere."""
    found = ListLoad.objects.filter(pk=load_id).first()
    if found is None or not powers.may(user, Power.VIEW_RECRUITS, found.area_code):
        raise NotFound
    return found
