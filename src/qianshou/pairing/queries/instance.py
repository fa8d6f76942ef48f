"""Who takes part in a matching: children with consent and without a mother, mothers with places.

Rows are read column-wise and handed to the engine as arrays; nothing here decides anything.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Substr
from django.utils import timezone

from qianshou.areas import rules as area_rules
from qianshou.areas.models import Area
from qianshou.consents.queries import holding as consents
from qianshou.engines.matching.values import CIRCUMSTANCES, CLOSURES, STANDING, Values
from qianshou.mothers import queries as mothers
from qianshou.mothers.models import Mother, MotherQuerySet
from qianshou.pairing.models import (
    Bar,
    Conflict,
    NextStep,
    Pairing,
    Proposal,
    SteeringAct,
)
from qianshou.pairing.rules import life
from qianshou.registry.models import Child, Consent, Guardianship

ADULT = 18
TOWN_DIGITS = 9


@dataclass(frozen=True)
class ChildRow:
    """One child as the matching sees it."""

    id: UUID
    area_code: str
    sex: str
    birth_on: date | None
    tier: int
    grade: str
    needs: list[int]
    consent_on: date | None
    ethnicity: str
    household_id: UUID | None
    facts: dict[str, Any]


@dataclass(frozen=True)
class MotherRow:
    """One mother as the matching sees her; `places` are those still free."""

    id: UUID
    area_code: str
    birth_on: date | None
    ethnicity: str
    skills: list[int]
    languages: list[str]
    times: list[str]
    interests: list[str]
    travel_limit_m: int
    places: int
    load: int
    applied_on: date | None
    kept: int
    strain: int
    ready: bool


# The facts that the matching weighs; a whole file of facts is a hundred times as large.
FACTS = ("languages", "interests", "times", *CIRCUMSTANCES)
CHILD_COLUMNS = (
    "id", "area_code", "sex", "birth_on", "assessments__tier", "assessments__grade",
    "assessments__needs", "agreed_on", "ethnicity", "household_id",
    *(f"facts__{name}" for name in FACTS),
)  # fmt: skip
MOTHER_FIELDS = (
    "id", "area_code", "birth_on", "ethnicity", "skills", "languages", "times", "interests",
    "travel_limit_m", "effective", "load", "applied_on", "kept", "strain",
)  # fmt: skip

PLACE_FIELDS = ("id", "effective", "load")


def _assessed() -> QuerySet[Child]:
    """Return files with their present assessment and the day of the guardian's newest word."""
    newest = Consent.objects.filter(
        child=OuterRef("pk"), purpose=Consent.Purpose.MATCHING
    ).order_by("-given_on", "-noted_at")
    return Child.objects.filter(assessments__is_current=True).annotate(
        agreed_on=Subquery(newest.values("given_on")[:1]),
    )


def _held() -> QuerySet[Pairing]:
    """Return the pairings that keep their child from being matched.

    While one says farewell whose child is to get a new mother, one is looked for already, so that
    no day of care is lost; she is approved once the farewell is over.
    """
    leaving = Q(state=life.CLOSING, next_step=NextStep.REMATCH)
    return Pairing.objects.open().exclude(leaving)


def _waiting(today: date) -> QuerySet[Child]:
    """Return the children of matching age without a mother or a bar, whatever the guardian says."""
    return (
        _assessed()
        .annotate(agreed=consents.condition(Consent.Purpose.MATCHING, on=today))
        .filter(
            ~Exists(_held().filter(child=OuterRef("pk"))),
            ~Exists(Bar.objects.in_force(today).filter(child=OuterRef("pk"), mother=None)),
            birth_on__gt=_years_before(today, ADULT),
            merged_into=None,
        )
        .exclude(state=Child.State.CLOSED)
    )


def children_waiting(area_code: str, *, today: date) -> tuple[list[ChildRow], list[ChildRow]]:
    """Return the children to be matched, and those who lack only the guardian's consent."""
    rows = (
        _waiting(today)
        .filter(area_code__range=area_rules.subtree(area_code))
        .order_by("id")
        .values_list(*CHILD_COLUMNS, "agreed")
    )
    waiting: list[ChildRow] = []
    unasked: list[ChildRow] = []
    for *values, agreed in rows.iterator(chunk_size=20_000):
        (waiting if agreed else unasked).append(_child_row(values))
    return waiting, unasked


def _child_row(values: Sequence[Any]) -> ChildRow:
    own, facts = values[: -len(FACTS)], values[-len(FACTS) :]
    known = {name: fact for name, fact in zip(FACTS, facts, strict=True) if fact is not None}
    return ChildRow(*(*own, known))


def waiting_tiers(area_code: str, *, today: date) -> dict[UUID, int]:
    """Return who is to be matched, with each child's tier; nothing else is read."""
    agreed: dict[str, Any] = {"area_code__range": area_rules.subtree(area_code), "agreed": True}
    return dict(_waiting(today).filter(**agreed).values_list("id", "assessments__tier"))


def count_waiting(area_code: str, *, today: date, most: int) -> int:
    """Count the children to be matched, up to one more than `most`."""
    inside = _waiting(today).filter(area_code__range=area_rules.subtree(area_code))
    return inside.order_by().values("pk")[: most + 1].count()


def towns_waiting(area_code: str, *, today: date) -> set[str]:
    """Return the towns in which children wait."""
    inside = _waiting(today).filter(area_code__range=area_rules.subtree(area_code))
    codes = inside.order_by().values_list("area_code", flat=True).distinct()
    return {area_rules.town_code(code) for code in codes}


def free_places(area_code: str, ids: Iterable[UUID], *, today: date) -> dict[UUID, int]:
    """Return the free places of the mothers who are ready: those of an area, and some by name."""
    inside = Q(area_code__range=area_rules.subtree(area_code)) | Q(pk__in=list(ids))
    ready = _unbarred(Mother.objects.filter(inside).ready_on(today), today)
    rows = _with_load(ready.with_effective(today))
    return {
        identity: places - load
        for identity, places, load in rows.values_list(*PLACE_FIELDS)
        if places > load
    }


def _unbarred(rows: MotherQuerySet, today: date) -> MotherQuerySet:
    """Leave out the mothers who get no new child for now, as the closing of a pairing decided."""
    bars = Bar.objects.in_force(today).filter(mother=OuterRef("pk"), child=None)
    return rows.filter(~Exists(bars))


def child_rows(ids: list[UUID]) -> list[ChildRow]:
    """Return some children as the matching sees them, whatever their state."""
    rows = _assessed().filter(pk__in=ids).values_list(*CHILD_COLUMNS)
    return [_child_row(row) for row in rows]


def mothers_with_places(
    area_code: str, *, today: date, values: Values = STANDING
) -> list[MotherRow]:
    """Return the mothers of an area who are ready today and have a free place."""
    ready = _unbarred(mothers.ready_in(area_code, today), today)
    rows = _with_load(ready, values).order_by("id")
    return [row for row in _mother_rows(rows, today) if row.places]


def mother_rows(ids: list[UUID], *, today: date, values: Values = STANDING) -> list[MotherRow]:
    """Return some mothers as the matching sees them, ready or not."""
    rows = Mother.objects.filter(pk__in=ids).with_effective(today)
    return list(_mother_rows(_with_load(rows, values), today))


def _with_load(rows: MotherQuerySet, values: Values = STANDING) -> MotherQuerySet:
    kept = Q(
        pairings__ended_on__isnull=False,
        pairings__active_on__isnull=False,
        pairings__end_cause__in=_causes(values, "kept"),
    )
    return rows.annotate(
        load=Count("pairings", filter=Q(pairings__id__isnull=False, pairings__ended_on=None)),
        kept=Count("pairings", filter=kept),
    )


def _causes(values: Values, meaning: str) -> list[str]:
    """Return the causes of an end as they are stored; one that nobody stated is empty."""
    return ["" if each == "UNSTATED" else each for each in CLOSURES
            if each in values.earlier[meaning]]  # fmt: skip


def _mother_rows(rows: MotherQuerySet, today: date) -> Iterator[MotherRow]:
    ready = set(_unbarred(rows.ready_on(today), today).values_list("id", flat=True))
    rows = rows.with_strain(today)
    for row in rows.values_list(*MOTHER_FIELDS).iterator(chunk_size=20_000):
        own: dict[str, Any] = dict(zip(MOTHER_FIELDS, row, strict=True))
        places = max(own.pop("effective") - own["load"], 0)
        yield MotherRow(**own, places=places, ready=own["id"] in ready)


def refused_pairs(area_code: str, *, values: Values = STANDING) -> list[tuple[UUID, UUID]]:
    """Return the pairs that a person refused, ended, vetoed or barred; they come not up again.

    Which ends count is a list of the policy; some always do. A pair that was offered in vain is
    barred for as long as the reason of that says. A mother is not proposed to a child
    whose guardian or carer she seems to be.
    """
    inside = {"area_code__range": area_rules.subtree(area_code)}
    refused = Proposal.objects.filter(state=Proposal.State.REFUSED, **inside)
    ended = _ended(area_code).filter(end_cause__in=_causes(values, "barred"))
    noted = Conflict.objects.in_force().filter(**inside)
    # What was noted on a file that another one took in holds for that one.
    conflicts = noted.values_list(Coalesce("child__merged_into_id", "child_id"), "mother_id")
    vetoed = SteeringAct.objects.in_force().filter(kind=SteeringAct.Kind.VETO, **inside)
    decided = {
        pair
        for rows in (refused, ended, vetoed, _barred(area_code), _never(area_code))
        for pair in rows.values_list("child_id", "mother_id")
    }
    return sorted(decided | set(conflicts) | _related_pairs(area_code))


def _never(area_code: str) -> QuerySet[Bar]:
    """Return the pairs that a closing for safety bars for good."""
    inside = {"area_code__range": area_rules.subtree(area_code)}
    return Bar.objects.filter(kind=Bar.Kind.PAIR, **inside)


def _related_pairs(area_code: str) -> set[tuple[UUID, UUID]]:
    """Return children with mothers who bear the name of their guardian or carer in the same town.

    ID numbers are sealed and their tokens differ by table on purpose, so the name and the town
    must do; a namesake loses one possible child, which is the smaller harm.
    """
    town = Substr("area_code", 1, TOWN_DIGITS)
    mums = Mother.objects.annotate(town=town).filter(town=OuterRef("town"))
    adults = (
        Guardianship.objects.filter(area_code__range=area_rules.subtree(area_code))
        .exclude(guardian__name="")
        .annotate(town=town)
        .filter(Exists(mums.filter(name=OuterRef("guardian__name"))))
        .values_list("child_id", "guardian__name", "town")
    )
    wanted: dict[tuple[str, str], list[UUID]] = defaultdict(list)
    for child, name, where in adults:
        wanted[name, where].append(child)
    named = Mother.objects.filter(name__in={name for name, _ in wanted}).annotate(town=town)
    return {
        (child, mother)
        for mother, name, where in named.values_list("id", "name", "town")
        for child in wanted.get((name, where), ())
    }


def known_pairs(area_code: str, *, values: Values = STANDING) -> dict[UUID, UUID]:
    """Return the last mother of each child whose pairing with her ended well enough to know her."""
    rows = _ended(area_code).exclude(end_cause__in=_causes(values, "barred"))
    return dict(rows.order_by("ended_on", "id").values_list("child_id", "mother_id"))


def _ended(area_code: str) -> QuerySet[Pairing]:
    """Return the pairings that began and are over; one that was only offered taught nothing."""
    inside = {"area_code__range": area_rules.subtree(area_code)}
    return Pairing.objects.exclude(ended_on=None).exclude(active_on=None).filter(**inside)


def _barred(area_code: str) -> QuerySet[Pairing]:
    inside = {"area_code__range": area_rules.subtree(area_code)}
    return Pairing.objects.filter(barred_until__gt=timezone.localdate(), **inside)


def fixed_pairs(area_code: str) -> list[tuple[UUID, UUID]]:
    """Return the pairs that a person has locked or forced."""
    acts = SteeringAct.objects.in_force().settling()
    inside = acts.filter(area_code__range=area_rules.subtree(area_code))
    return sorted(inside.values_list("child_id", "mother_id"))


def positions_of(codes: Iterable[str]) -> dict[str, tuple[float, float]]:
    """Return longitude and latitude of areas; one without its own takes its town's or county's."""
    wanted = set(codes)
    chain = wanted | {area_rules.town_code(code) for code in wanted}
    chain |= {area_rules.county_code(code) for code in wanted}
    rows = Area.objects.filter(code__in=chain).values_list("code", "longitude", "latitude")
    known = {code: (lon, lat) for code, lon, lat in rows if lon is not None and lat is not None}
    found = {}
    for code in wanted:
        for each in (code, area_rules.town_code(code), area_rules.county_code(code)):
            if each in known:
                found[code] = known[each]
                break
    return found


def masks(lists: Sequence[Sequence[str]], words: dict[str, int], width: int) -> list[int]:
    """Return lists of words as bit masks; `words` grows with each new word up to `width` bits."""
    made = []
    for row in lists:
        mask = 0
        for word in row:
            bit = words.setdefault(word, len(words))
            if bit < width:
                mask |= 1 << bit
        made.append(mask)
    return made


def _years_before(day: date, years: int) -> date:
    return date(day.year - years, day.month, min(day.day, 28))
