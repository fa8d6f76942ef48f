"""The queue of doubtful links: the questions worth most first."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qianshou.accounts import permissions as accounts
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.registry.models import Child, Doubt, Link, ReviewRule, Vote


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
    """Return the open questions of an area for those who may answer them, urgent ones first.

    Where two people must agree, a question that the person has answered waits for others.
    """
    if not accounts.may(user, Power.DECIDE_LINKS, area_code):
        raise NotFound
    rows = _inside(area_code).filter(~Exists(_votes(user)), state=Doubt.State.OPEN)
    if reason in Doubt.Reason.values:
        rows = rows.filter(reason=reason)
    return rows.order_by("postponed", "-value", "id")


def _votes(user: User) -> QuerySet[Vote]:
    return Vote.objects.filter(doubt=OuterRef("pk"), by=user, taken_back_at=None)


def waiting_for_others(user: User, *, area_code: str) -> int:
    """Return how many questions the person has answered that wait for another one."""
    rows = _inside(area_code).filter(Exists(_votes(user)), state=Doubt.State.OPEN)
    return rows.count()


def eyes_of(area_code: str) -> int:
    """Return how many people of a county must agree; one where nobody has set it."""
    rule = ReviewRule.objects.filter(area_code=area_rules.county_code(area_code)).first()
    return rule.eyes if rule else 1


def disagreed(doubt: Doubt) -> bool:
    """Tell whether two people have answered a question differently, so that a third decides."""
    said = Vote.objects.filter(doubt=doubt, taken_back_at=None).values_list("same", flat=True)
    return len(set(said)) > 1


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
    mine = Vote.objects.filter(by=user, at__gte=midnight, taken_back_at=None).order_by("-at")
    last = mine.filter(area_code__range=area_rules.subtree(area_code)).first()
    if last is not None:
        return Doubt.objects.filter(pk=last.doubt_id).first()
    return None


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
