"""Accepted places of teams: which stand, and which of a run's places a person picked."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.accounts import permissions as powers
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.common.errors import NotFound
from qianshou.pairing import permissions
from qianshou.pairing.models import TeamPlace, TeamRun, TeamSeat, listed_with
from qianshou.pairing.queries import shapes

MOST_PICKED: Final = 2_000
NARROWED_BY: Final = ("kind", "role")
WITH: Final = ("child", "partner", "staff", "mother", "accepted_by")


def picked(
    run: TeamRun, part: str, *, places: Iterable[str] = (), children: Iterable[str] = ()
) -> list[TeamPlace]:
    """Return the filled places of a run that were ticked, and all filled ones of ticked children.

    Places that are accepted already are left out.
    """
    rows = run.places.filter(area_code__range=area_rules.subtree(part)).exclude(partner=None)
    wanted = Q(pk__in=_ids(places)) | Q(child__in=_ids(children))
    found = list(rows.filter(wanted).select_related("child", "partner", "run")[:MOST_PICKED])
    taken = seats_of(run, {each.child_id for each in found})
    return [each for each in found if (each.child_id, each.role) not in taken]


def children_of(run: TeamRun, part: str, *, places: Iterable[str]) -> set[UUID]:
    """Return whose places were ticked."""
    rows = run.places.filter(area_code__range=area_rules.subtree(part), pk__in=_ids(places))
    return set(rows.values_list("child_id", flat=True))


def _ids(texts: Iterable[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(str(text)))
        except ValueError:
            continue
    return found


def seats_of(run: TeamRun, children: Iterable[UUID]) -> dict[tuple[UUID, str], TeamSeat]:
    """Return the accepted places of children in the team that a run is about, by child and role."""
    rows = TeamSeat.objects.in_force().filter(
        kind__in=listed_with(run.kind), child__in=list(children)
    )
    if run.kind == TeamRun.Kind.CARE:
        # A care team may have several people of a role: only this run's own count as its places.
        rows = rows.filter(place__run=run)
    return {(each.child_id, each.role): each for each in rows}


def seats_for(user: User, area_code: str) -> QuerySet[TeamSeat]:
    """Return the accepted places of an area that stand, the newest first."""
    powers.require(user, Power.VIEW_PAIRS, area_code)
    rows = TeamSeat.objects.in_force().filter(area_code__range=area_rules.subtree(area_code))
    return rows.select_related(*WITH).order_by("-accepted_at", "pk")


def narrowed(rows: QuerySet[TeamSeat], chosen: Mapping[str, str]) -> QuerySet[TeamSeat]:
    """Return the places of one kind of team or one role."""
    return rows.filter(**{name: value for name, value in chosen.items() if value})


def seat_filters(rows: QuerySet[TeamSeat]) -> list[dict[str, Any]]:
    """Return by what accepted places can be narrowed, with how many there are of each."""
    counts = {
        name: Counter(dict(rows.order_by().values_list(name).annotate(n=Count("pk"))))
        for name in NARROWED_BY
    }
    labels = {"kind": TeamRun.Kind.choices, "role": TeamSeat._meta.get_field("role").flatchoices}
    return [
        {
            "name": name,
            "label": label,
            "choices": [
                (code, words, counts[name][code])
                for code, words in labels[name]
                if counts[name][code]
            ],
        }
        for name, label in (("kind", _("Kind")), ("role", _("Role")))
    ]


def seat_for(user: User, seat_id: UUID) -> TeamSeat:
    """Return one accepted place; raises `NotFound` when it is not theirs."""
    seat = TeamSeat.objects.filter(pk=seat_id).select_related(*WITH).first()
    if seat is None or not powers.may(user, Power.VIEW_PAIRS, seat.area_code):
        raise NotFound
    return seat


def seat_rows(user: User, seats: list[TeamSeat], *, within: str) -> list[dict[str, Any]]:
    """Return accepted places as rows of the list."""
    today = timezone.localdate()
    towns = areas.full_names_of({each.child.area_code for each in seats}, within=within)
    return [
        {
            "id": each.pk,
            "child": each.child.name,
            "child_about": shapes.about_child(each.child, towns, today),
            "url": reverse("registry:child", args=[each.child_id]),
            "kind": each.get_kind_display(),
            "role": each.get_role_display(),
            "who": each.who,
            "rests": each.rests,
            "by": str(each.accepted_by),
            "at": each.accepted_at,
            "may_end": permissions.can_accept(user, each.area_code),
        }
        for each in seats
    ]
