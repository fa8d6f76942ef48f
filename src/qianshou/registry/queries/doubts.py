"""The queue of doubtful links: the questions worth most first."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.registry.models import Child, Doubt, Link


@dataclass
class Progress:
    """How far the queue of an area is today."""

    open: int
    decided_today: int

    @property
    def total(self) -> int:
        """Return the questions of today, answered or not."""
        return self.open + self.decided_today


def doubts_for(user: User, *, area_code: str, reason: str = "") -> QuerySet[Doubt]:
    """Return the open questions of an area for those who may answer them, urgent ones first."""
    if not accounts.may(user, Power.DECIDE_LINKS, area_code):
        raise NotFound
    rows = _inside(area_code).filter(state=Doubt.State.OPEN)
    if reason in Doubt.Reason.values:
        rows = rows.filter(reason=reason)
    return rows.order_by("postponed", "-value", "id")


def _inside(area_code: str) -> QuerySet[Doubt]:
    return Doubt.objects.filter(area_code__range=area_rules.subtree(area_code))


def doubt_for(user: User, doubt_id: UUID) -> Doubt:
    """Return a question that the person may answer; raises `NotFound`."""
    found = Doubt.objects.filter(pk=doubt_id).first()
    if found is None or not accounts.may(user, Power.DECIDE_LINKS, found.area_code):
        raise NotFound
    return found


def next_doubt(user: User, *, area_code: str, besides: UUID | None = None) -> Doubt | None:
    """Return the question to ask next, if one is left."""
    rows = doubts_for(user, area_code=area_code)
    return (rows.exclude(pk=besides) if besides else rows).first()


def progress_of(user: User, *, area_code: str) -> Progress:
    """Return how many questions are open, and how many were answered today."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    answered = _inside(area_code).filter(by__isnull=False, decided_at__gte=midnight)
    return Progress(doubts_for(user, area_code=area_code).count(), answered.count())


def last_decided(user: User, *, area_code: str) -> Doubt | None:
    """Return the person's own last answer, which can be taken back."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return (
        _inside(area_code)
        .filter(by=user, decided_at__gte=midnight, state__in=["SAME", "DIFFERENT"])
        .order_by("-decided_at")
        .first()
    )


def reason_choices() -> list[dict[str, Any]]:
    """Return the filter chips of the queue."""
    return [{"name": "reason", "label": _("Why in doubt"), "choices": list(Doubt.Reason.choices)}]


@dataclass
class Asked:
    """One question in the list: which two children, and what speaks for it."""

    doubt: Doubt
    names: tuple[str, str]
    departments: tuple[str, str]


def asked(doubts: list[Doubt]) -> list[Asked]:
    """Return the questions of one page with the names they are about, in one query."""
    records = [each for doubt in doubts for each in (doubt.record_a_id, doubt.record_b_id)]
    found = {
        link.record_id: link
        for link in Link.objects.filter(record__in=records)
        .exclude(state=Link.State.ENDED)
        .select_related("child", "record__source")
        .defer("record__payload")
    }
    return [
        Asked(
            doubt,
            (_name(found.get(doubt.record_a_id)), _name(found.get(doubt.record_b_id))),
            (_source(found.get(doubt.record_a_id)), _source(found.get(doubt.record_b_id))),
        )
        for doubt in doubts
    ]


def _name(link: Link | None) -> str:
    return str(link.child) if link else "—"


def _source(link: Link | None) -> str:
    return link.record.source.name if link else "—"


def open_about(child: Child) -> int:
    """Return how many open questions a file has."""
    records = Link.objects.filter(child=child).exclude(state=Link.State.ENDED).values("record")
    return Doubt.objects.filter(
        Q(record_a__in=records) | Q(record_b__in=records), state=Doubt.State.OPEN
    ).count()
