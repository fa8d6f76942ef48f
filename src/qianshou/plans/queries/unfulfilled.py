"""What was not done, for those who answer for an area: by item, by town, and pair by pair."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Substr
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.pairing.models import Pairing
from qianshou.pairing.rules import life
from qianshou.plans.models import Guidance, ParentContact, Plan, Session, Slot
from qianshou.plans.queries import lines, sets

LATE, DUE = "LATE", "DUE"
WHAT: Final = {
    LATE: gettext_noop("late"),
    DUE: gettext_noop("still open"),
}
# Nobody owes anything to a pairing that rests, and nothing more is asked of one that closes.
OWING: Final = (life.ACTIVE_INITIAL, life.ACTIVE, life.AT_RISK)


@dataclass(frozen=True)
class Wanted:
    """What the page is narrowed to."""

    what: str = LATE
    item: str = ""
    place: str = ""


def require_figures(user: User, area_code: str) -> None:
    """Refuse with `NotAllowed` whoever may not see how an area does."""
    if not may_see_pairs(user, area_code):
        powers.require(user, Power.VIEW_FIGURES, area_code)


def may_see_pairs(user: User, area_code: str) -> bool:
    """Tell whether the person may see which pairs they are."""
    return powers.may(user, Power.VIEW_PAIRS, area_code)


def slots_in(area_code: str, wanted: Wanted, today: date) -> QuerySet[Slot]:
    """Return the periods of an area in which something is missing, the longest first."""
    rows = Slot.objects.filter(
        area_code__range=area_rules.subtree(wanted.place or area_code),
        pairing__ended_on=None, pairing__state__in=OWING,
    )  # fmt: skip
    rows = rows.due(today) if wanted.what == DUE else rows.late(today)
    if wanted.item:
        rows = rows.filter(item=wanted.item)
    return rows.order_by("last_on", "pk")


def slots_for(user: User, area_code: str, wanted: Wanted, *, today: date) -> QuerySet[Slot]:
    """Return these periods for a person who may see which pairs they are; nothing otherwise."""
    if not may_see_pairs(user, area_code) or not _inside(wanted.place, area_code):
        return Slot.objects.none()
    return slots_in(area_code, wanted, today).select_related("pairing__child", "pairing__mother")


def _inside(place: str, area_code: str) -> bool:
    low, high = area_rules.subtree(area_code)
    return not place or low <= place <= high


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    slot: Slot
    name: str
    version: int
    days: int
    place: str


def rows_of(page: list[Slot], *, area_code: str, today: date) -> list[Row]:
    """Return a page of periods in words, with as many questions for a hundred as for one."""
    plans = {
        each.pairing_id: each
        for each in Plan.objects.filter(
            pairing__in={each.pairing_id for each in page}
        ).select_related("care_set")
    }
    places = areas.full_names_of({each.area_code for each in page}, within=area_code)
    return [_row(each, plans.get(each.pairing_id), places, today=today) for each in page]


def _row(slot: Slot, plan: Plan | None, places: dict[str, str], *, today: date) -> Row:
    item = sets.read(plan.care_set).item(slot.item) if plan else None
    name = sets.words(item.name) if item else slot.item
    part = lines.part_words(item, slot.part) if item and slot.part else ""
    return Row(
        slot, f"{name} · {part}" if part else name, plan.care_set.version if plan else 0,
        abs((today - slot.last_on).days), places.get(slot.area_code, slot.area_code),
    )  # fmt: skip


@dataclass(frozen=True)
class Share:
    """How many pairs of an item or a place have something missing, of how many."""

    code: str
    name: str
    late: int
    due: int


def by_item(area_code: str, today: date) -> list[Share]:
    """Return for each item how many pairs are late with it, and for how many it is open."""
    names = _item_names(area_code)
    counted = _counted(area_code, today, F("item"))
    order = {code: place for place, code in enumerate(names)}
    return [
        Share(code, names.get(code, code), late, due)
        for code, (late, due) in sorted(
            counted.items(), key=lambda each: (order.get(each[0], 99), each[0])
        )
    ]


def _item_names(area_code: str) -> dict[str, str]:
    found = sets.current_for(area_code)
    return {each.code: sets.words(each.name) for each in sets.read(found).items} if found else {}


def _counted(area_code: str, today: date, by: Any) -> dict[str, tuple[int, int]]:
    rows = Slot.objects.unfulfilled().filter(
        area_code__range=area_rules.subtree(area_code), pairing__ended_on=None,
        pairing__state__in=OWING, heed_until__gte=today, first_on__lte=today,
    )  # fmt: skip
    late, due = Q(last_on__lt=today), Q(last_on__gte=today)
    counted = (
        rows.order_by()
        .values(code=by)
        .annotate(
            late=Count("pairing", filter=late, distinct=True),
            due=Count("pairing", filter=due, distinct=True),
        )
    )
    return {each["code"]: (each["late"], each["due"]) for each in counted}


def by_place(area_code: str, today: date) -> list[Share]:
    """Return where pairs miss something, of a city's counties or a county's towns, worst first."""
    below = areas.areas_below(area_code)
    if not below:
        return []
    width = len(area_rules.significant(below[0].code))
    counted = _counted(area_code, today, Substr("area_code", 1, width))
    found = [Share(each.code, each.name, *counted.get(each.code[:width], (0, 0))) for each in below]
    told = [each for each in found if each.late or each.due]
    return sorted(told, key=lambda each: (-each.late, -each.due, each.code))


def places(area_code: str) -> list[Any]:
    """Return the counties or towns to filter by."""
    return areas.areas_below(area_code)


def choices(area_code: str) -> list[tuple[str, str]]:
    """Return the items to filter by."""
    return list(_item_names(area_code).items())


def to_do(inside: dict[str, Any], today: date) -> int:
    """Return for how many pairs an item is late."""
    rows = Slot.objects.late(today).filter(
        pairing__ended_on=None, pairing__state__in=OWING, **inside
    )
    return rows.order_by().values("pairing").distinct().count()


def guidance_due(inside: dict[str, Any], today: date) -> int:
    """Return how many plans of guidance wait for a review or for what became of a session."""
    unnoted = Session.objects.unnoted(today).filter(guidance=OuterRef("pk")).values("pk")[:1]
    rows = Guidance.objects.running().filter(**inside).annotate(unnoted=Subquery(unnoted))
    return rows.filter(Q(review_on__lte=today) | Q(unnoted__isnull=False)).count()


@dataclass(frozen=True)
class ParentsFigure:
    """Of how many paired children somebody noted last week whether a parent was in touch."""

    children: int
    noted: int
    in_touch: int


def parents_figure(area_code: str, today: date) -> ParentsFigure:
    """Return indicator 26 for the last whole week: parents' own contact (未保法 23)."""
    inside = area_rules.subtree(area_code)
    week = today - timedelta(days=today.weekday() + 7)
    running = Pairing.objects.caring().filter(area_code__range=inside)
    newest = (
        ParentContact.objects.filter(child=OuterRef("child"), week=week)
        .order_by("-at")
        .values("who")[:1]
    )
    counted = running.annotate(who=Subquery(newest)).aggregate(
        children=Count("pk"), noted=Count("who"),
        in_touch=Count("who", filter=~Q(who=ParentContact.Who.NOBODY)),
    )  # fmt: skip
    return ParentsFigure(**counted)


def tabs_for(user: User, area_code: str, here: str) -> list[dict[str, Any]]:
    """Return the pages of plans that the person may open."""
    found = [("unfulfilled", _("Items not fulfilled"), reverse("plans:unfulfilled"), True)]
    found += [
        ("guidance", _("Guidance of families"), reverse("plans:guidance-list"),
         powers.may(user, Power.SUPPORT_PAIRS, area_code)),
        ("checklist", _("Checklist of care"), reverse("plans:checklist"),
         powers.may(user, Power.DECIDE_PAIRING, area_code)
         or powers.may(user, Power.EDIT_POLICY, area_code)),
    ]  # fmt: skip
    return [
        {"label": label, "url": url, "active": code == here}
        for code, label, url, may in found
        if may
    ]
