"""Teams as arrays for the engine, and as the pages show them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import numpy as np
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qianshou.accounts import permissions
from qianshou.accounts.models import User
from qianshou.accounts.rules import Power
from qianshou.areas import queries as areas
from qianshou.areas import rules as area_rules
from qianshou.assessment.models import Grade
from qianshou.common.errors import NotFound
from qianshou.engines.matching.teams import Pool
from qianshou.pairing.models import (
    Pairing,
    Partner,
    Role,
    TeamPlace,
    TeamRun,
    TeamSeat,
    listed_with,
)
from qianshou.pairing.queries import arrays, instance, needs, seats, shapes
from qianshou.registry.models import Child

# Whom each kind of team needs besides the mother; a care team needs what its model says.
NEEDS: Final[Mapping[str, tuple[Role, ...]]] = {
    TeamRun.Kind.FOUR: (Role.POLICE, Role.DOCTOR, Role.PSYCHOLOGIST, Role.TEACHER),
    TeamRun.Kind.TASK: (
        Role.POLICE, Role.DOCTOR, Role.PSYCHOLOGIST, Role.TEACHER, Role.SOCIAL_WORKER, Role.LAWYER,
    ),
}  # fmt: skip
TOP: Final = 1_000
NEAR: Final = 800
SPEAKS: Final = TOP - NEAR
CHUNK: Final = 2_000


@dataclass(frozen=True)
class Asker:
    """A child who needs a team."""

    id: UUID
    area_code: str
    tier: int
    school: str
    languages: frozenset[str]


@dataclass(frozen=True)
class Problem:
    """One team problem: children, the partners of each role, and who may join whom.

    `seated` is who has been accepted for a child and role; it is no longer part of the problem.
    `lacking` says which roles each child lacks where that differs from child to child.
    """

    children: list[Asker]
    partners: dict[str, list[Partner]]
    pools: dict[str, Pool]
    distances: dict[str, Any]
    seated: dict[tuple[UUID, str], UUID]
    lacking: Mapping[UUID, frozenset[str]] | None = None

    def wants(self, child: UUID, role: str) -> bool:
        """Tell whether a child's team has a place for a role at all."""
        return self.lacking is None or role in self.lacking.get(child, ())

    def is_done(self, child: UUID, role: str) -> bool:
        """Tell whether nothing is to be found for a child and role."""
        return (child, role) in self.seated or not self.wants(child, role)


def read(area_code: str, kind: str) -> Problem:
    """Read the children of an area who need a team of a kind, and the partners on its roster."""
    lacking = needs.lacking(area_code) if kind == TeamRun.Kind.CARE else None
    children = _children(area_code, kind, lacking)
    taken = _taken(area_code, kind)
    # What a care team lacks is told with its accepted places taken off already.
    seated = {} if kind == TeamRun.Kind.CARE else _seated(kind)
    spots = _Spots(area_code, children)
    problem = Problem(children, {}, {}, {}, seated, lacking)
    partners, pools, distances = problem.partners, problem.pools, problem.distances
    for role in roles_of(kind, lacking):
        rows = Partner.objects.filter(
            role=role, is_active=True, places__gt=0, area_code__range=area_rules.subtree(area_code)
        )
        partners[role] = list(rows.order_by("id"))
        pools[role], distances[role] = _pool(
            role, children, partners[role], taken=taken, spots=spots,
            done=np.array([problem.is_done(each.id, role) for each in children], bool),
        )  # fmt: skip
    return problem


def roles_of(kind: str, lacking: Mapping[UUID, frozenset[str]] | None) -> tuple[Role, ...]:
    """Return the roles that a kind of team asks for."""
    if lacking is None:
        return NEEDS[kind]
    wanted = frozenset[str]().union(*lacking.values())
    return tuple(role for role in Role if role in wanted)


def _children(
    area_code: str, kind: str, lacking: Mapping[UUID, frozenset[str]] | None
) -> list[Asker]:
    # One condition on the assessments: two would ask for any assessment, and find a child twice.
    assessed: dict[str, Any] = {"assessments__is_current": True}
    if kind == TeamRun.Kind.TASK:
        assessed["assessments__grade"] = Grade.RED
    inside = {"area_code__range": area_rules.subtree(area_code)}
    rows = Child.objects.filter(**assessed, **inside, merged_into=None)
    rows = rows.exclude(state=Child.State.CLOSED)
    if kind == TeamRun.Kind.FOUR:
        # The team stands ready at the first meeting, so a pair on its way counts as well.
        paired = Pairing.objects.open().filter(**inside)
        rows = rows.filter(pk__in=paired.values("child_id"))
    if lacking is not None:
        rows = rows.filter(pk__in=list(lacking))
    columns = ("id", "area_code", "assessments__tier", "school", "facts__languages")
    return [
        Asker(child, area, tier, school, frozenset(spoken or ()))
        for child, area, tier, school, spoken in rows.order_by("id").values_list(*columns)
    ]


def _taken(area_code: str, kind: str) -> Counter[UUID]:
    """Count the places that are accepted, and those the newest teams of the other kinds propose.

    A proposed place that was accepted once is counted as accepted, or free again when that ended.
    """
    accepted = TeamSeat.objects.in_force().exclude(partner=None).values_list("partner_id")
    taken = Counter[UUID](dict(accepted.annotate(n=Count("pk")).order_by()))
    for other in TeamRun.Kind.values:
        newest = latest(area_code, other) if other != kind else None
        if newest is not None:
            sits = TeamSeat.objects.filter(
                ended_at=None, kind__in=listed_with(other),
                child=OuterRef("child"), role=OuterRef("role"),
            )  # fmt: skip
            rows = newest.places.exclude(partner=None).exclude(Exists(sits)).filter(seats=None)
            taken.update(dict(rows.values_list("partner_id").annotate(n=Count("pk")).order_by()))
    return taken


def _seated(kind: str) -> dict[tuple[UUID, str], UUID]:
    rows = TeamSeat.objects.in_force().filter(kind__in=listed_with(kind))
    return {(child, role): who for child, role, who in rows.values_list(
        "child_id", "role", "partner_id")}  # fmt: skip


def has_partners(area_code: str) -> bool:
    """Tell whether anybody active is on the roster of an area."""
    rows = Partner.objects.filter(area_code__range=area_rules.subtree(area_code), is_active=True)
    return rows.exists()


def kinds() -> list[dict[str, Any]]:
    """Return the kinds of teams with whom each needs, in words."""
    return [
        {
            "code": kind.value,
            "label": kind.label,
            "needs": "、".join(str(role.label) for role in NEEDS.get(kind, ()))
            or _("whoever each child's care model asks for"),
        }
        for kind in TeamRun.Kind
    ]


def latest(area_code: str, kind: str) -> TeamRun | None:
    """Return the newest finished team run of exactly this area."""
    found = TeamRun.objects.filter(area_code=area_code, kind=kind, state="DONE")
    return found.order_by("-created_at").first()


class _Spots:
    """Positions in metres of every town that plays a part; a town without one is an island."""

    def __init__(self, area_code: str, children: list[Asker]) -> None:
        partners = Partner.objects.filter(area_code__range=area_rules.subtree(area_code))
        codes = {each.area_code for each in children}
        codes |= set(partners.values_list("area_code", flat=True))
        self._metres = arrays.metres(instance.positions_of(codes))

    def columns(self, people: list[Any]) -> tuple[Any, Any]:
        """Return positions and numbered towns of people."""
        far = (-(1 << 40), -(1 << 40))
        spots = np.array([self._metres.get(each.area_code, far) for each in people], np.float64)
        towns = np.array([int(each.area_code[:9]) for each in people], np.int64)
        return spots.reshape(-1, 2), towns


def _pool(
    role: str,
    children: list[Asker],
    partners: list[Partner],
    *,
    taken: Mapping[UUID, int],
    spots: _Spots,
    done: Any,
) -> tuple[Pool, Any]:
    """List who may join whom: in the own town or within reach; a teacher only for the school."""
    kid_spot, kid_town = spots.columns(children)
    own_spot, own_town = spots.columns(partners)
    reach = np.array([each.reach_m for each in partners], np.float64)
    speaks = [frozenset(each.languages) for each in partners]
    units = np.array([_plain(each.unit) for each in partners], object)
    found: list[tuple[Any, ...]] = []
    for start in range(0, len(children), CHUNK):
        part = slice(start, start + CHUNK)
        apart = np.hypot(*(kid_spot[part, None, axis] - own_spot[None, :, axis] for axis in (0, 1)))
        home = kid_town[part, None] == own_town[None, :]
        apart = np.where(home & ~(apart < reach[None, :]), 0, apart)
        allowed = home | (apart <= reach[None, :])
        if role == Role.TEACHER:
            schools = np.array([_plain(each.school) or "-" for each in children[part]], object)
            allowed = schools[:, None] == units[None, :]
        kid, who = np.nonzero(allowed & ~done[part, None])
        near = np.maximum(0, 1 - apart[kid, who] / np.maximum(reach[who], 1))
        common = np.array(
            [
                bool(children[start + k].languages & speaks[j])
                for k, j in zip(kid, who, strict=True)
            ],
            np.int64,
        )
        score = np.rint(NEAR * near).astype(np.int64) + SPEAKS * common.astype(np.int64)
        found.append((kid + start, who, score, np.rint(apart[kid, who]).astype(np.int64)))
    columns = [np.concatenate(each) if found else np.zeros(0, np.int64)
               for each in (zip(*found, strict=True) if found else [()] * 4)]  # fmt: skip
    kid, who, score, apart = columns
    places = np.array([max(each.places - taken[each.pk], 0) for each in partners], np.int64)
    pool = Pool(kid.astype(np.int32), who.astype(np.int32), score, places)
    return pool, dict(
        zip(zip(kid.tolist(), who.tolist(), strict=True), apart.tolist(), strict=True)
    )


def _plain(name: str) -> str:
    return "".join(name.split())


def runs_for(user: User, area_code: str) -> QuerySet[TeamRun]:
    """Return the team runs that concern an area, newest first."""
    permissions.require(user, Power.VIEW_PAIRS, area_code)
    inside = Q(area_code__range=area_rules.subtree(area_code))
    around = Q(area_code__in=area_rules.ancestors(area_code))
    return TeamRun.objects.filter(inside | around).select_related("by").order_by("-created_at")


def run_for(user: User, run_id: UUID) -> TeamRun:
    """Return one team run; raises `NotFound` when it is not theirs."""
    run = TeamRun.objects.select_related("by").filter(pk=run_id).first()
    if run is None or not permissions.may_inside(user, Power.VIEW_PAIRS, run.area_code):
        raise NotFound
    return run


def part_of(user: User, run: TeamRun, area_code: str) -> str:
    """Return the part whose teams the person may see; raises `NotFound` if there is none."""
    low, high = area_rules.subtree(run.area_code)
    part = area_code if area_code and low <= area_code <= high else run.area_code
    if not permissions.may(user, Power.VIEW_PAIRS, part):
        raise NotFound
    return part


def places_of(run: TeamRun, part: str, *, role: str = "", gap: str = "") -> QuerySet[TeamPlace]:
    """Return who would take which role for which child; the gaps come first."""
    rows = run.places.filter(area_code__range=area_rules.subtree(part))
    if role:
        rows = rows.filter(role=role)
    if gap == "ANY":
        rows = rows.exclude(gap="")
    elif gap:
        rows = rows.filter(gap=gap)
    return rows.select_related("child", "partner").order_by("-gap", "child", "role")


def place_rows(run: TeamRun, places: list[TeamPlace], *, within: str) -> list[dict[str, Any]]:
    """Return places of teams as rows of the list, with those that are accepted."""
    sitting = seats.seats_of(run, {each.child_id for each in places})
    today = timezone.localdate()
    towns = areas.full_names_of({each.child.area_code for each in places}, within=within)
    return [
        {
            "id": each.pk,
            "child_id": each.child_id,
            "child": each.child.name,
            "child_about": shapes.about_child(each.child, towns, today),
            "url": reverse("registry:child", args=[each.child_id]),
            **place_words(each),
            **seat_words(each, sitting.get((each.child_id, each.role))),
        }
        for each in places
    ]


def place_words(place: TeamPlace) -> dict[str, Any]:
    """Say who takes a role and why, or why nobody does."""
    if place.partner is None:
        return {"role": place.get_role_display(), "who": "", "why": place.get_gap_display()}
    hidden = place.child.hidden_location or place.distance_m is None
    far = "" if hidden else shapes.distance_words(place.distance_m)
    why = _("of the child's school") if place.role == Role.TEACHER else far
    return {"role": place.get_role_display(), "who": str(place.partner), "why": why}


def seat_words(place: TeamPlace, seat: TeamSeat | None) -> dict[str, Any]:
    """Say whether a place is accepted; `other` is true if somebody else sits there."""
    return {
        "seat": seat,
        "other": seat is not None and seat.partner_id != place.partner_id,
        "open": seat is None and place.partner_id is not None,
    }


def filters() -> list[dict[str, Any]]:
    """Return the filter chips of a team run."""
    gaps = [("ANY", _("all gaps")), *TeamPlace.Gap.choices]
    return [
        {"name": "role", "label": _("Role"), "choices": Role.choices},
        {"name": "gap", "label": _("What is missing"), "choices": gaps},
    ]


def summary(run: TeamRun, part: str) -> list[dict[str, Any]]:
    """Count, by role, the children whose team has somebody and those with a gap."""
    rows = run.places.filter(area_code__range=area_rules.subtree(part))
    counted = Counter[tuple[str, str]]()
    for role, gap, n in rows.values_list("role", "gap").annotate(n=Count("pk")).order_by():
        counted[role, gap] += n
    gaps = [("NOBODY", "nobody"), ("OUT_OF_REACH", "out_of_reach"), ("TAKEN", "taken")]
    return [
        {
            "role": role,
            "label": role.label,
            "filled": counted[role, ""],
            **{name: counted[role, gap] for gap, name in gaps},
        }
        for role in NEEDS.get(run.kind) or [r for r in Role if r in run.figures.get("roles", {})]
    ]


def team_of(child: Child) -> Iterator[dict[str, Any]]:
    """Yield the child's place in the newest finished team run that holds it, role by role."""
    rows = child.team_places.filter(run__state="DONE").select_related("partner", "run")
    newest = rows.order_by("-run__created_at").first()
    if newest is None:
        return
    sitting = seats.seats_of(newest.run, [child.pk])
    for place in rows.filter(run=newest.run_id).order_by("role"):
        place.child = child
        seat = sitting.get((child.pk, place.role))
        yield {**place_words(place), **seat_words(place, seat), "run": place.run_id}
