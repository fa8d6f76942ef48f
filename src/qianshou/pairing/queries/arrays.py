"""Rows of children and mothers as the engine's arrays, and from array places back to rows."""

import math
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from qianshou.areas import rules as area_rules
from qianshou.common.days import age_on
from qianshou.engines.matching.explain import explain_pair
from qianshou.engines.matching.people import Children, Mothers
from qianshou.engines.matching.policy import Policy
from qianshou.engines.matching.values import STANDING, Values, WordList
from qianshou.pairing.queries import instance, siblings, wishes
from qianshou.pairing.queries.instance import ChildRow, MotherRow
from qianshou.pairing.queries.wishes import Said

EARTH_M_PER_DEGREE = 111_320.0
SEXES = {"M": 1, "F": 2}
AXES = 8


Words = tuple[dict[str, int], dict[str, int], dict[str, int]]


@dataclass(frozen=True)
class Numbering:
    """What numbers stand for: towns, languages, times and interests; and where metres are true.

    A problem that is numbered like an older one can take over what was computed for that.
    """

    towns: dict[str, int] = field(default_factory=dict)
    words: Words = field(default_factory=lambda: ({}, {}, {}))
    middle: float | None = None
    traits: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Instance:
    """One matching problem: arrays for the engine and the rows they were made of."""

    children: Children
    mothers: Mothers
    barred: NDArray[np.int32]
    child_rows: list[ChildRow]
    mother_rows: list[MotherRow]
    towns: list[str]
    unasked: list[ChildRow]
    # Pairs that a person has locked or forced: they stand outside the problem, with their places.
    settled: list[tuple[ChildRow, MotherRow]] = field(default_factory=list)
    numbering: Numbering = field(default_factory=Numbering)
    # The household of each child who goes together with siblings, settled or not.
    families: dict[UUID, UUID] = field(default_factory=dict)


def read_instance(area_code: str, *, today: date, policy: Policy | None = None) -> Instance:
    """Read everybody who takes part in a matching of an area.

    With a policy, a pair that people fixed is held against its hard rules before it is taken out.
    """
    waiting, unasked = instance.children_waiting(area_code, today=today)
    mothers = instance.mothers_with_places(area_code, today=today, values=values_of(policy))
    return settle(area_code, (waiting, unasked), mothers, today=today, policy=policy)


def values_of(policy: Policy | None) -> Values:
    """Return a policy's value lists, or what they mean where there is none."""
    return STANDING if policy is None else policy.values


def settle(
    area_code: str,
    children: tuple[list[ChildRow], list[ChildRow]],
    mothers: list[MotherRow],
    *,
    today: date,
    policy: Policy | None = None,
    numbering: Numbering | None = None,
) -> Instance:
    """Take the pairs that people fixed out of the problem, and turn the rest into arrays.

    A fixed pair that a hard rule forbids today, or whose mother has no place, is not taken out.
    """
    waiting, unasked = children
    values = values_of(policy)
    refused = instance.refused_pairs(area_code, values=values)
    pairs = set(instance.fixed_pairs(area_code)) - set(refused)
    families = siblings.families_of(waiting, policy)
    kids, mums = {row.id: row for row in waiting}, {row.id: row for row in mothers}
    settled: list[tuple[ChildRow, MotherRow]] = []
    for child, mother in sorted(pairs):
        unit = [kids[each] for each in _unit(child, families, pairs) if each in kids]
        hers = mums.get(mother)
        if child not in kids or hers is None or hers.places < len(unit):
            continue
        if policy is None or all(_allowed(row, hers, policy, today=today) for row in unit):
            settled += [(kids.pop(row.id), hers) for row in unit]
            count = len(unit)
            mums[mother] = replace(hers, places=hers.places - count, load=hers.load + count)
    rest = build(
        list(kids.values()), list(mums.values()), refused=refused, unasked=unasked, today=today,
        values=values, numbering=numbering,
    )  # fmt: skip
    said = wishes.said_in(area_code, values=values)
    group = siblings.numbered(rest.child_rows, families)
    found = wished(rest, said, today=today)
    return replace(
        found, settled=settled, families=families, children=replace(found.children, group=group)
    )


def _unit(child: UUID, families: Mapping[UUID, UUID], fixed: set[tuple[UUID, UUID]]) -> list[UUID]:
    """Return who is fixed with a child: its siblings, unless people fixed them elsewhere."""
    home = families.get(child)
    if home is None:
        return [child]
    unit = [each for each, other in families.items() if other == home]
    mothers = {mother for each, mother in fixed if each in unit}
    return unit if len(mothers) == 1 else [child]


def wished(people: Instance, said: Said, *, today: date) -> Instance:
    """Return the same people with what is wished; a mother whom a child knows counts as wished."""
    kids, mums, bits = people.child_rows, people.mother_rows, people.numbering.traits
    for trait in sorted({each for traits in said.traits.values() for each in traits}):
        bits.setdefault(trait, len(bits))
    at = {row.id: place for place, row in enumerate(mums)}
    known = [at.get(said.known[row.id], -1) if row.id in said.known else -1 for row in kids]
    ages = [age_on(row.birth_on, today) or 0 for row in mums]
    return replace(
        people,
        children=replace(
            people.children,
            wish=np.array(known, np.int32),
            wishes=said.named(kids, at, "WANTED"),
            avoids=said.named(kids, at, "UNWANTED"),
            likes=said.asked(kids, "WANTED", bits),
            unlikes=said.asked(kids, "UNWANTED", bits),
        ),
        mothers=replace(people.mothers, traits=said.had(mums, ages, bits)),
    )


def _allowed(child: ChildRow, mother: MotherRow, policy: Policy, *, today: date) -> bool:
    both = build([child], [mother], refused=[], unasked=[], today=today, values=policy.values)
    return explain_pair(both.children, both.mothers, policy, child=0, mother=0).is_allowed


def build(
    children: list[ChildRow],
    mothers: list[MotherRow],
    *,
    refused: list[tuple[UUID, UUID]],
    unasked: list[ChildRow],
    today: date,
    values: Values,
    numbering: Numbering | None = None,
) -> Instance:
    """Turn rows into arrays; places and words get small numbers shared by both sides.

    With a numbering, what it names keeps its number and what is new gets a further one.
    """
    everybody: list[ChildRow | MotherRow] = [*children, *mothers]
    used = deepcopy(numbering or Numbering())
    towns, words = used.towns, used.words
    for code in sorted({town_of(each) for each in everybody}):
        towns.setdefault(code, len(towns))
    positions = instance.positions_of({each.area_code for each in everybody})
    middle = middle_of(positions) if used.middle is None else used.middle
    spots = metres(positions, middle=middle)
    said: dict[str, Any] = {"words": words, "today": today, "values": values}
    return Instance(
        children=_children(children, towns, spots, **said),
        mothers=_mothers(mothers, towns, spots, **said),
        barred=_places(refused, children, mothers),
        child_rows=children,
        mother_rows=mothers,
        towns=list(towns),
        unasked=unasked,
        numbering=Numbering(towns, words, middle, used.traits),
    )


def town_of(row: ChildRow | MotherRow) -> str:
    """Return the town a person lives in."""
    return area_rules.town_code(row.area_code)


def middle_of(positions: dict[str, tuple[float, float]]) -> float:
    """Return the mean latitude of some places."""
    return sum(lat for _, lat in positions.values()) / max(1, len(positions))


def metres(
    positions: dict[str, tuple[float, float]], *, middle: float | None = None
) -> dict[str, tuple[int, int]]:
    """Project longitude and latitude to metres around their middle; exact enough for a city."""
    if middle is None:
        middle = middle_of(positions)
    east = EARTH_M_PER_DEGREE * math.cos(math.radians(middle))
    return {
        code: (round(lon * east), round(lat * EARTH_M_PER_DEGREE))
        for code, (lon, lat) in positions.items()
    }


def _children(
    rows: list[ChildRow],
    towns: dict[str, int],
    spots: dict[str, tuple[int, int]],
    *,
    words: Words,
    today: date,
    values: Values,
) -> Children:
    languages, times, interests = words
    tongues, hours, liked = (values.words[name] for name in ("languages", "times", "interests"))
    count = len(rows)
    return Children(
        ids=[str(row.id) for row in rows],
        tier=np.array([row.tier for row in rows], np.int64),
        town=np.array([towns[town_of(row)] for row in rows], np.int32),
        x=np.array([spots.get(row.area_code, (0, 0))[0] for row in rows], np.int32),
        y=np.array([spots.get(row.area_code, (0, 0))[1] for row in rows], np.int32),
        sex=np.array([SEXES.get(row.sex, 0) for row in rows], np.int8),
        age=np.array([age_on(row.birth_on, today) or 0 for row in rows], np.int16),
        ethnicity=np.array([_number(row.ethnicity) for row in rows], np.int16),
        needs=_levels([row.needs for row in rows]),
        dialects=_bits([row.facts.get("languages", []) for row in rows], languages, tongues),
        interests=_bits(
            [row.facts.get("interests", []) for row in rows], interests, liked, kind=np.uint64
        ),
        dislikes=np.zeros(count, np.uint64),
        free_times=_bits([row.facts.get("times", []) for row in rows], times, hours),
        special_needs=np.array([values.needed(row.facts) for row in rows], np.uint32),
        wish=np.full(count, -1, np.int32),
        waiting_days=np.array([_days(row.consent_on, today) for row in rows], np.int32),
        consented=np.ones(count, bool),
    )


def _mothers(
    rows: list[MotherRow],
    towns: dict[str, int],
    spots: dict[str, tuple[int, int]],
    *,
    words: Words,
    today: date,
    values: Values,
) -> Mothers:
    languages, times, interests = words
    tongues, hours, liked = (values.words[name] for name in ("languages", "times", "interests"))
    count = len(rows)
    return Mothers(
        ids=[str(row.id) for row in rows],
        ready=np.array([row.ready for row in rows], bool),
        town=np.array([towns[town_of(row)] for row in rows], np.int32),
        x=np.array([spots.get(row.area_code, (0, 0))[0] for row in rows], np.int32),
        y=np.array([spots.get(row.area_code, (0, 0))[1] for row in rows], np.int32),
        sex=np.full(count, SEXES["F"], np.int8),
        age=np.array([age_on(row.birth_on, today) or 0 for row in rows], np.int16),
        ethnicity=np.array([_number(row.ethnicity) for row in rows], np.int16),
        capacity=np.array([row.places for row in rows], np.int32),
        load=np.array([row.load for row in rows], np.int32),
        travel_limit=np.array([row.travel_limit_m for row in rows], np.int32),
        skills=_levels([row.skills for row in rows]),
        dialects=_bits([row.languages for row in rows], languages, tongues),
        interests=_bits([row.interests for row in rows], interests, liked, kind=np.uint64),
        dislikes=np.zeros(count, np.uint64),
        free_times=_bits([row.times for row in rows], times, hours),
        qualifications=np.array([values.had(row.skills) for row in rows], np.uint32),
        residence_years=np.array([_years(row, today) for row in rows], np.int16),
        kept_matches=np.array([row.kept for row in rows], np.int16),
        strain=np.array([row.strain for row in rows], np.uint8),
    )


def _years(row: MotherRow, today: date) -> int:
    """Return how long she has been with the programme: the only sign of settledness on file."""
    return min(_days(row.applied_on, today) // 365, 99)


def _levels(rows: list[list[int]]) -> NDArray[np.uint8]:
    if not rows:
        return np.zeros((0, AXES), np.uint8)
    return np.array([(list(row) + [0] * AXES)[:AXES] for row in rows], np.uint8)


def _bits(
    lists: list[list[str]], words: dict[str, int], counted: WordList, *, kind: Any = np.uint32
) -> NDArray[np.unsignedinteger]:
    width = np.iinfo(kind).bits
    meant = [counted.meant(each) for each in lists]
    return np.array(instance.masks(meant, words, width), kind)


def _places(
    refused: list[tuple[UUID, UUID]], children: list[ChildRow], mothers: list[MotherRow]
) -> NDArray[np.int32]:
    child_at = {row.id: place for place, row in enumerate(children)}
    mother_at = {row.id: place for place, row in enumerate(mothers)}
    pairs = [
        (child_at[child], mother_at[mother])
        for child, mother in refused
        if child in child_at and mother in mother_at
    ]
    return np.array(pairs, np.int32).reshape(-1, 2)


def _days(since: date | None, today: date) -> int:
    return max((today - since).days, 0) if since else 0


def _number(code: str | None) -> int:
    return int(code) if code and code.isdigit() else 0
