"""Offers and meetings of an area by stage, what is overdue first; constant in queries."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Case, Count, DateField, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.bonds.models import Agreement, Ceremony, Meeting, Offer
from qianshou.bonds.queries import road
from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life

OVERDUE: Final = "OVERDUE"
# Within how many days staff offer an approved pair, review one by hand, or plan a meeting.
STAFF_DAYS: Final = 7


@dataclass(frozen=True)
class Row:
    """One line: the pair, where it stands, what is next, and the day it is due."""

    pairing: Pairing
    place: str
    next: str
    due_on: date
    late: bool


def rows_for(user: User, area_code: str, *, stage: str = "", today: date) -> QuerySet[Pairing]:
    """Return the pairs on their way in an area, those due first; with `due` annotated."""
    permissions.require(user, Power.VIEW_PAIRS, area_code)
    rows = _with_due(_on_the_way(area_code))
    if stage == OVERDUE:
        rows = rows.filter(Q(("due__lt", today)))
    elif stage in life.BEFORE_CARE:
        rows = rows.filter(state=stage)
    return rows.select_related("child", "mother").order_by(F("due"), "id")


def _on_the_way(area_code: str) -> QuerySet[Pairing]:
    inside = {"area_code__range": area_rules.subtree(area_code)}
    return Pairing.objects.open().filter(state__in=life.BEFORE_CARE, **inside)


def _with_due(rows: QuerySet[Pairing]) -> QuerySet[Pairing]:
    offer = Offer.objects.open().filter(pairing=OuterRef("pk")).order_by("due_on")
    paper = Agreement.objects.filter(pairing=OuterRef("pk"))
    meets = Meeting.objects.filter(pairing=OuterRef("pk"), state=Meeting.State.PLANNED)
    by_staff = Cast(F("state_since") + timedelta(days=STAFF_DAYS), DateField())
    return rows.annotate(
        due=Case(
            When(
                state__in=life.OFFERS,
                then=Coalesce(Subquery(offer.values("due_on")[:1]), by_staff),
            ),
            When(state=life.AGREEMENT, then=Coalesce(Subquery(paper.values("due_on")), by_staff)),
            When(
                state=life.FIRST_MEETING,
                then=Coalesce(Subquery(meets.values("meets_on")[:1]), by_staff),
            ),
            default=by_staff,
            output_field=DateField(),
        )
    )


def lines(pairings: list[Any], *, within: str, today: date) -> list[Row]:
    """Return pairs as lines of the list."""
    names = areas.full_names_of({each.child.area_code for each in pairings}, within=within)
    return [
        Row(
            each,
            "" if each.child.hidden_location else names.get(each.child.area_code, ""),
            road.next_of(each),
            each.due,
            each.due < today,
        )
        for each in pairings
    ]


def stages_of(area_code: str, today: date) -> list[dict[str, Any]]:
    """Return the filter of the list: every stage with its count, and what is overdue."""
    rows = _on_the_way(area_code)
    counts = dict(rows.values_list("state").annotate(n=Count("pk")).order_by())
    late = overdue_in(area_code, today)
    choices = [(OVERDUE, _("overdue"), late)]
    labels = life.PAIRING.labels
    choices += [(each, _(labels[each]), counts.get(each, 0)) for each in life.BEFORE_CARE]
    return [{"name": "stage", "label": _("Stage of the road"), "choices": choices}]


def overdue_in(area_code: str, today: date) -> int:
    """Count the pairs of an area on which somebody should have acted by now."""
    return _with_due(_on_the_way(area_code)).filter(Q(("due__lt", today))).count()


def to_do(inside: dict[str, Any], today: date) -> int:
    """Count what waits for staff in an area: pairs to offer, children to ask, talks to hold."""
    states = (life.REVIEWED, life.CHILD_ASSENT, life.FIRST_MEETING)
    rows = Pairing.objects.open().filter(**inside)
    late = Q(pk__in=Offer.objects.open().filter(due_on__lte=today).values("pairing"))
    return rows.filter(Q(state__in=states) | late).count()


def to_review(inside: dict[str, Any]) -> int:
    """Count the pairs proposed by hand that wait for a review."""
    return Pairing.objects.open().filter(state=life.PROPOSED, **inside).count()


def ceremonies_for(user: User, area_code: str) -> QuerySet[Ceremony]:
    """Return the ceremonies of an area, the newest first, with how many pairs each has."""
    permissions.require(user, Power.VIEW_PAIRS, area_code)
    rows = Ceremony.objects.filter(area_code__range=area_rules.subtree(area_code))
    listed = Count("meetings", filter=~Q(meetings__state=Meeting.State.MISSED))
    return rows.annotate(listed=listed).order_by("-held_on", "-id")


def planned_in(area_code: str) -> list[Ceremony]:
    """Return the ceremonies to which pairs of an area can still be invited."""
    around = [area_code, *area_rules.ancestors(area_code)]
    inside = Q(area_code__range=area_rules.subtree(area_code)) | Q(area_code__in=around)
    rows = Ceremony.objects.filter(inside, state=Ceremony.State.PLANNED)
    return list(rows.filter(held_on__gte=timezone.localdate()).order_by("held_on")[:20])
