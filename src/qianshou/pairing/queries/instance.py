"""Who takes part in a matching: children with consent and without a mother, mothers with places.

Rows are read column-wise and handed to the engine as arrays; nothing here decides anything.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from qianshou.areas import rules as area_rules
from qianshou.areas.models import Area
from qianshou.mothers import queries as mothers
from qianshou.mothers.models import Mother, MotherQuerySet
from qianshou.pairing.models import Pairing, Proposal
from qianshou.registry.models import Child, Consent

ADULT = 18


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
    ready: bool


# The facts that the matching weighs; a whole file of facts is a hundred times as large.
FACTS = (
    "languages", "interests", "times", "self_harm", "psych", "disability_level", "card_state",
)  # fmt: skip
CHILD_COLUMNS = (
    "id", "area_code", "sex", "birth_on", "assessments__tier", "assessments__grade",
    "assessments__needs", "agreed_on", "ethnicity", *(f"facts__{name}" for name in FACTS),
)  # fmt: skip
MOTHER_FIELDS = (
    "id", "area_code", "birth_on", "ethnicity", "skills", "languages", "times", "interests",
    "travel_limit_m", "capacity", "load", "applied_on", "kept",
)  # fmt: skip


def _assessed() -> QuerySet[Child]:
    """Return files with their present assessment and the newest word of the guardian."""
    newest = Consent.objects.filter(
        child=OuterRef("pk"), purpose=Consent.Purpose.MATCHING
    ).order_by("-given_on", "-noted_at")
    return Child.objects.filter(assessments__is_current=True).annotate(
        agreed=Subquery(newest.values("given")[:1]),
        agreed_on=Subquery(newest.values("given_on")[:1]),
    )


def children_waiting(area_code: str, *, today: date) -> tuple[list[ChildRow], list[ChildRow]]:
    """Return the children to be matched, and those who lack only the guardian's consent."""
    rows = (
        _assessed()
        .filter(
            ~Exists(Pairing.objects.open().filter(child=OuterRef("pk"))),
            area_code__range=area_rules.subtree(area_code),
            birth_on__gt=_years_before(today, ADULT),
            merged_into=None,
        )
        .exclude(state=Child.State.CLOSED)
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


def child_rows(ids: list[UUID]) -> list[ChildRow]:
    """Return some children as the matching sees them, whatever their state."""
    rows = _assessed().filter(pk__in=ids).values_list(*CHILD_COLUMNS)
    return [_child_row(row) for row in rows]


def mothers_with_places(area_code: str, *, today: date) -> list[MotherRow]:
    """Return the mothers of an area who are ready today and have a free place."""
    rows = _with_load(mothers.ready_in(area_code, today)).order_by("id")
    return [row for row in _mother_rows(rows, today) if row.places]


def mother_rows(ids: list[UUID], *, today: date) -> list[MotherRow]:
    """Return some mothers as the matching sees them, ready or not."""
    return list(_mother_rows(_with_load(Mother.objects.filter(pk__in=ids)), today))


def _with_load(rows: MotherQuerySet) -> MotherQuerySet:
    return rows.annotate(
        load=Count("pairings", filter=Q(pairings__id__isnull=False, pairings__ended_on=None)),
        kept=Count("pairings", filter=Q(pairings__ended_on__isnull=False)),
    )


def _mother_rows(rows: MotherQuerySet, today: date) -> Iterator[MotherRow]:
    ready = set(rows.ready_on(today).values_list("id", flat=True))
    for row in rows.values_list(*MOTHER_FIELDS).iterator(chunk_size=20_000):
        own: dict[str, Any] = dict(zip(MOTHER_FIELDS, row, strict=True))
        places = max(own.pop("capacity") - own["load"], 0)
        yield MotherRow(**own, places=places, ready=own["id"] in ready)


def refused_pairs(area_code: str) -> list[tuple[UUID, UUID]]:
    """Return the pairs that a person has refused or ended; they are not proposed again."""
    inside = {"area_code__range": area_rules.subtree(area_code)}
    refused = Proposal.objects.filter(state=Proposal.State.REFUSED, **inside)
    ended = Pairing.objects.exclude(ended_on=None).filter(**inside)
    both = set(refused.values_list("child_id", "mother_id"))
    return sorted(both | set(ended.values_list("child_id", "mother_id")))


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
